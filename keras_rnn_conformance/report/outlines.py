"""Explanations of the outline: structure, shapes, dtypes, and the order of what is returned."""

from __future__ import annotations

import numpy as np

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case, CaseError
from keras_rnn_conformance.cases.composition import form, state_names
from keras_rnn_conformance.cases.data import Array, Data
from keras_rnn_conformance.cases.dtypes import COMPUTE, VARIABLE
from keras_rnn_conformance.expected.registry import expected
from keras_rnn_conformance.judging.rules import KEPT
from reference_impl.bounded import Bounded

FOREVER = {
    "seq": ("return_sequences ignored: the last output alone", "return_sequences forced"),
    "state": ("return_state ignored: no states returned", "return_state forced: states returned"),
}


def explanation(case: Case, seed: int, seen: Observation) -> str:
    """What explains the outline of what came out; empty if its outline is right, or unexplained."""
    if seen.error is not None or case["do"] != "call" or form(case) not in ("layer", "rnn"):
        return ""
    return _structure(case, seed, seen) or _dtypes(case, seen)


def _structure(case: Case, seed: int, seen: Observation) -> str:
    if case.number("calls") != 1:
        return ""
    got = [array for name, array in seen.arrays.items() if not name.startswith(KEPT)]
    want = _returned(case, seed)
    nested = "return_state" if isinstance(seen.facts.get("nesting"), list) else "tensor"
    if _equal(got, want):
        if nested == "tensor" or case["state"]:
            flat = all(item == "tensor" for item in seen.facts.get("nesting", []))
            return "" if flat or nested == "tensor" else "the states in a list of their own"
        return "the output in a list of one"
    for key, sentences in FOREVER.items():
        try:
            flipped = case.but(**{key: 1 - case.number(key)})
        except CaseError:
            continue
        if _equal(got, _returned(flipped, seed)):
            return sentences[1 - case.number(key)]
    return _moved(case, got, want)


def _moved(case: Case, got: list[Array], want: list[Bounded]) -> str:
    if len(got) == len(want) - 1 and _equal(got, want[:-1]):
        return f"no {state_names(case.layer)[-1]} returned"
    if len(got) != len(want):
        return ""
    if len(got) > 1 and _equal(got[::-1], want):
        return "the states returned before the output"
    if len(got) > 1 and _equal(
        [
            g.reshape(w.shape) if g.size == w.value.size else g
            for g, w in zip(got, want, strict=True)
        ],
        want,
    ):
        changed = [g.shape != w.shape for g, w in zip(got, want, strict=True)]
        return (
            "states without their batch axis" if any(changed[1:]) else "another shape of the output"
        )
    if len(got) == 1 and got[0].ndim == 3 and not case["seq"] and _equal([got[0][:, 0]], want):
        return "a time axis of one without return_sequences"
    turned = [g.swapaxes(0, 1) if g.ndim > 1 else g for g in got]
    if _equal([turned[0], *got[1:]], want):
        return "the time axis of the output first"
    if _equal([got[0], *turned[1:]], want):
        return "the units of the states first"
    return ""


def _returned(case: Case, seed: int) -> list[Bounded]:
    want = expected(case, Data(case, seed))
    return [want.arrays[name] for name in want.names]


def _equal(got: list[Array], want: list[Bounded]) -> bool:
    return len(got) == len(want) and all(
        g.shape == w.shape and bool((np.abs(g - w.value) <= w.bound).all())
        for g, w in zip(got, want, strict=True)
    )


def _dtypes(case: Case, seen: Observation) -> str:
    want, variable = (table[str(case["dtype"])] for table in (COMPUTE, VARIABLE))
    dtypes = {n: d for n, d in seen.dtypes.items() if not n.startswith(KEPT)}
    wrong = {name: dtype for name, dtype in dtypes.items() if dtype != want}
    if not wrong:
        return ""
    differing = sorted(set(wrong.values()))
    which = "outputs and states" if len(wrong) == len(dtypes) else " and ".join(wrong)
    if differing == [variable]:
        return f"{which} in the variable dtype, {variable}"
    return f"{which} in {', '.join(differing)}"

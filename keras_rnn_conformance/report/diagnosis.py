"""Which wrong layer would have given what was observed: tried on the oracle, alone and in pairs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.judging.rules import Failure
from keras_rnn_conformance.report import outlines
from keras_rnn_conformance.report.alternatives import faulty_equations, faulty_loops
from keras_rnn_conformance.report.alternatives.fault_model import Scene, compute, scene_of
from keras_rnn_conformance.report.alternatives.faulty_equations import Alternative
from reference_impl import ReferenceInputError
from reference_impl.bounded import Bounded

PAIR_SECONDS = 8.0
_LARGEST_PAIR = 400
_FAILED = (ReferenceInputError, ValueError, IndexError, AssertionError)


@dataclass(frozen=True)
class Diagnosis:
    """What explains an observation.

    Attributes:
        sentences: the alternatives that, together, give exactly what was observed; empty if none.
        others: further alternatives, each of which would do too.
        first: where the first difference lies, in words.
    """

    sentences: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    first: str = ""

    @property
    def text(self) -> str:
        """One sentence."""
        if self.sentences:
            sentences = ", and ".join(self.sentences)
            return f"The result equals that of the documented equations with {sentences}."
        return f"No single or double fault that was tried explains it. {self.first}".strip()


def tried(case: Case, data: Data) -> tuple[Scene | None, list[Alternative]]:
    """The right scene of a case, and every alternative to it."""
    scene = scene_of(case, data)
    if scene is None:
        return None, []
    return scene, [*faulty_loops.alternatives(scene), *faulty_equations.alternatives(scene)]


def diagnose(case: Case, seed: int, seen: Observation, failures: list[Failure]) -> Diagnosis:
    """What explains the failures of a case."""
    outline = outlines.explanation(case, seed, seen)
    if outline:
        return Diagnosis((outline,))
    if not any(failure.kind == "value" for failure in failures):
        return Diagnosis(first=_where(failures))
    scene, alternatives = tried(case, Data(case, seed))
    if scene is None:
        return Diagnosis(first=_where(failures))
    single = [a.sentence for a in alternatives if fits(scene, [a], seen)]
    if not single:
        single = list(_coarser(case, seed, seen))
    if single:
        return Diagnosis((single[0],), tuple(single[1:]))
    return Diagnosis(_pair(scene, alternatives, seen), first=_where(failures))


def still(case: Case, seed: int, seen: Observation, sentences: tuple[str, ...]) -> bool:
    """Whether the same alternatives explain another observation too."""
    if outlines.explanation(case, seed, seen) == sentences[0]:
        return True
    scene, alternatives = tried(case, Data(case, seed))
    if scene is None:
        return False
    chosen = [a for s in sentences for a in alternatives if a.sentence == s]
    if len(chosen) == len(sentences):
        return fits(scene, chosen, seen)
    return sentences[0] in _coarser(case, seed, seen)


def fits(scene: Scene, alternatives: list[Alternative], seen: Observation) -> bool:
    """Whether every array lies within the bounds of the oracle with the alternatives."""
    changed: Scene | None = scene
    try:
        for alternative in alternatives:
            changed = alternative.change(changed) if changed is not None else None
        if changed is None:
            return False
        arrays = compute(changed)
        return agree(arrays, seen) and _says_more(arrays, compute(scene), seen)
    except _FAILED:
        return False


def _says_more(arrays: dict[str, Bounded], right: dict[str, Bounded], seen: Observation) -> bool:
    """Whether the bounds of the alternative are narrow where the right values are missed.

    Over many timesteps a bound may grow so wide that anything fits into it. A few numbers may come
    near to the right ones by chance.
    """
    missed = telling = 0
    for name, want in right.items():
        error = np.abs(seen.arrays[name] - want.value)
        wrong = ~(error <= want.bound)
        missed += int(wrong.sum())
        telling += int((wrong & ~(error <= 2 * arrays[name].bound)).sum())
    return telling >= _TELLING * missed


_TELLING = 0.75
"""The share of the wrong numbers that an explanation must keep apart from the right ones."""


def agree(arrays: dict[str, Bounded], seen: Observation) -> bool:
    """Whether the observed arrays are these, within their bounds, and something is compared."""
    compared = 0
    for name, want in arrays.items():
        got = seen.arrays.get(name)
        if got is None or got.shape != want.shape:
            return False
        finite = np.isfinite(want.bound)
        if not (np.abs(got - want.value)[finite] <= want.bound[finite]).all():
            return False
        compared += int(finite.sum())
    return compared > 0


def _coarser(case: Case, seed: int, seen: Observation) -> Iterator[str]:
    """The lower precisions whose rounding covers the errors; the weakest explanation."""
    for dtype, name in (("f32", "float32"), ("f16", "float16"), ("bf16", "bfloat16")):
        if str(case["dtype"]) in (dtype, "bf16", "mbf16") or (
            name == "float32" and case["dtype"] != "f64"
        ):
            continue
        scene = scene_of(case, Data(case, seed))
        if scene is not None and _agrees(scene.with_options(precision=name), seen):
            yield f"the rounding of {name}"


def _agrees(scene: Scene, seen: Observation) -> bool:
    try:
        return agree(compute(scene), seen)
    except _FAILED:
        return False


def _pair(scene: Scene, alternatives: list[Alternative], seen: Observation) -> tuple[str, ...]:
    if scene.xs[0].size * scene.case.number("u") > _LARGEST_PAIR:
        return ()
    end = time.monotonic() + PAIR_SECONDS
    plain = [a for a in alternatives if a.family != "order"]
    for first, second in combinations(plain, 2):
        if time.monotonic() > end:
            break
        if first.family != second.family and fits(scene, [first, second], seen):
            return (first.sentence, second.sentence)
    return ()


def _where(failures: list[Failure]) -> str:
    """The first difference in words: the earliest timestep that any array shows."""
    first = failures[0]
    if first.kind != "value":
        return ""
    return f"The first difference is at {first.where}: {first.got}, not {first.want}."

"""`pytest --search SECONDS`: look for failing cases where no profile reaches."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.cases import replaced
from keras_rnn_conformance.cases.axes import AXES, BY_KEY, RECURRENT, Value
from keras_rnn_conformance.cases.case import Case, CaseError
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.expected.registry import expected
from keras_rnn_conformance.judging import capabilities
from keras_rnn_conformance.judging.known_failures import sort_out
from keras_rnn_conformance.judging.verdict import conduct
from keras_rnn_conformance.pytest_plugin.items import Session

KEYS = tuple(axis.key for axis in AXES if axis.searched)
"""The axes that are searched together; sizes are drawn beside them."""

WRAPPERS = {"Bidirectional": "bi", "TimeDistributed": "td"}

LARGEST = 65504.0
"""The largest number of float16."""

ROUND = 40
"""Cases between two looks at the clock."""


class Found(AssertionError):
    """A case that fails and that no known failure explains."""

    def __init__(self, case: Case, rules: list[str]) -> None:
        super().__init__(f"{case.id}  {', '.join(rules)}")


def search(session: Session, seconds: float) -> int:
    """Search for `seconds`; 1 if something was found, else 0.

    The draws follow from the number of the round, so that a longer search repeats a shorter one.
    """
    deadline, failing, rounds = time.monotonic() + seconds, dict[str, None](), 0
    while time.monotonic() < deadline:
        try:
            _round(session, rounds)()
        except Found as failure:
            if str(failure) not in failing:
                print(f"found: {failure}", flush=True)
            failing[str(failure)] = None
        rounds += 1
    print(f"searched {rounds * ROUND} draws, {len(failing)} unexplained failures")
    return 1 if failing else 0


def _round(session: Session, number: int) -> Callable[[], None]:
    """One seeded run of hypothesis over cases; it raises the smallest failing one it finds."""
    import hypothesis
    from hypothesis import strategies as st

    @hypothesis.seed(number)
    @hypothesis.settings(
        max_examples=ROUND,
        database=None,
        deadline=None,
        derandomize=False,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.generate, hypothesis.Phase.shrink],
        report_multiple_bugs=False,
        verbosity=hypothesis.Verbosity.quiet,
    )
    @hypothesis.given(_options(st))
    def holds(drawn: tuple[tuple[str, dict[str, Value]], dict[str, Value]]) -> None:
        (layer, fixed), options = drawn
        given = {k: v for k, v in options.items() if layer in BY_KEY[k].layers} | fixed
        try:
            case = Case.from_options(layer, given)
        except CaseError:
            hypothesis.reject()
        if capabilities.lacking(case, environment.backend()) is None and _defined(case, session):
            _expect(case, session)

    return holds


def _options(st: Any) -> Any:
    """Draws of a layer and of options, defaults first so that shrinking goes towards them."""
    axes = {key: st.sampled_from(_default_first(key)) for key in KEYS}
    sizes = {"u": st.integers(1, 9), "t": st.integers(1, 9)}
    some = st.fixed_dictionaries(sizes, optional=axes)
    return st.tuples(st.sampled_from(starts()), some)


def starts() -> list[tuple[str, dict[str, Value]]]:
    """What a search begins with: the layers, or what the classes of `--layer` are part of."""
    if not replaced.chosen:
        return [(layer, {}) for layer in RECURRENT]
    places: list[tuple[str, dict[str, Value]]] = []
    for name in replaced.chosen:
        if name in WRAPPERS:
            places += [(layer, {"as": WRAPPERS[name]}) for layer in RECURRENT]
        elif name.endswith("Cell"):
            places.append((name.removesuffix("Cell"), {"as": "rnn"}))
        else:
            places.append((name, {}))
    return places


def _default_first(key: str) -> list[Value]:
    axis = BY_KEY[key]
    return [axis.default, *(value for value in axis.values if value != axis.default)]


def _defined(case: Case, session: Session) -> bool:
    """Whether every number stays within the range of 16 bits: gates without limit can explode."""
    wanted = expected(case, Data(case, session.seed)).arrays.values()
    return all(float(np.max(np.abs(a.value) + a.bound, initial=0.0)) < LARGEST for a in wanted)


def _expect(case: Case, session: Session) -> None:
    broken = _broken(case, session)
    if broken and replaced.chosen:
        with replaced.set_aside():  # what Keras's own classes do here is no fault of the user's
            broken -= _broken(case, session)
    if broken:
        raise Found(case, sorted(broken))


def _broken(case: Case, session: Session) -> set[str]:
    """The rules that a case breaks and no known failure explains."""
    return {*sort_out(conduct(case, session.seed), session.known)[0]}

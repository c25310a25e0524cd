"""One law on one layer: held, broken at a place, or not applicable; and whose fault it is."""

from __future__ import annotations

import contextlib
import re
import textwrap
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any, Literal

import keras
import numpy as np

from keras_rnn_conformance.own.declared import Declared
from keras_rnn_conformance.own.kit import departs, filled, run
from keras_rnn_conformance.own.laws import LAWS, Law, Sizes
from keras_rnn_conformance.own.rounding import DRAWS, bounds
from keras_rnn_conformance.own.subject import PLAIN, Alteration, Kind, Subject

TRIES = 24
"""How many smaller sizes are tried, at most."""
LADDER = (1, 2, 3, 4, 17, 33, 65)
Fault = Literal["layer", "keras"]


@dataclass(frozen=True)
class Failure:
    """Where a law is broken first.

    Attributes:
        where: the name of the value that is wrong.
        place: its index; empty where the value is no array.
        got, want: the values at that place.
        error, bound: floats, where the value is a float.
        raised: the exception, where the law could not be tried to its end.
    """

    where: str
    place: tuple[int, ...] = ()
    axes: tuple[str, ...] = ()
    got: Any = None
    want: Any = None
    error: float | None = None
    bound: float = 0.0
    raised: str | None = None

    @property
    def kind(self) -> str:
        """What must stay the same while sizes shrink."""
        return self.raised.split(":")[0] if self.raised else "values"


@dataclass(frozen=True)
class Outcome:
    """What a check found.

    Attributes:
        status: "passed", "failed", "skipped", "expected" (declared to fail, and did), or
            "keras" (Keras's own layer fails the same check).
        reason: why it was skipped, is expected to fail, or why Keras is at fault.
        beside: what the layer of Keras's own beside it does; empty if there is none.
    """

    check: str
    status: Literal["passed", "failed", "skipped", "expected", "keras"]
    reason: str = ""
    failure: Failure | None = None
    sizes: Sizes | None = None
    beside: str = ""


class CellOfLargerOutput(keras.layers.SimpleRNNCell):
    """A SimpleRNNCell of Keras's whose output has one number more than its state."""

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(units, **kwargs)
        self.output_size = units + 1

    def call(self, sequence: Any, states: Any, training: bool = False) -> tuple[Any, Any]:
        """Repeat the first unit behind the last."""
        output, new = super().call(sequence, states, training)
        return keras.ops.concatenate([output, output[:, :1]], -1), new


class CellOfOtherOutput(keras.layers.SimpleRNNCell):
    """A SimpleRNNCell of Keras's whose output is minus its state."""

    def call(self, sequence: Any, states: Any, training: bool = False) -> tuple[Any, Any]:
        """Change the sign of the output."""
        output, new = super().call(sequence, states, training)
        return -output, new


class CellOfTuple(keras.layers.SimpleRNNCell):
    """A SimpleRNNCell of Keras's that returns its new states in a tuple."""

    def call(self, sequence: Any, states: Any, training: bool = False) -> tuple[Any, Any]:
        """Return a tuple in place of the list."""
        output, new = super().call(sequence, states, training)
        return output, tuple(new)


class LSTMCellOfTuple(keras.layers.LSTMCell):
    """An LSTMCell of Keras's that returns its new states in a tuple."""

    def call(self, inputs: Any, states: Any, training: bool = False) -> tuple[Any, Any]:
        """Return a tuple in place of the list."""
        output, new = super().call(inputs, states, training)
        return output, tuple(new)


def judge(law: Law, subject: Subject) -> Outcome:
    """Try a law; a failure is shrunk, and tried on a layer of Keras's own beside it."""
    if law.name != "check_call":
        broken = _call_fails(subject)
        if broken:
            return Outcome(law.name, "skipped", f"check_call fails: {broken}")
        lacking = subject.lacking(law)
        if lacking:
            return Outcome(law.name, "skipped", lacking)
    sizes = subject.sizes(law) if not subject.broken else law.sizes
    failure = attempt(law, subject, sizes)
    if failure is None:
        return Outcome(law.name, "passed")
    sizes, failure = _shrunk(law, subject, sizes, failure)
    same, seen = _of_keras(law, subject, sizes, failure)
    if same:
        return Outcome(law.name, "keras", seen, failure, sizes, seen)
    return Outcome(law.name, "failed", "", failure, sizes, seen)


def attempt(law: Law, subject: Subject, sizes: Sizes, draws: int = DRAWS) -> Failure | None:
    """Where the law is broken first at these sizes, or None.

    With fewer `draws` than all, rounding is measured by these alone, without float64.
    """
    cases, raised = _plainly(law, subject, sizes)
    if raised:
        for case in cases:  # what differed before explains more than what was raised for it
            place = departs(case[1], case[2], float("inf"))
            if place is not None:
                return _failure(case, place, 0.0)
        return Failure("the check", raised=raised)
    if not cases:
        raise RuntimeError(f"{law.name} compared nothing at {sizes}; please report this")
    if _first(cases, [0.0] * len(cases)) is None:
        return None
    failure = _first(cases, [float("inf")] * len(cases))  # what no bound can excuse
    if failure or not any(isinstance(case[2], np.ndarray) for case in cases):
        return failure
    evaluate = partial(_altered, law, subject, sizes)
    terms = _terms(subject, law, sizes)
    twin = draws == DRAWS and subject.has_twin
    for allowed in bounds(evaluate, cases, terms, twin, draws):
        failure = _first(cases, allowed)
        if failure is None:
            return None
    return failure


def _altered(
    law: Law, subject: Subject, sizes: Sizes, alteration: Alteration
) -> list[tuple[Any, ...]]:
    """What the law compares under an alteration; nothing, if it raises there."""
    try:
        with warnings.catch_warnings(), _uncompiled():
            warnings.simplefilter("ignore")
            return list(law.function(**subject.arguments(law, sizes, alteration)))
    except Exception:  # it was tried to its end without an alteration: nothing is measured
        return []


def _first(cases: list[tuple[Any, ...]], allowed: list[float]) -> Failure | None:
    for case, bound in zip(cases, allowed, strict=True):
        place = departs(case[1], case[2], bound)
        if place is not None:
            return _failure(case, place, bound)
    return None


@contextlib.contextmanager
def _uncompiled() -> Iterator[None]:
    """Let what is compiled run eagerly: while rounding is measured, only the value expected counts,

    which no law compiles, and TensorFlow compiles for seconds.
    """
    if keras.backend.backend() != "tensorflow":
        yield
        return
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(False)


def _plainly(law: Law, subject: Subject, sizes: Sizes) -> tuple[list[tuple[Any, ...]], str | None]:
    """What the law compares, and what was raised, where it could not be tried to its end."""
    cases: list[tuple[Any, ...]] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cases.extend(law.function(**subject.arguments(law, sizes, PLAIN)))
    except Exception as error:  # whatever a user's layer raises is what there is to report
        return cases, f"{type(error).__name__}: {_first_lines(error)}"
    return cases, None


def _failure(case: tuple[Any, ...], place: Any, bound: float) -> Failure:
    where, got, want = case[:3]
    index, error = place
    if index == "shape":
        return Failure(f"{where}, shape", got=got.shape, want=want.shape)
    if error is None:
        return Failure(where, got=got, want=want)
    axes = {1: ("unit",), 2: ("sample", "unit"), 3: ("sample", "timestep", "unit")}
    names = axes.get(got.ndim, tuple(f"axis {i}" for i in range(got.ndim)))
    names = tuple(f"axis {i}" for i in range(got.ndim)) if "weight" in where else names
    return Failure(where, index, names, float(got[index]), float(want[index]), error, bound)


def _call_fails(subject: Subject) -> str | None:
    if subject.broken is None:
        try:
            failure = attempt(LAWS["check_call"], subject, subject.sizes(LAWS["check_call"]))
        except Exception as error:  # it cannot even be made
            failure = Failure("the check", raised=f"{type(error).__name__}: {_first_lines(error)}")
        subject.broken = (failure.raised or failure.where) if failure else ""
    return subject.broken


def _shrunk(law: Law, subject: Subject, sizes: Sizes, failure: Failure) -> tuple[Sizes, Failure]:
    tries = 0
    for axis in ("batch", "timesteps", "units", "features"):
        now = getattr(sizes, axis)
        least = subject.least(law) if axis == "timesteps" else 1
        if now is None or (axis == "features" and subject.declared.step_shape):
            continue
        for value in [v for v in LADDER if least <= v < now]:
            smaller = replace(sizes, **{axis: value})
            tries += 1
            smaller_failure = _attempt_or_none(law, subject, smaller) if tries <= TRIES else None
            if smaller_failure and smaller_failure.kind == failure.kind:
                sizes, failure = smaller, smaller_failure
                break
    return sizes, failure


def _attempt_or_none(law: Law, subject: Subject, sizes: Sizes) -> Failure | None:
    try:
        return attempt(law, subject, sizes)
    except RuntimeError:  # nothing to compare at sizes so small
        return None


def _builtin(subject: Subject) -> Subject:
    layer = subject.fresh(Sizes())
    if _output_of_another_size(layer):
        return _standard(CellOfLargerOutput, "cell")
    if isinstance(layer, keras.layers.RNN) and _output_is_no_state(subject):
        return _standard(CellOfOtherOutput, "cell")
    states = keras.tree.flatten(getattr(layer, "state_size", None) or [0])
    name = "LSTM" if len(states) > 1 else "SimpleRNN"
    name += "Cell" if subject.kind == "cell" else ""
    return _standard(getattr(keras.layers, name), subject.kind)


@cache
def _standard(source: Any, kind: Kind) -> Subject:
    return Subject(source, kind, Declared())


def _output_of_another_size(layer: Any) -> bool:
    cell = getattr(layer, "cell", layer)
    size = getattr(cell, "output_size", None)
    states = keras.tree.flatten(getattr(cell, "state_size", None) or [size])
    return isinstance(size, int) and size != states[0]


def _output_is_no_state(subject: Subject) -> bool:
    x = subject.data(Sizes())
    layer = filled(partial(subject.fresh, Sizes()), x, return_state=True)
    output, *states = run(layer, x)
    return not any(np.array_equal(output, state) for state in states)


def _of_keras(law: Law, subject: Subject, sizes: Sizes, failure: Failure) -> tuple[bool, str]:
    """Whether a layer of Keras's own fails the same way, and what it does, in words."""
    try:
        other = _builtin(subject)
    except Exception:  # the user's layer cannot even be made
        return False, ""
    same, seen = _beside(other, law, sizes, failure)
    tuples = _of_tuple(subject) if not same and failure.raised else None
    if tuples is not None:
        other_same, other_seen = _beside(tuples, law, sizes, failure)
        return (True, other_seen) if other_same else (same, seen)
    return same, seen


def _of_tuple(subject: Subject) -> Subject | None:
    """A cell of Keras's own that returns a tuple of states, if that of the user does."""
    try:
        layer = subject.fresh(Sizes())
        x = keras.ops.convert_to_tensor(subject.data(Sizes()))
        layer.build(x.shape)
        cell, states = layer.cell, layer.get_initial_state(batch_size=len(x))
        new = cell(x[:, 0], states)[1]
    except Exception:  # it has no cell, or no step of it can be seen
        return None
    if not isinstance(new, tuple):
        return None
    return _standard(CellOfTuple if len(keras.tree.flatten(new)) == 1 else LSTMCellOfTuple, "cell")


def _beside(other: Subject, law: Law, sizes: Sizes, failure: Failure) -> tuple[bool, str]:
    """Whether a layer of Keras's own fails the same way, and what it does, in words."""
    name = f"Keras's own {_NAMES.get(other.source, other.name)}"
    lacking = other.lacking(law)
    if lacking:
        return False, f"for {name} the check does not apply ({lacking})"
    units = sizes.units or law.sizes.units
    try:
        outcome = attempt(law, other, replace(sizes, units=units))
    except RuntimeError:  # nothing to compare
        return False, f"for {name} the check does not apply (at this size)"
    if outcome is None:
        return False, f"{name} passes the same check"
    if outcome.kind == failure.kind and same_error(outcome.raised, failure.raised):
        return True, f"{name} fails the same check"
    return False, f"{name} fails it in another way ({outcome.raised or outcome.where})"


_NAMES = {
    CellOfLargerOutput: "SimpleRNNCell, with an output larger than its state,",
    CellOfOtherOutput: "SimpleRNNCell, with minus its state as output,",
    CellOfTuple: "SimpleRNNCell, with its new states in a tuple,",
    LSTMCellOfTuple: "LSTMCell, with its new states in a tuple,",
}


def same_error(one: str | None, other: str | None) -> bool:
    """Whether two errors read alike but for numbers; two values that are wrong always do."""
    heads = [_VARYING.sub("", text or "")[:_HEAD] for text in (one, other)]
    return heads[0] == heads[1]


_HEAD = 50
_VARYING = re.compile(r"Exception encountered when calling \w+\.call\(\)\.?\s*|\d+")


def _terms(subject: Subject, law: Law, sizes: Sizes) -> int:
    """How many terms a number is summed from: the rows of all kernels, and the biases."""
    layer = subject.arguments(LAWS["check_call"], sizes, PLAIN)["make"]()
    shapes = [tuple(w.shape) for w in layer.trainable_weights]
    return 1 + sum(int(np.prod(shape[:-1])) if len(shape) > 1 else 1 for shape in shapes)


def _first_lines(error: Exception) -> str:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    first, _, inner = plain.rpartition("Exception encountered: ")
    if first:  # Keras writes what went wrong behind the whole configuration
        lines = [f"{lines[0].split('. ')[0]}:", inner]
    return textwrap.shorten(" ".join(lines[:3]), 300)

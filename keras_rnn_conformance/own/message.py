"""The text of a failure."""

from __future__ import annotations

import keras

from keras_rnn_conformance.own.judge import Failure, Outcome
from keras_rnn_conformance.own.laws import LAWS, Sizes
from keras_rnn_conformance.own.subject import Subject


def failure_text(outcome: Outcome, subject: Subject) -> str:
    """The check, its rule, the first place that differs, whose fault it is, how to run it alone."""
    assert outcome.failure is not None and outcome.sizes is not None
    verb = "check_cell" if subject.kind == "cell" else "check_layer"
    lines = [
        f"check {outcome.check}: {subject.name}, {judged()}",
        f"rule  {LAWS[outcome.check].sentence}",
        f"      {place_text(outcome.failure)}",
        f"size  {size_text(outcome.sizes, subject)}: the smallest found that fails",
        f"fault {_fault_text(outcome)}",
        f'alone {verb}({subject.name}, only="{outcome.check}")',
    ]
    return "\n".join(lines)


def judged() -> str:
    """What the layer runs on."""
    return f"Keras {keras.__version__} on {keras.backend.backend()}"


def place_text(failure: Failure) -> str:
    """The first place that differs, with its numbers."""
    if failure.raised:
        return f"raised {failure.raised}"
    if failure.error is None:
        return f"{failure.where}: got {failure.got}, want {failure.want}"
    places = ", ".join(f"{a} {i}" for a, i in zip(failure.axes, failure.place, strict=True))
    where = f"{failure.where}, {places}" if places else failure.where
    ratio = (
        f"{failure.error / failure.bound:.3g} times" if failure.bound else "exact equality asked,"
    )
    numbers = f"got {failure.got:.9g}, want {failure.want:.9g}"
    return f"{where}: {numbers}, error {failure.error:.3g} is {ratio} the bound {failure.bound:.3g}"


def size_text(sizes: Sizes, subject: Subject) -> str:
    """The sizes, in the words of the constructor and of the input."""
    units = f"{subject.size_argument}={sizes.units}, " if subject.size_argument else ""
    shape = tuple(subject.data(sizes).shape)
    return f"{units}input of shape {shape}"


def _fault_text(outcome: Outcome) -> str:
    if outcome.status == "keras":
        return f"of Keras: {outcome.reason}"
    return f"of the layer: {outcome.beside}" if outcome.beside else "of the layer"

"""Deeds of the scenario `edge` about who is told what, and when, while a model is used."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import numpy as np

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.edges import REGIMES
from keras_rnn_conformance.cases.models.promises import (
    BATCHES,
    BREAKING,
    CALLING,
    EPOCHS,
    HELD,
    HOOKED,
    INTERRUPTED,
)
from keras_rnn_conformance.subject.calls import record_array
from keras_rnn_conformance.subject.registry import printed
from keras_rnn_conformance.subject.scenarios.whole.surroundings import layer_of, x_of

ENDS = ("begin", "end")
HOOKS = (
    *(f"{what}_{when}" for what in ("train", "epoch", "test", "predict") for when in ENDS),
    *(f"{what}_batch_{when}" for what in ("train", "test", "predict") for when in ENDS),
)


class Listening(keras.callbacks.Callback):
    """Notes each hook that is called, with the number that it is given."""

    def __init__(self, notes: list[str]) -> None:
        super().__init__()
        for hook in HOOKS:
            setattr(self, f"on_{hook}", partial(self.note, notes, hook))

    def note(self, notes: list[str], hook: str, *given: Any, **logs: Any) -> None:
        numbers = [str(one) for one in given if isinstance(one, int)]
        notes.append(" ".join([*hook.split("_"), *numbers]))


class Turning(keras.utils.PyDataset):
    """Batches that note when an epoch begins and ends in which some of them are taken."""

    def __init__(self, name: str, notes: list[str], batches: list[Any]) -> None:
        super().__init__()
        self.name, self.notes, self.batches, self.taken = name, notes, batches, False

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, index: int) -> Any:
        self.notes.append(f"{self.name} {index}")
        return self.batches[index]

    def on_epoch_begin(self) -> None:
        self.notes.append(f"{self.name} begins")

    def on_epoch_end(self) -> None:
        self.notes.append(f"{self.name} ends")


def _hooked(seen: Observation, case: Case, data: Data) -> None:
    """The hooks of a callback that each caller calls."""
    x = np.concatenate([data.x[:1]] * BATCHES).astype("float32")
    y = np.zeros((BATCHES, data.units), "float32")
    for how in HOOKED[str(case["what"])]:
        model = keras.Sequential([keras.Input(data.x.shape[1:]), layer_of(case, data)])
        model.compile("sgd", "mse", **COMPILING[how])
        for caller in CALLING:
            more: dict[str, Any] = {"batch_size": 1, "verbose": 0}
            if caller == "fit":
                more |= {"epochs": EPOCHS, "validation_data": (x[:HELD], y[:HELD])}
            given = [x] if caller == "predict" else [x, y]
            seen.facts[f"hooks of {caller}, {how}"] = hooks_of(model, caller, given, more)


@printed
def hooks_of(model: keras.Model, caller: str, given: list[Any], more: dict[str, Any]) -> list[str]:
    """The hooks that a caller calls, in order, with the numbers that they are given."""
    notes: list[str] = []
    getattr(model, caller)(*given, callbacks=[Listening(notes)], **more)
    return notes


COMPILING: dict[str, dict[str, Any]] = {
    "eagerly": {"run_eagerly": True, "jit_compile": False},
    "compiled": {"jit_compile": False},
    "bundled": {"jit_compile": False, **REGIMES["hooked_bundled"]},
}
"""By way, how a model is compiled."""


def _hooked_data(seen: Observation, case: Case, data: Data) -> None:
    """The hooks of the PyDatasets that fit trains on and validates with."""
    batch = (data.x.astype("float32"), np.zeros((data.batch, data.units), "float32"))
    notes: list[str] = []
    model = keras.Sequential([keras.Input(data.x.shape[1:]), layer_of(case, data)])
    model.compile("sgd", "mse", run_eagerly=True, jit_compile=False)
    model.fit(
        Turning("training", notes, [batch] * BATCHES),
        validation_data=Turning("validation", notes, [batch] * HELD),
        epochs=EPOCHS,
        verbose=0,
    )
    sizes = {"training": BATCHES, "validation": HELD}
    seen.facts["epochs of the data"] = epochs_of(notes, sizes)


@printed
def epochs_of(notes: list[str], sizes: dict[str, int]) -> list[str]:
    """Of which data all batches were taken from where an epoch began to where it ended."""
    begun: dict[str, int] = {}
    ended: list[str] = []
    for name, what in (note.split() for note in notes):
        if what == "begins":
            begun[name] = 0
        elif what == "ends":
            ended += [name] if begun.pop(name, 0) == sizes[name] else []
        elif name in begun:
            begun[name] += 1
    return ended


class Stop(Exception):
    """What ends a call of a model."""


class Stopping(keras.callbacks.Callback):
    """Ends whatever is done with a model at its second batch."""

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if batch:
            raise Stop

    on_test_batch_begin = on_predict_batch_begin = on_train_batch_begin


class Broken(keras.utils.PyDataset):
    """Batches, of which only the first ones can be had."""

    def __init__(self, batch: Any) -> None:
        super().__init__()
        self.batch, self.taken = batch, 0

    def __len__(self) -> int:
        return BATCHES

    def __getitem__(self, index: int) -> Any:
        self.taken += 1
        if self.taken > 2:  # Keras looks at a batch before it begins
            raise Stop
        return self.batch


def _interrupted(seen: Observation, case: Case, data: Data) -> None:
    """What a model gives that an error has come out of; its learning rate is nothing."""
    batch = (data.x.astype("float32"), np.zeros((data.batch, data.units), "float32"))
    for caller in INTERRUPTED[str(case["what"])]:
        for what in BREAKING:
            model = keras.Sequential([keras.Input(data.x.shape[1:]), layer_of(case, data)])
            model.compile(keras.optimizers.SGD(0.0), "mse", jit_compile=False)
            name = f"{what} in {caller}"
            if what == "the data":
                seen.facts[f"end of {name}"] = ended(model, caller, Broken(batch))
            else:
                whole = Turning("training", [], [batch] * BATCHES)
                listening = {"callbacks": [Stopping()]}
                seen.facts[f"end of {name}"] = ended(model, caller, whole, **listening)
            record_array(seen, f"output after {name}", model(x_of(data)))
            loss = model.evaluate(*batch, batch_size=data.batch, verbose=0)
            seen.arrays[f"loss after {name}"] = np.asarray([float(loss)])


@printed
def ended(model: keras.Model, caller: str, given: Any, **more: Any) -> str:
    """Whether an error ends a call; TensorFlow has one of its own for those of the data."""
    try:
        getattr(model, caller)(given, verbose=0, **more)
    except Exception:
        return "an error"
    return "none"


DEEDS: dict[str, Callable[[Observation, Case, Data], None]] = {
    **dict.fromkeys(HOOKED, _hooked),
    "hooked_data": _hooked_data,
    **dict.fromkeys(INTERRUPTED, _interrupted),
}
"""By deed, what is done."""

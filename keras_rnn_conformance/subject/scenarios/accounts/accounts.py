"""Deeds of the scenario `edge` on what training tells, and on what is told of data and models."""

from __future__ import annotations

import io
import re
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from itertools import product
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.deeds.accounts import (
    AGAIN,
    ASSESSED,
    BATCHES,
    COMPILED,
    EMPTY,
    EPOCHS,
    FACTORS,
    GOALS,
    HITS,
    LATER,
    ON_NOTHING,
    PATIENCE,
    PRINTING,
    REFUSALS,
    SHARED,
    SHARES,
    TOGETHER,
    TRUTHS,
    WORKERS,
)
from keras_rnn_conformance.subject.registry import printed
from keras_rnn_conformance.subject.scenarios.whole.building import OwnLoss
from keras_rnn_conformance.subject.scenarios.whole.surroundings import layer_of


def graph() -> dict[str, Any]:
    """Arguments of compile for compiled code: JAX has none but what it compiles just in time."""
    return {"run_eagerly": False, "jit_compile": keras.config.backend() == "jax"}


EAGERLY = {"run_eagerly": True, "jit_compile": False}


def _ways() -> dict[str, dict[str, Any]]:
    return dict(zip(COMPILED, (EAGERLY, graph()), strict=True))


class Telling(keras.utils.PyDataset):
    """Batches of one sample of which only the hooks matter, and how long they take."""

    def __init__(self, batches: int, x: Any, y: Any, wait: float = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self.batches, self.x, self.y, self.wait = batches, x[:1], y[:1], wait
        self.told: list[str] = []
        self.taken = 0

    def __len__(self) -> int:
        return self.batches

    def __getitem__(self, index: int) -> Any:
        time.sleep(self.wait)
        self.taken += 1
        return self.x, self.y

    def on_epoch_begin(self) -> None:
        self.told.append("begin")

    def on_epoch_end(self) -> None:
        self.told.append("end")


def _aims(data: Data) -> Any:
    return data.x.astype("float32"), data.states(1)[0].astype("float32")


def _plain(case: Case, data: Data, **how: Any) -> keras.Model:
    """The layer alone, compiled."""
    model = keras.Sequential([keras.Input(data.x.shape[1:]), layer_of(case, data)])
    model.compile(keras.optimizers.SGD(0.125), "mean_squared_error", **{**EAGERLY, **how})
    return model


def _told_once(seen: Observation, case: Case, data: Data) -> None:
    """When a PyDataset is told that an epoch begins and ends."""
    model, (x, y) = _plain(case, data), _aims(data)
    model.train_on_batch(x, y)  # what a model does before its first epoch is no epoch
    for workers in WORKERS:
        sets = {what: Telling(n, x, y, workers=workers) for what, n in BATCHES.items()}
        first, second = sets.values()
        model.fit(first, validation_data=second, epochs=EPOCHS, verbose=0)
        for what, told in sets.items():
            seen.facts[f"hooks of {what} in fit with {workers} workers"] = told.told
        for caller in ON_NOTHING:
            data_of = Telling(BATCHES["training"], x, y, workers=workers)
            getattr(model, caller)(data_of, verbose=0)
            seen.facts[f"hooks of data in {caller} with {workers} workers"] = data_of.told


def _slow_data(seen: Observation, case: Case, data: Data) -> None:
    """How many batches fit takes of data that is slow."""
    model, (x, y) = _plain(case, data), _aims(data)
    batches = Counted()
    model.fit(Telling(1, x, y, PATIENCE, workers=2), verbose=0, callbacks=[batches])
    seen.facts["batches of an epoch"] = batches.count


class Counted(keras.callbacks.Callback):
    """Counts the batches of training."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.count += 1


def _no_samples(seen: Observation, case: Case, data: Data) -> None:
    """What predict and evaluate make of nothing."""
    model, (x, y) = _plain(case, data), _aims(data)
    for caller, given in ON_NOTHING.items():
        for source in EMPTY:
            fact = f"{caller} on {source} without samples"
            seen.facts[fact] = nothing(model, caller, given, source, x[:0], y[:0])


@printed
def nothing(model: keras.Model, caller: str, given: str, source: str, x: Any, y: Any) -> str:
    """What a model says of data without samples."""
    taken: tuple[Any, ...]
    right = f"an error that says so, or {given}"
    if source == "arrays":
        taken = (x, y) if caller == "evaluate" else (x,)
    else:
        taken = (Telling(0, x, y) if source == "a PyDataset" else (None for _ in ()),)
    try:
        returned = getattr(model, caller)(*taken, verbose=0)
    except Exception as error:
        said = any(word in str(error).lower() for word in REFUSALS)
        return right if said else f"{type(error).__name__}: {error}"
    sizes = np.shape(returned)
    fits = sizes == () if caller == "evaluate" else sizes[:1] == (0,) and len(sizes) == 2
    return right if fits else f"{type(returned).__name__} of shape {sizes}"


def _assessed(seen: Observation, case: Case, data: Data) -> None:
    """What evaluate reports of hits, weighed by sample and by timestep."""
    for weighed, shares in SHARES.items():
        axes = (2,) if weighed == "sample" else (2, 1)
        x, y = (a.reshape(len(a), *axes).astype("float32") for a in (HITS, TRUTHS))
        weights = (shares[:, 0] if weighed == "sample" else shares).astype("float32")
        for way, how in _ways().items():
            model = keras.Sequential([keras.Input(axes), keras.layers.Activation("linear")])
            kinds = {
                name: getattr(keras.metrics, kind)(**options, name=name)
                for name, (kind, options) in ASSESSED.items()
            }
            model.compile(loss="mean_squared_error", weighted_metrics=list(kinds.values()), **how)
            logs = model.evaluate(
                x, y, TOGETHER, sample_weight=weights, verbose=0, return_dict=True
            )
            for name in kinds:
                value = np.asarray(logs[name], float).reshape(1)
                seen.arrays[f"{name} by weights of each {weighed}, {way}"] = value


class Twice(keras.Model):
    """A model that takes its loss of a second call, as a step of the user's own may."""

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, *more: Any, **named: Any
    ) -> Any:
        return super().compute_loss(x, y, self(x), *more, **named)


def _added_again(seen: Observation, case: Case, data: Data) -> None:
    """The loss of a model that is called twice, whose layers add to it."""
    x, y = _aims(data)
    for caller, way in AGAIN:
        entry, layer = keras.Input(x.shape[1:]), layer_of(case, data, return_sequences=True)
        sequence = OwnLoss(FACTORS[0])(layer(entry))
        last = keras.layers.Lambda(lambda tensor: tensor[:, -1])(sequence)
        model = Twice(entry, OwnLoss(FACTORS[1])(last))
        model.compile(keras.optimizers.SGD(0.125), "mean_squared_error", **_ways()[way])
        seen.arrays[f"loss by {caller}, {way}"] = np.asarray([reported(model, caller, x, y)])


@printed
def reported(model: keras.Model, caller: str, x: Any, y: Any) -> float:
    """The loss that a model reports of one batch."""
    if caller == "evaluate":
        return float(model.evaluate(x, y, len(x), verbose=0))
    if caller == "fit":
        return float(model.fit(x, y, len(x), verbose=0).history["loss"][0])
    return float(model.train_on_batch(x, y))


def _added_shared(seen: Observation, case: Case, data: Data) -> None:
    """The loss of a model that calls a layer twice which adds to it."""
    x, wanted = data.x.astype("float32"), np.zeros((*data.x.shape[:2], data.units), "float32")
    for how in SHARED:
        for caller, way in AGAIN[:2]:
            entry, layer = keras.Input(x.shape[1:]), layer_of(case, data, return_sequences=True)
            sequence, adding = layer(entry), shared(how, (x.shape[1], data.units))
            model = keras.Model(entry, adding(sequence) + adding(LATER * sequence))
            model.compile(keras.optimizers.SGD(0.125), "mean_squared_error", **_ways()[way])
            loss = reported(model, caller, x, wanted)
            seen.arrays[f"loss {how}, {caller}, {way}"] = np.asarray([loss])


class Adding(OwnLoss):
    """A layer that adds to the loss, for TimeDistributed too."""

    def compute_output_shape(self, shape: Any) -> Any:
        return shape


@printed
def shared(how: str, shape: Any) -> Any:
    """A layer that adds a loss, in whatever stands around it."""
    if how == "in TimeDistributed":
        return keras.layers.TimeDistributed(Adding(FACTORS[0]))
    layer = Adding(FACTORS[0])
    return keras.Sequential([keras.Input(shape), layer]) if how == "in a model" else layer


def _compiled_within(seen: Observation, case: Case, data: Data) -> None:
    """What two models report that are compiled in turn, one inside the other."""
    x, y = _aims(data)
    entry = keras.Input(x.shape[1:])
    inside = keras.Sequential([entry, layer_of(case, data)])
    models = {"inside": inside, "around": keras.Model(entry, inside(entry))}
    losses = list(GOALS.values())
    for (where, model), metric in zip(models.items(), reversed(losses), strict=True):
        model.compile(loss=GOALS[where], metrics=[metric], **EAGERLY)
        model.evaluate(x, y, verbose=0)
    for where, model in models.items():
        for name, value in model.evaluate(x, y, len(x), verbose=0, return_dict=True).items():
            seen.arrays[f"{name} of the model {where}"] = np.asarray([float(value)])


def _printed(seen: Observation, case: Case, data: Data) -> None:
    """The numbers that fit prints last, after one epoch and after more."""
    x, y = _aims(data)
    for verbose, epoch in product(PRINTING, range(EPOCHS)):
        model = _plain(case, data, metrics=["mean_absolute_error"])
        history, text = told(model, x, y, verbose, epochs=epoch + 1)
        values = {name: numbers_of[epoch] for name, numbers_of in history.items()}
        seen.facts[f"last numbers of epoch {epoch} at verbose={verbose}"] = same(text, values)
    callbacks = keras.callbacks
    losses = []
    for verbose in (0, 1):
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "best.weights.h5")
            each = [
                callbacks.EarlyStopping("loss", patience=0, verbose=verbose, min_delta=10.0),
                callbacks.ReduceLROnPlateau("loss", patience=1, verbose=verbose, min_delta=10.0),
                callbacks.LearningRateScheduler(lambda _, rate: 0.5 * rate, verbose=verbose),
                callbacks.ModelCheckpoint(
                    path, "loss", verbose, save_best_only=True, save_weights_only=True
                ),
            ]
            history, _ = told(_plain(case, data), x, y, verbose, each)
            losses.append(history["loss"])
    alike = losses[0] == losses[1]
    seen.facts["losses with callbacks that print"] = "as without" if alike else str(losses)


@printed
def told(
    model: keras.Model, x: Any, y: Any, verbose: int, each: Any = (), epochs: int = EPOCHS
) -> Any:
    """What fit returns and what it prints."""
    screen = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with redirect_stdout(screen):
        done = model.fit(x, y, 2, epochs, verbose=verbose, shuffle=False, callbacks=list(each))
    screen.seek(0)
    return done.history, screen.read()


@printed
def same(text: str, values: dict[str, float]) -> str:
    """Whether the last numbers of a text, by name, are those, to as many digits as it shows."""
    said = dict(re.findall(r"(\w+): ([-+.e\d]+)", text))
    digits = {name: len(re.sub(r"^.*?\.|e.*", "", number)) for name, number in said.items()}
    right = all(
        said.get(name) in [f"{value:.{digits.get(name, 0)}{form}}" for form in "fe"]
        for name, value in values.items()
    )
    return "those of the history" if right else f"{said} for {values}"


DEEDS: dict[str, Callable[[Observation, Case, Data], None]] = {
    "told_once": _told_once,
    "slow_data": _slow_data,
    "no_samples": _no_samples,
    "assessed": _assessed,
    "added_again": _added_again,
    "added_shared": _added_shared,
    "compiled_within": _compiled_within,
    "printed": _printed,
}
"""By deed, what is done."""

"""Deeds of the scenario `edge` that try what surrounds a recurrent layer: noise, files, copies."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.edges import (
    ATTENDED,
    DEPTH,
    DRAWS,
    FALL,
    FAR_OFF,
    MERGED,
    MISFITS,
    NOISES,
    PADDINGS,
    PATIENCE,
    RATES,
    REBUILT,
    SAVE_EACH,
    SEQUENCES,
    STEP,
)
from keras_rnn_conformance.cases.models.learning import goals, head
from keras_rnn_conformance.cases.models.sources import fed, model_of
from keras_rnn_conformance.subject.calls import record_array, to_float64
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.registry import printed
from keras_rnn_conformance.subject.scenarios.global_settings import restored
from keras_rnn_conformance.subject.scenarios.whole import building
from keras_rnn_conformance.subject.trees import flatten


def layer_of(case: Case, data: Data, units: Any = 0, **options: Any) -> keras.layers.Layer:
    """The layer of a case, with its weights."""
    kind = getattr(keras.layers, case.layer)
    layer = kind(units or data.units, **build.cheap_initializers(), **options)
    layer.build((data.batch, data.timesteps, data.features))
    build.set_weights(layer, data.weights())
    return layer


def x_of(data: Data, call: int = 0) -> Any:
    """The sequences of a call, as a tensor."""
    return ops.convert_to_tensor(data.x_of(call), dtype="float32")


def _noise(seen: Observation, case: Case, data: Data) -> None:
    """What each layer multiplies by in training, and the recurrent layer behind it at inference."""
    shape = (data.batch + 8, data.timesteps + 5, data.features + 5)
    ones = np.ones(shape, "float32")
    for name, (kind, options, _) in NOISES.items():
        layer = getattr(keras.layers, kind)(rate=0.5, seed=1, **options)
        first = to_float64(layer(ones, training=True))
        seen.facts[name] = noise_of(layer, ones, first, DRAWS)
        for axis in {0, 1, 2} - set(seen.facts[name][0]):
            single = to_float64(layer(ones.take([0], axis), training=True))
            seen.facts[f"{name}, size 1 of axis {axis}"] = np.unique(single).tolist()
        again = type(layer).from_config(layer.get_config())
        again.trainable = False
        seen.facts[f"{name}, not trainable"] = np.array_equal(
            to_float64(again(ones, training=True)), first
        )
        model = keras.Sequential([keras.Input(data.x.shape[1:]), layer, layer_of(case, data)])
        record_array(seen, name, model(x_of(data)))


@printed
def noise_of(layer: Any, ones: Any, first: Any, count: int) -> list[Any]:
    """Along which axes noise is the same, what it multiplies by, and whether it is new each time.

    Args:
        first: what the layer drew in its first call.
        count: of how many calls there are.
    """
    rest = [ops.convert_to_numpy(layer(ones, training=True)) for _ in range(count - 1)]
    draws = [np.asarray(drawn, "float64") for drawn in (first, *rest)]
    along = [axis for axis in range(3) if np.ptp(first, axis).max() == 0.0]
    return [along, np.unique(first).tolist(), len({drawn.tobytes() for drawn in draws}) == count]


def _misfit(seen: Observation, case: Case, data: Data) -> None:
    """The weights of a Dense layer, from files whose recurrent layer has other features."""
    saved, twin = (_headed(case, data, data.features + more) for more in (0, 1))
    build.set_weights(saved.layers[-1], head(data))
    with tempfile.TemporaryDirectory() as folder:
        for name in MISFITS:
            path = Path(folder) / f"model{name}"
            saved.save_weights(path) if "weights" in name else saved.save(path)
            build.set_weights(twin.layers[-1], [0.0 * weight for weight in head(data)])
            twin.load_weights(path, skip_mismatch=True)
            record_array(seen, name, twin.layers[-1].kernel)


def _headed(case: Case, data: Data, features: int) -> keras.Model:
    layer = getattr(keras.layers, case.layer)(data.units, name="first")
    number = keras.layers.Dense(1, name="number")
    return keras.Sequential([keras.Input((data.timesteps, features)), layer, number])


def _sharing(case: Case, data: Data) -> keras.Model:
    """A model that calls one layer, and a model inside it that calls the same."""
    layer = layer_of(case, data)
    inside, *entries = (keras.Input(data.x.shape[1:]) for _ in range(3))
    inner = keras.Model(inside, layer(inside))
    joined = keras.layers.Concatenate()([inner(entries[0]), layer(entries[1])])
    return keras.Model(entries, joined)


def _shared_within(seen: Observation, case: Case, data: Data) -> None:
    """What a recursive copy has of a layer that two models share, and who is asked for copies."""
    model = _sharing(case, data)
    copy = building.twin(model, "clone within")
    deep, asked = layer_of(case, data), list[str]()
    for _ in range(DEPTH):
        deep = keras.Sequential([keras.Input(data.x.shape[1:]), deep])

    def copied(layer: keras.layers.Layer) -> keras.layers.Layer:
        asked.append(type(layer).__name__)
        made: keras.layers.Layer = type(layer).from_config(layer.get_config())
        return made

    keras.models.clone_model(deep, clone_function=copied, recursive=True)
    seen.facts["copies by a clone_function"] = asked.count(case.layer)
    _record_shared(seen, data, {"model": model, "copy": copy})


def _saved_within(seen: Observation, case: Case, data: Data) -> None:
    """What a file has of a layer that two models share."""
    _record_shared(seen, data, {"loaded": building.reloaded(_sharing(case, data))})


def _record_shared(seen: Observation, data: Data, made: dict[str, Any]) -> None:
    for name, model in made.items():
        seen.facts[name] = len(model.weights)
        record_array(seen, name, model([x_of(data), x_of(data, 1)]))


def _rebuilt(seen: Observation, case: Case, data: Data, models: dict[str, tuple[str, ...]]) -> None:
    """What models compute that are made again of layers with other calls too."""
    for name, ways in models.items():
        whole = model_of(case, name)
        model = building.model(whole, case, data, before=True)
        given = building.in_order(building.tensors_of(fed(whole, data)))
        for way in ways:
            again = AGAIN[way](model)
            fact = f"number of weights of {name}, {way}, that train otherwise"
            seen.facts[fact] = otherwise_trained(again, model)
            outputs = flatten(again(given))
            for output, value in zip(whole.outputs, outputs, strict=True):
                record_array(seen, f"{name}, {way}: {output}", value)


@printed
def otherwise_trained(made: keras.Model, model: keras.Model) -> int:
    """How many weights of a model train that do not in another one, or do not and do there."""
    pairs = zip(made.weights, model.weights, strict=True)
    return sum(one.trainable != other.trainable for one, other in pairs)


AGAIN: dict[str, Callable[[keras.Model], keras.Model]] = {
    "loaded": building.reloaded,
    "from JSON": lambda model: building.twin(model, "json"),
    "from h5": lambda model: building.reloaded(model, "h5"),
    "cloned": lambda model: building.twin(model, "clone"),
}
"""By way of `REBUILT`, what makes a model again."""


def _odd_dtype(seen: Observation, case: Case, data: Data) -> None:
    with restored():
        keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
        entry = keras.Input(data.x.shape[1:], dtype="float32")
        model = keras.Model(entry, layer_of(case, data, dtype="float32")(entry))
        record_array(seen, "output", model(x_of(data)))


def _padded(seen: Observation, case: Case, data: Data) -> None:
    for name, options in PADDINGS.items():
        given = keras.utils.pad_sequences(SEQUENCES, dtype="float32", **options)
        seen.facts[f"dtype of {name}"] = str(given.dtype)
        seen.arrays[name] = given.astype(np.float64)


def _callbacks(seen: Observation, case: Case, data: Data) -> None:
    """A fit whose third epoch is the best one, one of batches of one sample, and a far worse one.

    The last one is watched by the callback that watched the first: every epoch of it is worse.
    """
    layer, dense = layer_of(case, data), keras.layers.Dense(1, name="number")
    model = keras.Sequential([keras.Input(data.x.shape[1:]), layer, dense])
    build.set_weights(dense, head(data))
    model.compile(keras.optimizers.SGD(STEP), "mse", jit_compile=False)
    x, y = data.x.astype("float32"), goals(data)[0].astype("float32")
    own = keras.callbacks
    with tempfile.TemporaryDirectory() as folder:
        log = str(Path(folder) / "log.csv")
        best = str(Path(folder) / "best.weights.h5")
        keeping = {"save_best_only": True, "save_weights_only": True, "verbose": 1}
        stopping = own.EarlyStopping("loss", patience=PATIENCE, restore_best_weights=True)
        each: list[Any] = [
            own.LearningRateScheduler(lambda epoch: RATES[epoch]),
            stopping,
            own.CSVLogger(log),
            own.ModelCheckpoint(best, "loss", **keeping),
        ]
        history = _fitted(model, x, y, len(x), each)
        for epoch, loss in enumerate(history, 1):
            seen.arrays[f"loss of epoch {epoch}"] = np.asarray([loss])
        for owner, made in (("first", layer), ("number", dense)):
            for variable in made.trainable_variables:
                record_array(seen, f"{owner}/{variable.name}", variable)
        kept = model.get_weights()
        model.load_weights(best)
        pairs = zip(kept, model.get_weights(), strict=True)
        seen.facts["the best file"] = all(np.array_equal(*pair) for pair in pairs)
        Path(best).unlink()
        files = str(Path(folder) / "{epoch}-{batch}.weights.h5")
        each = [
            own.ModelCheckpoint(files, save_weights_only=True, save_freq=SAVE_EACH),
            own.CSVLogger(log, append=True),
        ]
        _fitted(model, x, y, 1, each)
        seen.facts["files"] = sorted(p.name.split(".")[0] for p in Path(folder).glob("*.h5"))
        build.set_weights(dense, [FAR_OFF + weight for weight in head(data)])
        model.optimizer.learning_rate = STEP**5
        seen.facts["epochs of a later fit"] = len(_fitted(model, x, y, len(x), [stopping]))
        logger = own.CSVLogger(str(Path(folder) / "sparse.csv"))
        sparse = {"validation_data": (x, y), "validation_freq": len(RATES)}
        for _ in range(2):
            _fitted(model, x, y, len(x), [logger], **sparse)
        rows = Path(logger.filename).read_text().split()
        seen.facts["sparse log"] = [len(row.split(",")) for row in rows]
        plateaus = [
            own.ReduceLROnPlateau("loss", FALL, patience, min_delta=FAR_OFF**9)
            for patience in (len(RATES) - 1, len(RATES))
        ]
        for number, more in enumerate(({}, {"validation_data": (x, y)}, {})):
            _fitted(model, x, y, len(x), [logger, *plateaus], **more)
            rate = float(ops.convert_to_numpy(model.optimizer.learning_rate))
            seen.facts[f"rate after fit {number}"] = rate
            header, *rows = Path(logger.filename).read_text().split()
            columns = {"epoch", "loss", *(["val_loss"] if more else [])}
            seen.facts[f"log of fit {number}"] = [columns <= {*header.split(",")}, len(rows)]
        seen.facts["log"] = [row.split(",")[0] for row in Path(log).read_text().split()]


def _fitted(
    model: keras.Model, x: Any, y: Any, size: int, each: list[Any], **more: Any
) -> list[float]:
    """The losses of as many epochs as there are rates."""
    history = model.fit(
        x, y, batch_size=size, epochs=len(RATES), shuffle=False, verbose=0, callbacks=each, **more
    )
    return [float(loss) for loss in history.history["loss"]]


DEEDS: dict[str, Callable[[Observation, Case, Data], None]] = {
    "noise": _noise,
    "misfit": _misfit,
    "shared_within": _shared_within,
    "saved_within": _saved_within,
    "odd_dtype": _odd_dtype,
    "rebuilt": partial(_rebuilt, models=REBUILT),
    "rebuilt_merges": partial(_rebuilt, models=MERGED),
    "attended_h5": partial(_rebuilt, models=ATTENDED),
    "padded": _padded,
    "callbacks": _callbacks,
}

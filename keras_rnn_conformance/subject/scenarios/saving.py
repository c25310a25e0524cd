"""The scenarios in which a layer is restored and called: from a file, a configuration, a pickle."""

from __future__ import annotations

import copy
import json
import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import call_name
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.subject.calls import PATHS, Run, paths_of, record_outputs, returned_names
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.layers.serialized_values import ABOUT, named_by
from keras_rnn_conformance.subject.registry import printed, scenario
from keras_rnn_conformance.subject.scenarios.paths import fed, functional_model

Restored = tuple[Run, keras.Layer, keras.Layer]
"""How to call what was restored, the original layer, and the restored one."""


def plain(config: Any) -> Any:
    """The configuration as it comes back from JSON."""
    return json.loads(json.dumps(config))


@scenario("config")
def config(case: Case, data: Data) -> Observation:
    """`get_config` and `from_config`: of one argument, or of a whole layer that is then called."""
    what = str(case["what"])
    if what not in ("numbers", "required"):
        return Observation(facts=ABOUT.get(what, ABOUT["argument"])(case))
    layer = build.make(case, data)
    seen = _recorded(Observation(), case, "", PATHS["call"](case, data, layer))
    kept = plain(layer.get_config())
    before = plain(kept)
    given = kept
    if what == "required":
        given = {name: kept[name] for name in named_by(type(layer), needed=True)}
    twin = type(layer).from_config(given)
    seen.facts |= {"before": sorted(before), "after": sorted(kept), "same": kept == before}
    # A layer builds itself in its first call, unlike the original, which was built by its shape.
    PATHS["call"](case, data, twin)(0)
    twin.set_weights(layer.get_weights())
    if case["stateful"]:
        twin.reset_state()
    return _compared(seen, case, (PATHS["call"](case, data, twin), layer, twin))


@scenario("weights")
def weights(case: Case, data: Data) -> Observation:
    """`get_weights` of one layer, `set_weights` of another that has other weights."""
    layer, twin = build.make(case, data), build.make(case, data.with_other_weights())
    seen = _recorded(Observation(), case, "", PATHS["call"](case, data, layer))
    twin.set_weights(layer.get_weights())
    return _compared(seen, case, (PATHS["call"](case, data, twin), layer, twin), named=False)


@scenario("pickle")
def pickled(case: Case, data: Data) -> Observation:
    """A layer by way of `pickle`."""
    return _of_layers(case, data, lambda layer: pickle.loads(pickle.dumps(layer)))  # noqa: S301 its own


@scenario("copy")
def copied(case: Case, data: Data) -> Observation:
    """A layer by way of `copy.deepcopy`."""
    return _of_layers(case, data, copy.deepcopy)


def _of_layers(
    case: Case, data: Data, restore: Callable[[keras.Layer], keras.Layer]
) -> Observation:
    """The layer is restored before either is called: whether states go along is nowhere said."""
    layer = build.make(case, data)
    twin = restore(layer)
    seen = _recorded(Observation(), case, "", PATHS["call"](case, data, layer))
    return _compared(seen, case, (PATHS["call"](case, data, twin), layer, twin))


@scenario("clone")
def clone(case: Case, data: Data) -> Observation:
    """`clone_model`, which makes new weights; they get the numbers of the original."""

    def restore(model: keras.Model, folder: Path) -> keras.Model:
        twin = keras.models.clone_model(model)
        twin.set_weights(model.get_weights())
        return twin

    return _of_models(case, data, restore)


@scenario("keras")
def keras_file(case: Case, data: Data) -> Observation:
    """A whole model in a `.keras` file."""
    return _of_models(case, data, lambda model, folder: _through(folder / "model.keras", model))


@scenario("legacy")
def legacy_file(case: Case, data: Data) -> Observation:
    """A whole model in an `.h5` file."""
    return _of_models(case, data, lambda model, folder: _through(folder / "model.h5", model))


def _through(path: Path, model: keras.Model) -> keras.Model:
    """What comes out of a file of a whole model."""
    model.save(path)
    return keras.models.load_model(path)


@scenario("h5")
def h5_file(case: Case, data: Data) -> Observation:
    """The weights in a `.weights.h5` file, read by a model that has other weights."""

    def restore(model: keras.Model, folder: Path) -> keras.Model:
        model.save_weights(folder / "model.weights.h5")
        other = data.with_other_weights()
        twin = functional_model(case, other, _made(case, other))
        twin.load_weights(folder / "model.weights.h5")
        return twin

    return _of_models(case, data, restore, named=False)


def _made(case: Case, data: Data) -> keras.Layer:
    """The layer, frozen where the variant asks for that."""
    layer = build.make(case, data)
    layer.trainable = case["what"] != "frozen"
    return layer


def _of_models(
    case: Case, data: Data, restore: Callable[[keras.Model, Path], keras.Model], named: bool = True
) -> Observation:
    """The layer as a model is called, then restored, then called again."""
    layer = _made(case, data)
    model = functional_model(case, data, layer)
    seen = _recorded(Observation(), case, "", lambda number: model(fed(case, data, number)))
    with tempfile.TemporaryDirectory() as folder:
        twin = restore(model, Path(folder))
    inner = next(one for one in twin.layers if type(one) is type(layer))
    return _compared(
        seen, case, (lambda number: twin(fed(case, data, number)), layer, inner), named
    )


def _recorded(seen: Observation, case: Case, prefix: str, run: Run) -> Observation:
    """Record every call of the case."""
    for number in range(case.number("calls")):
        names = [prefix + call_name(name, number) for name in returned_names(case)]
        record_outputs(seen, run(number), names)
    return seen


@printed
def weights_of(layer: Any) -> list[list[Any]]:
    """Name, shape, dtype and whether it is trained, of each weight."""
    return [[v.name, list(v.shape), str(v.dtype), bool(v.trainable)] for v in layer.weights]


@printed
def shared_paths(twin: Any, layer: Any) -> list[str]:
    """The paths of the variables that two layers share."""
    own = {id(variable) for variable in layer.variables}
    return [variable.path for variable in twin.variables if id(variable) in own]


def _compared(seen: Observation, case: Case, restored: Restored, named: bool = True) -> Observation:
    """Record what the restored layer gives, and how the two describe themselves."""
    run, layer, twin = restored
    _recorded(seen, case, "restored ", run)
    for prefix, one in (("", layer), ("restored ", twin)):
        seen.facts[f"{prefix}weights"] = weights_of(one)
        seen.facts[f"{prefix}paths"] = paths_of(one.weights)
    seen.facts["shared"] = shared_paths(twin, layer)
    if named:
        seen.facts["config"] = plain(layer.get_config())
        seen.facts["restored config"] = plain(twin.get_config())
    return seen

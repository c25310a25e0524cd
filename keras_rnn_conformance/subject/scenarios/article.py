"""The scenario `article`: the article's listings on the Keras of this process."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import state_names
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.scenarios import article
from keras_rnn_conformance.cases.scenarios.article import listing, variant
from keras_rnn_conformance.subject import classes
from keras_rnn_conformance.subject.calls import record_array, record_outputs, structure
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.registry import scenario


@scenario("article")
def run(case: Case, data: Data) -> Observation:
    """Run the listing that the case names."""
    return _decoder(case, data) if case["what"] == "listing5" else _listing(case)


def _listing(case: Case) -> Observation:
    facts = article.load()
    layer = getattr(classes, case.layer)(
        facts.units,
        kernel_initializer=keras.initializers.Constant(facts.kernel),
        recurrent_initializer=keras.initializers.Constant(facts.recurrent_kernel),
        bias_initializer=keras.initializers.Constant(facts.bias),
        **listing(case).arguments,
        **_departures(case),
    )
    inputs = keras.Input(shape=facts.x.shape[1:])
    given = keras.Model(inputs, layer(inputs)).predict(facts.x, verbose=0)
    seen = Observation()
    record_outputs(seen, given, _names(case))
    for variable in layer.trainable_variables:
        record_array(seen, f"weights/{variable.name}", variable)
    return seen


def _departures(case: Case) -> dict[str, Any]:
    """The arguments by which a variant departs from its listing."""
    what = variant(case)
    if what == "listing":
        return {}
    if what == "named":
        return {"recurrent_activation": "hard_sigmoid"}
    # no name of Keras 3 stands for the hard sigmoid of Keras 2, whose slope is 1/5
    of_its_time: dict[str, Any] = {"recurrent_activation": build.activation("callable")}
    if case.layer == "GRU":
        of_its_time["reset_after"] = False
    return of_its_time | ({"unit_forget_bias": False} if what == "zerobias" else {})


def _names(case: Case) -> list[str]:
    return ["output", *(state_names(case.layer) if case["state"] else [])]


def _decoder(case: Case, data: Data) -> Observation:
    layer = build.make(case, data)
    states = [build.tensor(s, "float32") for s in data.states(len(state_names(case.layer)))]
    x = build.inputs(case, data)
    seen = Observation()
    _record_steps(seen, "", _loop(seen, layer, x, states, feed_back=True), case)
    _record_steps(seen, "forced ", _loop(seen, layer, x, states, feed_back=False), case)
    for name, array in zip(_names(case), layer(x, initial_state=states), strict=True):
        record_array(seen, f"whole {name}", array)
    return seen


def _loop(seen: Observation, layer: Any, x: Any, states: Any, feed_back: bool) -> list[Any]:
    """Call the layer a timestep at a time, on its own output or on the input's timesteps."""
    inputs, outputs = x[:, :1], []
    for t in range(x.shape[1]):
        given = layer(inputs if feed_back else x[:, t : t + 1], initial_state=states)
        seen.structure = structure(given)
        inputs, *states = given
        outputs.append(inputs)
    return [ops.concatenate(outputs, axis=1), *states]


def _record_steps(seen: Observation, prefix: str, arrays: list[Any], case: Case) -> None:
    for name, array in zip(_names(case), arrays, strict=True):
        record_array(seen, prefix + name, array)

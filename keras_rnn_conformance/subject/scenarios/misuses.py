"""The scenario `bad`: a layer is used wrongly, and then rightly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_rnn_conformance.base.observation import Observation, Raised
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import SMALL, state_names
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.pixels import by_pixel
from keras_rnn_conformance.subject import classes
from keras_rnn_conformance.subject.calls import record_array
from keras_rnn_conformance.subject.layers import build
from keras_rnn_conformance.subject.layers.further_arguments import (
    built,
    called,
    fed,
    fresh,
    output_of,
)
from keras_rnn_conformance.subject.registry import noted, scenario

Arguments = dict[str, Any]

CONSTRUCTIONS: dict[str, Arguments] = {
    "units_zero": {"units": 0},
    "units_negative": {"units": -1},
    "units_fraction": {"units": 2.5},
    "units_word": {"units": "three"},
    "activation_name": {"activation": "nonsense"},
    "gate_activation_name": {"recurrent_activation": "nonsense"},
    "initializer_name": {"kernel_initializer": "nonsense"},
    "regularizer_name": {"kernel_regularizer": "nonsense"},
    "constraint_name": {"kernel_constraint": "nonsense"},
    "keyword": {"nonsense": 1},
    "dtype_name": {"dtype": "nonsense"},
    "trainable_word": {"trainable": "yes"},
    "dropout_word": {"dropout": "half"},
    "seed_word": {"seed": "one"},
    "cudnn_word": {"use_cudnn": "yes"},
    "cudnn_relu": {"use_cudnn": True, "activation": "relu"},
    "cudnn_rdrop": {"use_cudnn": True, "recurrent_dropout": 0.5},
    "merge_name": {"merge_mode": "nonsense"},
    "stride_dilation": {"strides": 2, "dilation_rate": 2},
    "padding_name": {"padding": "nonsense"},
    "format_name": {"data_format": "nonsense"},
    "kernel_zero": {"kernel_size": 0},
    "kernel_rank": {"kernel_size": (1, 1, 1)},
    "stride_negative": {"strides": -1},
    "stride_rank": {"strides": (1, 1, 1)},
    "dilation_zero": {"dilation_rate": 0},
    "dilation_rank": {"dilation_rate": (1, 1, 1)},
}
"""The constructor arguments of the misuses that give a wrong one; the layer is called then too."""

Wrong = Callable[[Case, Data, "keras.Layer"], Any]
CALLS: dict[str, Wrong] = {
    "rank2": lambda c, d, layer: layer(fed(c, d)[:, 0]),
    "rank_over": lambda c, d, layer: layer(fed(c, d)[:, None]),
    "features": lambda c, d, layer: layer(ops.concatenate([fed(c, d), fed(c, d)[..., :1]], -1)),
    "mask_steps": lambda c, d, layer: layer(fed(c, d), mask=_mask(d.batch, d.timesteps + 1)),
    "mask_batch": lambda c, d, layer: layer(fed(c, d), mask=_mask(d.batch + 1, d.timesteps)),
    "mask_short": lambda c, d, layer: layer(fed(c, d), mask=_mask(d.batch, d.timesteps - 1)),
    "states_few": lambda c, d, layer: layer(fed(c, d), initial_state=_states(c, d, -1)),
    "states_many": lambda c, d, layer: layer(fed(c, d), initial_state=_states(c, d, 1)),
    "states_units": lambda c, d, layer: layer(
        fed(c, d), initial_state=_ones(c, d.batch, c.number("u") + 1)
    ),
    "states_rank": lambda c, d, layer: layer(
        fed(c, d), initial_state=_ones(c, d.batch, 1, c.number("u"))
    ),
    "states_flat": lambda c, d, layer: layer(fed(c, d), initial_state=_ones(c, c.number("u"))),
    "states_one": lambda c, d, layer: layer(fed(c, d), initial_state=_ones(c, 1, c.number("u"))),
    "slices_mask": lambda c, d, layer: layer(fed(c, d), mask=_mask(*_longer(c, d))),
    "slices_mask_batch": lambda c, d, layer: layer(fed(c, d), mask=_mask(*_more(c, d))),
    "slices_mask_rank": lambda c, d, layer: layer(fed(c, d), mask=_mask(d.batch)),
    "reset_stateless": lambda c, d, layer: layer.reset_state(),
    "weights_few": lambda c, d, layer: layer.set_weights(_doubled(layer)[:-1]),
    "weights_shape": lambda c, d, layer: layer.set_weights(
        [*layer.get_weights()[:-1], layer.get_weights()[-1][..., :-1]]
    ),
}
"""Wrong calls of a right layer."""


def _mask(*shape: int) -> Any:
    mask = np.ones(shape, bool)
    mask[..., -1] = False
    return ops.convert_to_tensor(mask)


def _doubled(layer: keras.Layer) -> list[Any]:
    return [2 * weight for weight in layer.get_weights()]


def _longer(case: Case, data: Data) -> tuple[int, int]:
    batch, slices = data.x.shape[:2]
    return batch, slices + 1


def _more(case: Case, data: Data) -> tuple[int, int]:
    batch, slices = data.x.shape[:2]
    return batch + 1, slices


def _states(case: Case, data: Data, more: int) -> list[Any]:
    state = build.tensor(np.ones((data.batch, case.number("u"))), "float32")
    return [state] * (len(state_names(case.layer)) + more)


def _ones(case: Case, *shape: int) -> list[Any]:
    """As many states as the layer has, each of this shape."""
    return [build.tensor(np.ones(shape), "float32")] * len(state_names(case.layer))


def _unknown(case: Case, data: Data, **options: Any) -> Any:
    x = data.x
    return fresh(case, data, **options)(keras.Input((None, x.shape[-1])))


def _foretold(case: Case, data: Data) -> Any:
    """Call a layer on inputs of a functional model, with states that have an axis of one more."""
    states = [keras.Input((1, case.number("u"))) for _ in state_names(case.layer)]
    return fresh(case, data)(keras.Input((None, data.features)), initial_state=states)


def _traced(case: Case, data: Data, **options: Any) -> Any:
    """Trace the call of the layer, which a functional call only foretells."""
    layer = fresh(case, data, **options)
    batch = data.batch if case["stateful"] else None
    layer.build((batch, None, data.features))

    class Outer(keras.Layer):
        def call(self, inputs: Any) -> Any:
            return layer(inputs)

    return Outer()(keras.Input(batch_shape=(batch, None, data.features)))


def _stateful_batch(case: Case, data: Data) -> Any:
    x = fed(case, data)
    return _after_a_batch(case, data, ops.concatenate([x, x], axis=0))


def _after_a_batch(case: Case, data: Data, x: Any) -> Any:
    layer = fresh(case, data, stateful=True)
    layer(fed(case, data))
    return layer(x)


def _class(**members: Any) -> Any:
    return type("Wrong", (), members)()


def _broken_cell(**members: Any) -> Any:
    def step(self: Any, inputs: Any, states: Any) -> Any:
        return inputs, states

    return type("Wrong", (keras.Layer,), {"call": step, **members})()


def _cell_call(case: Case, data: Data, cell: Any) -> Any:
    if case["as"] == "behind":
        return _in_any_place(cell)
    layer = classes.RNN(cell)
    return layer(keras.Input(data.x.shape[1:]))


def _in_any_place(cell: Any) -> Any:
    """Stack the wrong cell last, if it is refused where it is first."""
    right = classes.SimpleRNNCell(2)
    try:
        classes.StackedRNNCells([cell, right])
    except Exception:
        return classes.StackedRNNCells([right, cell])
    return None


def _pair(case: Case, data: Data, **options: Any) -> Any:
    forward = classes.SimpleRNN(case.number("u"))
    backward = classes.SimpleRNN(case.number("u"), **{"go_backwards": True, **options})
    return classes.Bidirectional(forward, backward_layer=backward)(fed(case, data))


def _wrapped_word(case: Case, data: Data) -> Any:
    wrapper = classes.Bidirectional if case["as"] == "bi" else classes.TimeDistributed
    return wrapper("nonsense")


def _spaces(case: Case, data: Data, *shape: int | None) -> Any:
    return fresh(case, data)(keras.Input((data.timesteps, *shape)))


WHOLE: dict[str, Callable[[Case, Data], Any]] = {
    "stateful_unknown": lambda c, d: _unknown(c, d, stateful=True),
    "unroll_unknown": lambda c, d: _traced(c, d, unroll=True),
    "states_known": _foretold,
    "slices_missing": lambda c, d: fresh(c, d)(fed(c, d)[:, 0, 0]),
    "stateful_batch": _stateful_batch,
    "stateful_one": lambda c, d: _after_a_batch(c, d, fed(c, d)[:1]),
    "cell_no_call": lambda c, d: _cell_call(c, d, _class(state_size=3)),
    "cell_no_size": lambda c, d: _cell_call(c, d, _class(call=lambda *_: None)),
    "cell_size_word": lambda c, d: _cell_call(c, d, _broken_cell(state_size="three")),
    "cell_size_none": lambda c, d: _cell_call(c, d, _broken_cell(state_size=None)),
    "cell_output_word": lambda c, d: _cell_call(
        c, d, _broken_cell(state_size=d.features, output_size="three")
    ),
    "layer_word": _wrapped_word,
    "backward_word": lambda c, d: classes.Bidirectional(
        classes.SimpleRNN(2), backward_layer="nonsense"
    ),
    "directions_equal": lambda c, d: _pair(c, d, go_backwards=False),
    "sequences_differ": lambda c, d: _pair(c, d, return_sequences=True),
    "states_differ": lambda c, d: _pair(c, d, return_state=True),
    "stateful_differ": lambda c, d: _pair(c, d, stateful=True),
    "space_unknown": lambda c, d: _spaces(c, d, None, SMALL[1], d.features),
    "channels_unknown": lambda c, d: _spaces(c, d, *SMALL[:2], None),
}
"""Misuses that make a layer of their own."""


@scenario("bad")
def bad(case: Case, data: Data) -> Observation:
    """Record what the misuse raises, and what a right call gives after it."""
    seen = Observation()
    layer = built(case, data)
    noted("misuse", None)
    try:
        _evaluated(_misuse(str(case["what"]), case, data, layer))
    except Exception as error:
        seen.error = Raised.of(error)
    noted("after", None)
    record_array(seen, "output", output_of(called(case, data, layer)))
    seen.arrays["output"] = by_pixel(case, seen.arrays["output"], 1)
    return seen


def _misuse(what: str, case: Case, data: Data, layer: keras.Layer) -> Any:
    if what in CALLS:
        return CALLS[what](case, data, layer)
    if what in WHOLE:
        return WHOLE[what](case, data)
    return called(case, data, _constructed(case, data, CONSTRUCTIONS[what]))


def _evaluated(given: Any) -> None:
    """Compute what a lazy backend has put off, and with it the error."""
    if ops.is_tensor(given):
        ops.convert_to_numpy(given)


def _constructed(case: Case, data: Data, wrong: Arguments) -> keras.Layer:
    if case.layer.startswith("Conv") and "units" in wrong:
        wrong = {"filters": wrong["units"]}
    on_wrapper = case["as"] != "layer"
    return fresh(case, data, wrong if on_wrapper else {}, **({} if on_wrapper else wrong))

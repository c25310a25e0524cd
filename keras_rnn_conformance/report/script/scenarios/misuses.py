"""Scripts of misuses: a wrong use, and the error that it should raise."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import misuse_of, state_names
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.expected.registry import expected
from keras_rnn_conformance.report.script.further_arguments import (
    build,
    call,
    deriving,
    fresh,
    numbers,
    setting,
    weights,
)
from keras_rnn_conformance.report.script.subject_texts import constructions
from keras_rnn_conformance.report.script.text import (
    Body,
    Lines,
    NoText,
    Plan,
    asserted,
    compared,
    indented,
)


def bad(plan: Plan) -> Body:
    """The script of a misuse: the class of the error, or what its message names."""
    if plan.rule == "BAD-3":
        return _unharmed(plan)
    case, what, misuse = plan.case, str(plan.case["what"]), misuse_of(plan.case)
    head, wrong = _wrong(what, case, plan.data)
    error = plan.seen.error
    got = error.name if error else "no error"
    want = " or ".join(misuse.errors)
    test, sign = (
        f"isinstance(error, ({', '.join(misuse.errors)}))",
        f"{plan.rule}: {misuse.sentence}",
    )
    aim = want
    if plan.rule == "BAD-2":
        words = list(misuse.words)
        test = f"error and any(w in str(error).lower() for w in {words})"
        aim = f"a message that names {' or '.join(words)}"
    lines = [
        *head,
        "error = None",
        "try:",
        *indented(wrong),
        "except Exception as raised:",
        "    error = raised",
        f'assert {test}, f"{sign}: expected {aim}, actual {{error!r}}"',
    ]
    name = re.escape("None" if got == "no error" else got)
    return Body(lines, asserted(plan.rule, misuse.sentence) + rf".*actual {name}\b")


def _unharmed(plan: Plan) -> Body:
    """A right call after the misuse."""
    case, data, what = plan.case, plan.data, str(plan.case["what"])
    head, wrong = _wrong(what, case, data)
    right = [
        line.replace("layer", "right") for line in setting(case, data)[len(numbers(case, data)) :]
    ]
    derive, output = deriving(case, data)
    want = expected(plan.case, data).arrays["output"]
    lines = [
        *head,
        *[line.replace("keras.right", "keras.layer") for line in right],
        "try:",
        *indented(wrong),
        "except Exception:",
        "    pass",
        f"actual = {call(case, data).replace('layer', 'right')}",
        "actual = keras.ops.convert_to_numpy(actual).astype(float)",
        "",
        *derive,
        f"expected = {output}",
        *compared(plan.rule, "output", float(np.max(want.bound))),
    ]
    return Body(lines, asserted(plan.rule, "output"))


def _wrong(what: str, case: Case, data: Data) -> tuple[Lines, Lines]:
    """The lines before the misuse, and those of it."""
    given = constructions().get(what)
    if given is not None:
        return _constructed(case, data, given)
    if what in WHOLE:
        return numbers(case, data), [WHOLE[what].format(**_words(case, data))]
    if what in CALLS:
        setting = [
            *numbers(case, data),
            *weights(case, data),
            f"layer = {fresh(case)}",
            build(case, data),
            "layer.set_weights(weights)",
        ]
        return setting, [f"keras.ops.convert_to_numpy({CALLS[what].format(**_words(case, data))})"]
    raise NoText(f"the misuse {what} needs a class of the suite")


def _constructed(case: Case, data: Data, given: dict[str, Any]) -> tuple[Lines, Lines]:
    wrong = dict(given)
    if case.layer.startswith("Conv") and "units" in wrong:
        wrong = {"filters": wrong["units"]}
    wrapper = case["as"] != "layer"
    made = fresh(case, {} if wrapper else wrong, wrong if wrapper else {})
    return numbers(case, data), [f"layer = {made}", "keras.ops.convert_to_numpy(layer(x))"]


def _words(case: Case, data: Data) -> dict[str, Any]:
    units, count = case.number("u"), len(state_names(case.layer))
    wrapper = "Bidirectional" if case["as"] == "bi" else "TimeDistributed"
    return {
        "layer": fresh(case),
        "stateful": fresh(case, {"stateful": True}),
        "n": data.batch,
        "t": data.timesteps,
        "f": data.features,
        "more": data.batch + 1,
        "longer": data.timesteps + 1,
        "units": units,
        "wider": units + 1,
        "count": count,
        "few": count - 1,
        "many": count + 1,
        "wrapper": wrapper,
        "slices": data.x.shape[1] + 1,
    }


_ONES = 'np.ones(({n}, {{}}), "float32")'
CALLS = {
    "rank2": "layer(x[:, 0])",
    "rank_over": "layer(x[:, None])",
    "features": "layer(np.concatenate([x, x[..., :1]], -1))",
    "mask_steps": "layer(x, mask=np.arange({longer}) < {t} + np.zeros(({n}, 1)))",
    "mask_batch": "layer(x, mask=np.arange({t}) < {t} - 1 + np.zeros(({more}, 1)))",
    "states_few": 'layer(x, initial_state=[np.ones(({n}, {units}), "float32")] * {few})',
    "states_many": 'layer(x, initial_state=[np.ones(({n}, {units}), "float32")] * {many})',
    "states_units": 'layer(x, initial_state=[np.ones(({n}, {wider}), "float32")] * {count})',
    "slices_mask": "layer(x, mask=np.arange({slices}) < {slices} - 1 + np.zeros(({n}, 1)))",
    "slices_mask_batch": "layer(x, mask=np.ones(({more}, {slices} - 1), bool))",
    "slices_mask_rank": "layer(x, mask=np.arange({n}) < {n} - 1)",
    "reset_stateless": "layer.reset_state()",
    "weights_few": "layer.set_weights([2 * w for w in weights[:-1]])",
    "weights_shape": "layer.set_weights([*weights[:-1], weights[-1][..., :-1]])",
}
"""Wrong calls of a right layer."""

_PAIR = (
    "keras.layers.Bidirectional(keras.layers.SimpleRNN({units}), "
    "backward_layer=keras.layers.SimpleRNN({units}, %s))(x)"
)
WHOLE = {
    "stateful_unknown": "{stateful}(keras.Input((None, {f})))",
    "stateful_batch": "[(layer := {stateful})(x), layer(np.concatenate([x, x]))]",
    "stateful_one": "[(layer := {stateful})(x), layer(x[:1])]",
    "slices_missing": "{layer}(x[:, 0, 0])",
    "layer_word": 'keras.layers.{wrapper}("nonsense")',
    "backward_word": "keras.layers.Bidirectional(keras.layers.SimpleRNN(2), "
    'backward_layer="nonsense")',
    "directions_equal": _PAIR % "go_backwards=False",
    "sequences_differ": _PAIR % "go_backwards=True, return_sequences=True",
    "states_differ": _PAIR % "go_backwards=True, return_state=True",
    "stateful_differ": _PAIR % "go_backwards=True, stateful=True",
    "space_unknown": "{layer}(keras.Input(({t}, None, 3, {f})))",
    "channels_unknown": "{layer}(keras.Input(({t}, 2, 3, None)))",
}
"""Misuses that make a layer of their own."""

WRITERS = {"bad": bad}

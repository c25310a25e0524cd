"""What the deeds of `cases.models.edges` must give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import state_names
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.described import GROUPS, KEPT, described_arguments
from keras_rnn_conformance.cases.models.edges import (
    ATTENDED,
    FALL,
    MERGED,
    MISFITS,
    NOISES,
    PADDINGS,
    RATES,
    REBUILT,
    SAVE_EACH,
    SEQUENCES,
    STEP,
    TOKENS,
)
from keras_rnn_conformance.cases.models.learning import goals, head
from keras_rnn_conformance.cases.models.sources import model_of
from keras_rnn_conformance.expected.oracle import oracle
from keras_rnn_conformance.expected.registry import Expected, expectation
from keras_rnn_conformance.expected.scenarios.conditions import breadth, conditions
from keras_rnn_conformance.expected.scenarios.whole import (
    accounts,
    callers,
    definitions,
    exporting,
    manners,
    own_code,
    promises,
    stored_weights,
    structures,
)
from keras_rnn_conformance.expected.scenarios.whole.models import posed
from reference_impl import PRECISIONS, Bounded
from reference_impl.models.model import Model, Node, evaluate
from reference_impl.training.fitting import Batch, Compiled, train
from reference_impl.training.losses import Loss, Targets
from reference_impl.training.metrics import epoch_loss
from reference_impl.training.optimizers import Optimizer, Settings


def _last(case: Case, data: Data, states: Any = None) -> Bounded:
    """The last output of the plain layer under the mask of the case."""
    result = oracle(case)(data.x, data.weights(), mask=data.mask, initial_state=states)
    output: Bounded = result.output
    return output


def _plain(case: Case, data: Data) -> Expected:
    return Expected({"output": _last(case, data)})


def _given(case: Case, data: Data) -> Expected:
    return Expected({"output": _last(case, data, data.states(len(state_names(case.layer))))})


def _decoder(case: Case, data: Data) -> Expected:
    """The state of the encoder and the shares of the decoder, computed by the whole model."""
    model, given = posed(model_of(case, "translator"), data)
    values = evaluate(replace(model, outputs=("encoder:1", "tags")), given, "float32").values
    return Expected({"state": values["encoder:1"], "output": values["tags"]})


def _own_layer(case: Case, data: Data) -> Expected:
    output = _last(case, data)
    return Expected({"output": output, "predicted": output})


def _no_timesteps(case: Case, data: Data) -> Expected:
    """The initial states, exactly."""
    states = data.states(len(state_names(case.layer)))
    exact = [Bounded(s, np.zeros_like(s), PRECISIONS["float32"]) for s in states]
    return Expected({f"state {k}": state for k, state in enumerate(exact)})


def _exported(case: Case, data: Data) -> Expected:
    """The second call starts from the states that the first one ends with."""
    first = oracle(case)(data.x, data.weights())
    second = oracle(case)(data.x, data.weights(), initial_state=first.states)
    return Expected({"first": first.output, "second": second.output})


def _floatx(case: Case, data: Data) -> Expected:
    output = _last(case, data)
    names = ("output", "predicted")
    return Expected(dict.fromkeys(names, output), list(names))


def _floatx_called(case: Case, data: Data) -> Expected:
    names = ("output", "predicted", "unmasked")
    unmasked = oracle(case)(data.x, data.weights()).output
    return Expected({**_floatx(case, data).arrays, "unmasked": unmasked}, list(names))


def _constant_states(case: Case, data: Data) -> Expected:
    output = _last(case, data, data.states(len(state_names(case.layer))))
    return Expected({"output": output, "loaded": output})


def _constant_mask(case: Case, data: Data) -> Expected:
    output = _last(case, data)
    return Expected({"output": output, "loaded": output})


def _optional(case: Case, data: Data, ways: tuple[str, ...]) -> Expected:
    """The plain layer, from the states or under the mask where these are given."""
    bare, weights = oracle(case), data.weights()
    plain = bare(data.x, weights).output
    started = bare(data.x, weights, initial_state=data.states(1)).output
    outputs = {
        "without initial_state": plain,
        "with initial_state": started,
        "without mask": plain,
        "with mask": _last(case, data),
    }
    return Expected({f"{way}, {name}": array for way in ways for name, array in outputs.items()})


def _optional_first(case: Case, data: Data) -> Expected:
    """The mean of the squares of what the model computes."""
    outputs = _optional(case, data, ("a list", "a dictionary")).arrays
    return Expected(
        {
            name: ((o * o).sum((0, 1)) * (1.0 / o.value.size)).reshape(1)
            for name, o in outputs.items()
        }
    )


def _constants(case: Case, data: Data) -> Expected:
    """A constant that is added to each timestep is one that is added to the input."""
    moved = data.x + data.x_of(1)[:, :1]
    output: Bounded = oracle(case)(moved, data.weights()).output
    return Expected({"output": output})


def _tokens(case: Case, data: Data) -> Expected:
    """The same output for every dtype and table."""
    return Expected(dict.fromkeys(TOKENS, _last(case, data)))


def _others(case: Case, data: Data) -> Expected:
    """The outputs of all samples but the last."""
    output = _last(case, data)
    return Expected({"output": output[:-1]})


def _noise(case: Case, data: Data) -> Expected:
    """The axes along which the noise is alike, its numbers, and that it is new in each call."""
    facts: dict[str, Any] = {}
    for name, (_, _, axes) in NOISES.items():
        facts[name] = [axes, [0.0, 2.0], True]
        facts[f"{name}, not trainable"] = True
        for axis in {0, 1, 2} - set(axes):
            facts[f"{name}, size 1 of axis {axis}"] = [0.0, 2.0]
    return Expected(dict.fromkeys(NOISES, _last(case, data)), facts=facts)


def _misfit(case: Case, data: Data) -> Expected:
    """The weights that fit, exactly."""
    kernel = Bounded(head(data)[0], np.zeros((data.units, 1)), PRECISIONS["float32"])
    return Expected(dict.fromkeys(MISFITS, kernel))


def _rebuilt(case: Case, data: Data, models: dict[str, tuple[str, ...]]) -> Expected:
    """The outputs of each model, whichever way it was built."""
    arrays: dict[str, Bounded] = {}
    facts: dict[str, Any] = {}
    for name, ways in models.items():
        whole = model_of(case, name)
        values = evaluate(*posed(whole, data), "float32").values
        for way, output in product(ways, whole.outputs):
            arrays[f"{name}, {way}: {output}"] = values[output]
        facts |= {f"number of weights of {name}, {way}, that train otherwise": 0 for way in ways}
    return Expected(arrays, facts=facts)


def _described(case: Case, data: Data) -> Expected:
    return Expected(facts=dict.fromkeys(described_arguments(str(case["what"])), KEPT))


def _shared(case: Case, data: Data) -> Expected:
    """The output for one input beside that for another, and three weights."""
    outputs = [oracle(case)(x, data.weights()).output for x in (data.x, data.x_of(1))]
    within = case["what"] == "shared_within"
    names = ("model", "copy") if within else ("loaded",)
    facts: dict[str, Any] = dict.fromkeys(names, 3)
    if within:
        facts["copies by a clone_function"] = 1
    return Expected(dict.fromkeys(names, Bounded.concatenate(outputs, 1)), facts=facts)


def _padded(case: Case, data: Data) -> Expected:
    """Each sequence at its end of a row of the other number, cut where it is too long."""
    arrays = {}
    for name, options in PADDINGS.items():
        size = options["maxlen"] or max(map(len, SEQUENCES))
        rows = np.full((len(SEQUENCES), size), options["value"])
        for row, whole in zip(rows, SEQUENCES, strict=True):
            part = whole[-size:] if options["truncating"] == "pre" else whole[:size]
            place = slice(size - len(part), size) if options["padding"] == "pre" else len(part)
            row[place if isinstance(place, slice) else slice(place)] = part
        arrays[name] = Bounded(rows, np.zeros_like(rows), PRECISIONS["float32"])
    return Expected(arrays, facts={f"dtype of {name}": "float32" for name in PADDINGS})


def _callbacks(case: Case, data: Data) -> Expected:
    """The loss of each epoch, and the weights at the end of the best one."""
    model = Model(
        ("x",),
        (
            Node("first", case.layer, {"units": data.units}, ("x",)),
            Node("number", "Dense", {"units": 1}, ("first",)),
        ),
        ("number",),
    )
    names = [f"first/{name}" for name in ("kernel", "recurrent_kernel", "bias")]
    names += ["number/kernel", "number/bias"]
    weights: dict[str, Any] = dict(zip(names, (*data.weights(), *head(data)), strict=True))
    compiled = Compiled({"number": Loss("mean_squared_error", {})}, (), {})
    batch = Batch({"x": data.x}, Targets({"number": goals(data)[0]}))
    losses, after = [], []
    for rate in RATES:
        optimizer = Optimizer(Settings("SGD", learning_rate=rate), PRECISIONS["float32"])
        step = train(model, compiled, optimizer, weights, [batch])
        weights = dict(step.weights)
        losses.append(epoch_loss(step.losses, [data.batch]))
        after.append(weights)
    best = int(np.argmin([loss.value.item() for loss in losses]))
    reported = {f"loss of epoch {k}": loss for k, loss in enumerate(losses, 1)}
    batches = range(SAVE_EACH - 1, data.batch * len(RATES), SAVE_EACH)
    files = [f"{k // data.batch + 1}-{k % data.batch + 1}" for k in batches]
    log = ["epoch", *[str(epoch) for epoch in range(len(RATES))] * 2]
    facts = {
        "files": sorted(files),
        "log": log,
        "epochs of a later fit": len(RATES),
        "the best file": True,
        "sparse log": [len(("epoch", "loss", "val_loss"))] * (1 + len(RATES)),
        **{f"log of fit {number}": [True, len(RATES)] for number in range(3)},
        **{f"rate after fit {number}": STEP**5 * FALL ** (number + 1) for number in range(3)},
    }
    return Expected({**reported, **after[best]}, facts=facts)


OF: dict[str, Callable[[Case, Data], Expected]] = {
    "reset_given": _given,
    "decoder": _decoder,
    "own_layer": _own_layer,
    "no_timesteps": _no_timesteps,
    "exported": _exported,
    "floatx": _floatx,
    "floatx_called": _floatx_called,
    "constant_states": _constant_states,
    "constant_mask": _constant_mask,
    "constants": _constants,
    "tokens": _tokens,
    "stray_token": _others,
    "learned_start": lambda case, data: Expected(),
    "noise": _noise,
    "misfit": _misfit,
    "rebuilt": partial(_rebuilt, models=REBUILT),
    "rebuilt_merges": partial(_rebuilt, models=MERGED),
    "attended_h5": partial(_rebuilt, models=ATTENDED),
    "padded": _padded,
    "callbacks": _callbacks,
    "optional": partial(_optional, ways=("as it is", "loaded", "from JSON")),
    "optional_first": _optional_first,
    "optional_cloned": partial(_optional, ways=("cloned",)),
    **dict.fromkeys(GROUPS, _described),
    **manners.OF,
    **structures.OF,
    **exporting.OF,
    **promises.OF,
    **conditions.OF,
    **breadth.OF,
    **accounts.OF,
    **definitions.OF,
    "shared_within": _shared,
    "saved_within": _shared,
    **callers.OF,
    **own_code.OF,
    **stored_weights.OF,
}


@expectation("edge")
def edge(case: Case, data: Data) -> Expected:
    """The last output of the layer, for most."""
    return OF.get(str(case["what"]), _plain)(case, data)

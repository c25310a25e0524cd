"""What one caller of a model after the other must give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import state_names
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.edges import (
    ALONE,
    COUNTED,
    LOSSES,
    SERIES,
    STATELESS,
    STEP,
    TURN,
    WALKS,
    WINDOWS,
)
from keras_rnn_conformance.cases.models.learning import aims, goals, head, padded, series
from keras_rnn_conformance.expected.oracle import oracle
from keras_rnn_conformance.expected.registry import Expected
from reference_impl import PRECISIONS, Bounded
from reference_impl.bounded import exact
from reference_impl.models.model import Given, Model, Node, evaluate
from reference_impl.training.fitting import Batch, Compiled, assess, train
from reference_impl.training.losses import Loss, Targets
from reference_impl.training.metrics import epoch_loss
from reference_impl.training.optimizers import Optimizer, Settings

SINGLE = "float32"
COMPILED = Compiled({"number": Loss("mean_squared_error", {})}, (), {})


class Keeper:
    """A model of a layer that starts each batch from the last states of the one before."""

    def __init__(self, case: Case, data: Data) -> None:
        self.data = data
        self.states = [f"state {k}" for k in range(len(state_names(case.layer)))]
        options = {"units": data.units, "return_state": True}
        self.model = Model(
            ("x", *self.states),
            (
                Node("masking", "Masking", {}, ("x",)),
                Node("first", case.layer, options, ("masking", *self.states)),
                Node("number", "Dense", {"units": 1}, ("first",)),
            ),
            ("number",),
        )
        own = [f"first/{name}" for name in ("kernel", "recurrent_kernel", "bias")]
        names = (*own, "number/kernel", "number/bias")
        self.weights: dict[str, Any] = dict(zip(names, (*data.weights(), *head(data)), strict=True))
        self.reset()

    def reset(self) -> None:
        """Start from zeros."""
        self.now: list[Any] = [np.zeros((self.data.batch, self.data.units))] * len(self.states)

    def given(self, x: Any) -> dict[str, Any]:
        """The inputs of a batch."""
        return {"x": x, **dict(zip(self.states, self.now, strict=True))}

    def output(self, given: Mapping[str, Any]) -> Bounded:
        """What the model gives of a batch; the states move on."""
        values = evaluate(self.model, Given(given, self.weights), SINGLE).values
        self.now = [values[f"first:{k + 1}"] for k in range(len(self.states))]
        output: Bounded = values["number"]
        return output


def _walked(case: Case, data: Data) -> Expected:
    """The outputs of the batches of each caller, or the mean of their losses.

    What a batch is multiplied by when it is counted is exact: inputs lie on a grid.
    """
    keeper, arrays, taken = Keeper(case, data), dict[str, Bounded](), 0
    counted, trained = case["what"] in COUNTED, ("fit", "train_on_batch")
    for place, (caller, count) in enumerate(WALKS[str(case["what"])], 1):
        outputs, losses = list[Bounded](), list[Bounded]()
        for call in range(taken, taken + count):
            turned = (1.0 + TURN * call) * (1 + (caller in trained)) if counted else 1.0
            given = keeper.given(padded(data, call) * turned)
            batch = Batch(given, Targets({"number": aims(data, call)}))
            losses += assess(keeper.model, COMPILED, keeper.weights, [batch], SINGLE).losses
            outputs.append(keeper.output(given))
            if case["what"] in STATELESS:
                keeper.reset()
        arrays[f"{place}: {caller}"] = (
            epoch_loss(losses, [data.batch] * count)
            if caller in LOSSES
            else Bounded.concatenate(outputs, 0)
        )
        taken += count
    return Expected(arrays)


def _stateful_fit(case: Case, data: Data) -> Expected:
    """Each batch starts from the last states of the one before, through which nothing is learnt."""
    keeper = Keeper(case, data)
    optimizer = Optimizer(Settings("SGD", learning_rate=STEP), PRECISIONS[SINGLE])
    arrays: dict[str, Bounded] = {}
    for epoch in (1, 2):
        losses: list[Bounded] = []
        keeper.reset()
        for call, aim in enumerate(goals(data)):
            given = keeper.given(data.x_of(call))
            keeper.output(given)
            batch = Batch(given, Targets({"number": aim}))
            step = train(keeper.model, COMPILED, optimizer, keeper.weights, [batch])
            keeper.weights, losses = dict(step.weights), losses + step.losses
        arrays[f"loss of epoch {epoch}"] = epoch_loss(losses, [data.batch] * len(losses))
    return Expected({**arrays, **keeper.weights})


def _windows(case: Case, data: Data) -> Expected:
    """The last output for each window, and the number of the timestep at which it starts."""
    steps, arrays = series(data, SERIES), dict[str, Bounded]()
    for name, options in WINDOWS.items():
        rate = options.get("sampling_rate", 1)
        first, end = options.get("start_index", 0), options.get("end_index", SERIES)
        last = end - (data.timesteps - 1) * rate
        starts = np.arange(first, last, options.get("sequence_stride", 1))
        x = np.stack([steps[start:end:rate][: data.timesteps] for start in starts])
        output: Bounded = oracle(case)(x, data.weights()).output
        arrays[name] = output
        arrays[f"targets of {name}"] = exact(starts.astype(float), PRECISIONS[SINGLE])
    return Expected(arrays)


def _alone(case: Case, data: Data) -> Expected:
    output: Bounded = oracle(case)(data.x, data.weights()).output
    return Expected(dict.fromkeys(ALONE[str(case["what"])], output))


OF: dict[str, Callable[[Case, Data], Expected]] = {
    **dict.fromkeys(WALKS, _walked),
    "stateful_fit": _stateful_fit,
    "stateful_eager": _stateful_fit,
    "stateful_bundled": _stateful_fit,
    "windows": _windows,
    **dict.fromkeys(ALONE, _alone),
}

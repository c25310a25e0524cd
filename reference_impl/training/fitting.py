"""Training a model: the loss of a batch, its gradients, and steps of an optimizer over batches.

Bounds are carried from step to step, and grow: what one step leaves open, the next one takes for
granted nowhere. They stay of use for some steps of SGD and one or two of Adam. To judge many steps,
begin each from the weights and the slots that were observed before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..bounded import PRECISIONS, Bounded, Precision, exact
from ..cells import Quantity
from ..models.model import Computed, Given, Model, differentiate, evaluate, is_trained
from ..operations import constant, data, plus
from .losses import Loss, Penalty, Targets, one_loss, penalty
from .metrics import Mean, Metric, epoch_loss, values
from .optimizers import Optimizer


@dataclass(frozen=True)
class Compiled:
    """What a model is trained with.

    Attributes:
        losses: one per trained output, by the name of the tensor.
        penalties: regularizers.
        metrics: by output.
    """

    losses: Mapping[str, Loss]
    penalties: tuple[Penalty, ...] = ()
    metrics: Mapping[str, tuple[Metric, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Batch:
    """One batch: the inputs, targets and sample weights, and the noise of dropout layers."""

    inputs: Mapping[str, Any]
    targets: Targets
    noise: Mapping[str, Any] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """The number of samples."""
        return len(next(iter(self.inputs.values())))


@dataclass
class Epoch:
    """What an epoch reports, and leaves.

    Attributes:
        losses: the loss of each batch.
        loss: the epoch's.
        output_losses: each output's own, without its loss weight.
        metrics: by (output, place in the output's metrics).
        weights: after the last step.
    """

    losses: list[Bounded]
    loss: Bounded
    output_losses: dict[str, Bounded]
    metrics: dict[tuple[str, int], Bounded]
    weights: dict[str, Bounded]


def output_losses(compiled: Compiled, computed: Computed, targets: Targets) -> dict[str, Quantity]:
    """Return the loss of each output, without its loss weight, under the mask that it carries."""
    return {
        name: one_loss(
            loss,
            targets.y[name],
            computed.values[name],
            computed.masks[name],
            targets.sample_weight.get(name),
        )
        for name, loss in compiled.losses.items()
    }


def batch_loss(compiled: Compiled, computed: Computed, targets: Targets) -> Quantity:
    """Return the loss of a batch: each output's times its weight, and the penalties."""
    parts = []
    for name, value in output_losses(compiled, computed, targets).items():
        weight = compiled.losses[name].weight
        parts.append(value if weight == 1.0 else value * constant(weight, value.precision))
    for rule in compiled.penalties:
        key = rule.tensor if rule.activity else f"weight:{rule.tensor}"
        parts.append(penalty(rule, computed.values[key]))
    whole = parts[0]
    for part in parts[1:]:
        whole = plus(whole, part)
    return whole


def train(
    model: Model,
    compiled: Compiled,
    optimizer: Optimizer,
    weights: Mapping[str, Any],
    batches: Sequence[Batch],
    precision: str | None = None,
) -> Epoch:
    """Take one step for each batch; the reported values are those before each step.

    Args:
        weights: by name, plain or with the bounds of earlier steps.
        precision: in which the model computes; the default is the optimizer's. Under a mixed
            policy it is the lower one: weights are rounded to it, gradients come back from it.
    """
    name = precision or optimizer.precision.name
    current = {k: _held(w, optimizer.precision) for k, w in weights.items()}
    report = _Report(compiled, name)
    for batch in batches:
        cast = {k: _cast(w, PRECISIONS[name]) for k, w in current.items()}
        given = Given(batch.inputs, cast, training=True, noise=batch.noise)

        def loss(computed: Computed, batch: Batch = batch) -> Quantity:
            plain = batch_loss(compiled, computed, batch.targets)
            report.note(plain)
            return plain if optimizer.scale is None else plain * optimizer.scale

        computed, _, gradients = differentiate(model, given, loss, name)
        report.take(computed, batch)
        moving = {k: g for k, g in gradients.items() if k in current and is_trained(model, k)}
        current = optimizer.apply(moving, current)
        for k, update in computed.updates.items():
            current[k] = _cast(data(update), optimizer.precision)
    return report.epoch(current)


def _held(weight: Any, precision: Precision) -> Bounded:
    if isinstance(weight, Bounded):
        return weight
    return exact(np.atleast_1d(np.asarray(weight, np.float64)), precision)


def _cast(weight: Bounded, precision: Precision) -> Bounded:
    return weight if weight.precision == precision else weight.rounded_to(precision)


def assess(
    model: Model,
    compiled: Compiled,
    weights: Mapping[str, Any],
    batches: Sequence[Batch],
    precision: str = "float64",
) -> Epoch:
    """Return what `evaluate` reports: the same values, at inference."""
    report = _Report(compiled, precision)
    current: dict[str, Bounded] = {}
    for batch in batches:
        computed = evaluate(model, Given(batch.inputs, weights), precision)
        report.note(batch_loss(compiled, computed, batch.targets))
        report.take(computed, batch)
        current = {name: computed.values[f"weight:{name}"] for name in weights}
    return report.epoch(current)


class _Report:
    """The values of an epoch, as they come in."""

    def __init__(self, compiled: Compiled, precision: str) -> None:
        self.compiled = compiled
        self.precision = PRECISIONS[precision]
        self.losses: list[Bounded] = []
        self.sizes: list[int] = []
        self.own = {name: Mean(self.precision) for name in compiled.losses}
        self.means = {
            (name, k): Mean(self.precision)
            for name, metrics in compiled.metrics.items()
            for k in range(len(metrics))
        }

    def note(self, loss: Quantity) -> None:
        self.losses.append(data(loss))

    def take(self, computed: Computed, batch: Batch) -> None:
        """Update the metrics and the outputs' losses with a batch."""
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            self._take(computed, batch)

    def _take(self, computed: Computed, batch: Batch) -> None:
        self.sizes.append(batch.size)
        targets = batch.targets
        plain = replace(computed, values={k: data(v) for k, v in computed.values.items()})
        for name, value in output_losses(self.compiled, plain, targets).items():
            if value.shape == (1,):
                self.own[name].update(value, None, [float(batch.size)])
        for (name, k), tracker in self.means.items():
            metric = self.compiled.metrics[name][k]
            weight = targets.sample_weight.get(name) if metric.weighted else None
            seen = values(metric, targets.y[name], plain.values[name])
            tracker.update(seen, plain.masks[name], weight)

    def epoch(self, weights: dict[str, Bounded]) -> Epoch:
        return Epoch(
            self.losses,
            epoch_loss(self.losses, self.sizes),
            {name: tracker.result() for name, tracker in self.own.items()},
            {key: tracker.result() for key, tracker in self.means.items()},
            weights,
        )

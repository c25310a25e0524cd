"""What training and assessing a model must give: losses, metrics and weights, by the oracle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.course import SPARSE, Course, Goal
from keras_rnn_conformance.cases.models.learning import (
    CLASS_WEIGHTS,
    RESTORED,
    assessed_rows,
    batches,
    course_of,
    cut,
    logged,
    target,
    trained_rows,
    weights_by_output,
)
from keras_rnn_conformance.cases.models.parts import OWN_LOSS, Whole
from keras_rnn_conformance.cases.models.sources import fed, model_of
from keras_rnn_conformance.expected.registry import Expected, expectation
from keras_rnn_conformance.expected.scenarios.whole.models import oracle_of, weights_of
from reference_impl import PRECISIONS, Bounded
from reference_impl.models.model import Given, Model, evaluate
from reference_impl.training.fitting import Batch, Compiled, Epoch, assess, train
from reference_impl.training.losses import Loss, Penalty, Targets, class_weights
from reference_impl.training.metrics import Metric
from reference_impl.training.optimizers import Optimizer, Settings

PRECISION = "float32"


class Teacher:
    """A course with its numbers: the model, the batches, and the optimizer with its state."""

    def __init__(self, course: Course, case: Case, data: Data) -> None:
        self.course, self.data = course, data
        whole = model_of(case, course.model)
        self.model: Model = oracle_of(without_penalties(whole))
        self.inputs = fed(whole, data)
        self.weights: dict[str, Any] = dict(weights_of(self.model, self.inputs, data))
        self.compiled = _compiled(course, penalties(whole))
        self.optimizer = _optimizer(course)
        self.targets = self._targets()
        self.taken = 0

    def _targets(self) -> dict[str, Any]:
        values = evaluate(self.model, Given(self.inputs, self.weights)).values
        return {
            name: target(self.data, name, goal, values[name].shape)
            for name, goal in self.course.goals.items()
        }

    def _weighed(self) -> dict[str, Any]:
        if self.course.weighing in CLASS_WEIGHTS:
            own = CLASS_WEIGHTS[self.course.weighing]
            return {name: class_weights(self._labels(name), own) for name in self.targets}
        return weights_by_output(self.course, self.data, self.targets)

    def _labels(self, name: str) -> Any:
        """The classes with a last axis of one, or their shares."""
        y = self.targets[name]
        return y[..., None] if self.course.goals[name].loss == SPARSE else y

    def batches(self, rows: slice, weighed: bool = True) -> Iterator[Batch]:
        """The batches of the samples, in order."""
        counted = self._weighed() if weighed else {}
        for some in batches(self.course, rows):
            x, y, w = (
                cut(self.course, arrays, some) for arrays in (self.inputs, self.targets, counted)
            )
            yield Batch(x, Targets(y, w))

    def train(self) -> Epoch:
        """One epoch; the weights and the optimizer move on."""
        every = list(self.batches(trained_rows(self.course, self.data)))
        steps = self.course.steps or len(every)
        start, self.taken = self.taken, self.taken + steps
        if self.course.turning and start // steps % 2:
            every.reverse()
        return self.step([every[k % len(every)] for k in range(start, self.taken)])

    def step(self, seen: Sequence[Batch]) -> Epoch:
        """One step for each batch."""
        epoch = train(self.model, self.compiled, self.optimizer, self.weights, seen)
        self.weights = dict(epoch.weights)
        return epoch

    def interrupted(self) -> list[Bounded]:
        """The losses of the batches, of which the first one comes before the model is restored."""
        first, *rest = self.batches(trained_rows(self.course, self.data))
        losses = self.step([first]).losses
        if not RESTORED[self.course.restored]:
            self.optimizer = _optimizer(self.course)
        return losses + self.step(rest).losses

    def finished(self) -> dict[str, Bounded]:
        """The weights behind training: where fit keeps averages of them, these."""
        slots = self.optimizer.slots
        return {name: slots.get(f"average/{name}", w) for name, w in self.weights.items()}

    def assess(self, rows: slice, weighed: bool = True) -> Epoch:
        """What evaluate says of the samples."""
        seen: Sequence[Batch] = list(self.batches(rows, weighed))
        return assess(self.model, self.compiled, self.weights, seen, PRECISION)


def _optimizer(course: Course) -> Optimizer:
    return Optimizer(Settings(**course.optimizer), PRECISIONS[PRECISION])


def penalties(whole: Whole) -> tuple[Penalty, ...]:
    """What is added to the loss: for weights, which an option `penalty` names, and for outputs."""
    added = tuple(
        Penalty(part.name, l2=part.options["factor"], activity=True)
        for part in whole.parts
        if part.kind == OWN_LOSS
    )
    return added + tuple(
        Penalty(f"{part.name}/{part.options['penalty'][0]}", l2=part.options["penalty"][1])
        for part in whole.parts
        if "penalty" in part.options
    )


def without_penalties(whole: Whole) -> Whole:
    """The model without them, as the oracle has them beside it."""
    return replace(
        whole,
        parts=tuple(
            replace(p, options={k: v for k, v in p.options.items() if k != "penalty"})
            for p in whole.parts
        ),
    )


def _compiled(course: Course, rules: tuple[Penalty, ...]) -> Compiled:
    losses = {
        name: Loss(goal.loss, goal.options, goal.reduction, goal.share)
        for name, goal in course.goals.items()
    }
    return Compiled(losses, rules, {name: _metrics(goal) for name, goal in course.goals.items()})


def _metrics(goal: Goal) -> tuple[Metric, ...]:
    plain = [Metric(kind) for kind in goal.metrics]
    return (*plain, *(Metric(kind, weighted=True) for kind in goal.weighted))


def logs(course: Course, epoch: Epoch, prefix: str = "") -> dict[str, Bounded]:
    """What Keras reports of an epoch, by its names."""
    reported = {f"{prefix}loss": epoch.loss}
    for output, goal in course.goals.items():
        if len(course.goals) > 1:
            reported[prefix + logged(course, output, "loss")] = epoch.output_losses[output]
        every = [(name, False) for name in goal.metrics] + [(n, True) for n in goal.weighted]
        for k, (name, weighted) in enumerate(every):
            reported[prefix + logged(course, output, name, weighted)] = epoch.metrics[output, k]
    return reported


@expectation("learn")
def learned(case: Case, data: Data) -> Expected:
    """Each epoch's report, and the weights in the end."""
    course = course_of(case)
    teacher = Teacher(course, case, data)
    arrays: dict[str, Bounded] = {}
    if course.way == "evaluate":
        end = min(course.steps * course.batch or data.batch, data.batch)
        arrays = logs(course, teacher.assess(slice(0, end)))
        return Expected(arrays, facts={"logs": list(arrays), "weights": []})
    if course.way == "judged":
        for number, rows in enumerate(batches(course, slice(0, data.batch)), 1):
            said = logs(course, teacher.assess(rows))
            arrays |= {f"{name} of batch {number}": value for name, value in said.items()}
        return Expected(arrays, facts={"logs": list(arrays), "weights": []})
    if course.restored:
        arrays = {f"loss of batch {k + 1}": x for k, x in enumerate(teacher.interrupted())}
    for number in range(0 if course.restored else course.epochs):
        epoch = teacher.train()
        reported = logs(course, epoch)
        if course.way in ("batches", "loop"):
            reported = {f"loss of batch {k + 1}": loss for k, loss in enumerate(epoch.losses)}
        if course.validation or course.given:
            seen = teacher.assess(assessed_rows(course, data, number))
            reported |= logs(course, seen, "val_")
        arrays |= {f"{name} of epoch {number + 1}": value for name, value in reported.items()}
    moved = teacher.finished()
    return Expected({**arrays, **moved}, facts={"logs": list(arrays), "weights": list(moved)})

"""The numbers of a course: targets, weights of samples, and which samples make which batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Array, Data
from keras_rnn_conformance.cases.models.course import BINARY, CATEGORICAL, SPARSE, Course, Goal
from keras_rnn_conformance.cases.models.courses import sized
from keras_rnn_conformance.cases.models.deeds.accounts import CUBE, LARGE
from keras_rnn_conformance.cases.streams import GRID

CLASSES = 3

RESTORED = {
    "keras": True,
    "h5": True,
    "bare h5": False,
    "weights": False,
    "pickle": True,
    "deepcopy": True,
    "clone": False,
    "clone within": False,
    "json": False,
}
"""By way to restore a model, whether the optimizer and its state come along; else they are new."""

CLASS_WEIGHTS = {"class": {0: 0.5, 1: 2.0, 2: 1.25}, "some": {1: 0.25}}
"""By weighing, what the classes count; those that have no weight count once."""


def course_of(case: Case) -> Course:
    """The course that a case names, in its size."""
    return sized(str(case["what"]), case.number("t"))


def target(data: Data, output: str, goal: Goal, shape: tuple[int, ...]) -> Array:
    """What an output of a shape is compared with; classes where the loss asks for them."""
    loss, axis = goal.loss, goal.options.get("axis", -1) % len(shape)
    if loss == SPARSE:
        shape = (*shape[:axis], *shape[axis + 1 :])
        drawn = np.abs(data.numbers(f"target {output}", shape, 9 * CLASSES)) * GRID
        return drawn % CLASSES
    drawn = data.numbers(f"target {output}", shape, 96)
    if loss == CATEGORICAL:
        return np.eye(shape[-1])[np.abs(drawn).argmax(-1)] if goal.hot else np.abs(drawn)
    return (drawn > 0).astype(float) if loss == BINARY else drawn


def weights(course: Course, data: Data) -> Array | None:
    """The sample weights, (batch,) or (batch, timesteps): 1/64 to 2, none of them twice a row."""
    shapes = {"sample": (data.batch,), "timestep": data.lead}
    if course.weighing not in shapes:
        return None
    return np.abs(data.numbers(f"weights {course.weighing}", shapes[course.weighing], 2 * GRID))


def weights_by_output(course: Course, data: Data, targets: Mapping[str, Array]) -> dict[str, Array]:
    """The sample weights of each output, of one value for each of its losses."""
    shared = weights(course, data)
    if shared is not None:
        return dict.fromkeys(targets, shared)
    if course.weighing != "output":
        return {}
    return {
        name: np.abs(data.numbers(f"weights of {name}", _lead(course, name, y), 2 * GRID))
        for name, y in targets.items()
    }


def _lead(course: Course, output: str, y: Array) -> tuple[int, ...]:
    return y.shape if course.goals[output].loss == SPARSE else y.shape[:-1]


def trained_rows(course: Course, data: Data) -> slice:
    """The samples that training sees."""
    return slice(0, data.batch - course.validation - course.given)


def validation_rows(course: Course, data: Data) -> slice:
    """The samples at the end that validation sees; empty without one."""
    return slice(trained_rows(course, data).stop, data.batch)


def assessed_rows(course: Course, data: Data, epoch: int) -> slice:
    """The samples that an epoch is assessed on: of a fit of its own, one of them in turn."""
    rows = validation_rows(course, data)
    if course.way != "refit":
        return rows
    start = rows.start + epoch % (rows.stop - rows.start)
    return slice(start, start + 1)


def batches(course: Course, rows: slice) -> Iterator[slice]:
    """The samples of each batch, in order; the last batch may be smaller."""
    for start in range(rows.start, rows.stop, course.batch):
        yield slice(start, min(start + course.batch, rows.stop))


def part_of(course: Course, array: Array, rows: slice) -> Array:
    """The rows of a batch; in an uneven course without the last timestep in every second one."""
    shorter = course.uneven and rows.start // course.batch % 2 == 1
    return array[rows][:, : max(1, array.shape[1] - 1)] if shorter else array[rows]


def cut(course: Course, arrays: Mapping[str, Any], rows: slice) -> dict[str, Any]:
    """The part of each array that belongs to a batch; what is no array stays."""
    return {
        name: None if array is None else part_of(course, array, rows)
        for name, array in arrays.items()
    }


def head(data: Data) -> tuple[Array, Array]:
    """The weights of a Dense layer of one unit behind the layer of a case."""
    return data.numbers("number/kernel", (data.units, 1), 40), data.numbers("number/bias", (1,), 48)


def aims(data: Data, call: int) -> Array:
    """What the batch of a call aims at, (batch, 1)."""
    return data.numbers(f"target of call {call}", (data.batch, 1), 96)


def goals(data: Data) -> list[Array]:
    """What each of two batches aims at."""
    return [aims(data, call) for call in range(2)]


def padded(data: Data, call: int) -> Array:
    """The sequences of a call, zeros where the mask of the case leaves them out."""
    x = data.x_of(call)
    return x if data.mask is None else np.where(data.mask[..., None], x, 0.0)


def series(data: Data, length: int) -> Array:
    """One series of so many timesteps, (timesteps, features)."""
    return data.numbers("series", (length, data.features), 96)


def key_of(name: str) -> str:
    """The key of a tensor in a dictionary, which is the name of no layer."""
    return f"the_{name.partition(':')[0]}"


def logged(course: Course, output: str, what: str, weighted: bool = False) -> str:
    """The name under which Keras reports a loss or a metric of an output."""
    goal = course.goals[output]
    twice = weighted and what in goal.metrics
    name = f"weighted_{what}" if twice else what
    owner = key_of(output) if course.mapped else output.partition(":")[0]
    return name if len(course.goals) == 1 else f"{owner}_{name}"


def stepped(data: Data, what: str, more: bool = False) -> dict[str, Array]:
    """Weights that are stepped, or their slopes: by name, a matrix and a vector, or two."""
    shapes = {"kernel": (data.features, data.units), "bias": (data.units,)}
    shapes |= {"gamma": (data.units,)} if more else {}
    return {name: data.numbers(f"{what} {name}", shape, 64) for name, shape in shapes.items()}


def aims_of(data: Data) -> tuple[Array, Array]:
    """What a sequence of the layer aims at, and its last output."""
    sequence = data.numbers("target of the sequence", (*data.lead, data.units), 96)
    return sequence, data.numbers("target of the end", (data.batch, data.units), 96)


def picked(data: Data) -> tuple[Array, Array, Array]:
    """Queries, values, and which one key each query of each sample has left; one for all samples.

    All samples have the same keys left, so that a mask of one is that of all.
    """
    queries, keys = data.timesteps, data.timesteps + 1
    query = data.numbers("query", (data.batch, queries, data.features), 32)
    value = data.numbers("value", (data.batch, keys, data.features), 32)
    left = np.abs(data.numbers("left", (queries,), 64)) * GRID % keys
    chosen = np.arange(keys) == left[:, None]
    return query, value, np.broadcast_to(chosen, (data.batch, queries, keys))


def numbers(data: Data) -> Array:
    """What layers with axes are called on: sums of its numbers and of their squares are exact."""
    return data.numbers("cube", CUBE, 64)


def scales(data: Data, axes: tuple[int, ...]) -> Array:
    """What they are multiplied by along some axes, counted from 0."""
    return data.numbers(f"scales {axes}", tuple(CUBE[axis] for axis in axes), 64)


def large(data: Data) -> Array:
    """Numbers of both signs, whose squares half precision cannot hold."""
    return LARGE * numbers(data)

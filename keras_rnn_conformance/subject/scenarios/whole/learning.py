"""The scenario `learn`: a model is compiled, then trained or assessed as its course says."""

from __future__ import annotations

import copy
import pickle
import tempfile
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.course import ASSESSING, SPARSE, Course
from keras_rnn_conformance.cases.models.learning import (
    CLASS_WEIGHTS,
    RESTORED,
    assessed_rows,
    batches,
    course_of,
    cut,
    key_of,
    part_of,
    target,
    trained_rows,
    validation_rows,
    weights_by_output,
)
from keras_rnn_conformance.cases.models.optimizing import SCALING
from keras_rnn_conformance.cases.models.sources import model_of, spoilt
from keras_rnn_conformance.subject.calls import record_array
from keras_rnn_conformance.subject.registry import scenario
from keras_rnn_conformance.subject.scenarios.whole import building
from keras_rnn_conformance.subject.scenarios.whole.batching import (
    Batches,
    fixed_dataset,
    tf_dataset,
    torch_loader,
)
from keras_rnn_conformance.subject.scenarios.whole.loops import looped
from keras_rnn_conformance.subject.trees import flatten


class Own(keras.Model):
    """A model with steps of its own, which are counted, and a loss of its own: half of the other.

    Its steps take what those of Keras take, which differs from backend to backend.
    """

    steps = 0

    def compute_loss(self, *args: Any, **options: Any) -> Any:
        return 0.5 * super().compute_loss(*args, **options)

    def train_step(self, *args: Any, **options: Any) -> Any:
        self.steps += 1
        return super().train_step(*args, **options)

    def test_step(self, *args: Any, **options: Any) -> Any:
        self.steps += 1
        return super().test_step(*args, **options)


class Lesson:
    """A course with its numbers, as Keras takes them: arrays, in the order of the outputs."""

    def __init__(self, course: Course, case: Case, data: Data) -> None:
        self.course, self.case, self.data = course, case, data
        whole = model_of(case, course.model)
        kind = Own if course.own else None
        key = key_of if course.mapped else None
        model = building.model(whole, case, data, kind=kind, before=course.before, key=key)
        self.model = compiled(course, whole.outputs, model)
        self.x = {name: _float(array) for name, array in spoilt(whole, data).items()}
        if course.mapped:
            self.x = {key_of(name): array for name, array in self.x.items()}
        self.outputs = whole.outputs
        shapes = dict(zip(in_the_model(course, whole.outputs), self.model.outputs, strict=True))
        self.y = [
            _typed(course, goal.loss, target(data, name, goal, self._open(shapes[name].shape)))
            for name in whole.outputs
            if (goal := course.goals.get(name))
        ]
        given = weights_by_output(course, data, dict(zip(course.goals, self.y, strict=True)))
        self.w = [given[name].astype("float32") for name in given]

    def _open(self, shape: tuple[int | None, ...]) -> tuple[int, ...]:
        later = [self.data.timesteps if size is None else size for size in shape[1:]]
        return (self.data.batch, *later)

    def part(self, rows: slice) -> tuple[Any, ...]:
        """Inputs, targets and sample weights, if there are any, of some samples."""
        some = cut(self.course, self.x, rows)
        x = building.in_order(some)
        if self.course.keyed or self.course.mapped:
            x = dict(reversed(some.items()))
        given = [[part_of(self.course, a, rows) for a in arrays] for arrays in (self.y, self.w)]
        return (x, *(each_output(self.course, self.model, self.outputs, a) for a in given if a))

    def parts(self) -> list[tuple[Any, ...]]:
        """The batches of training."""
        return [self.part(rows) for rows in batches(self.course, self.rows)]

    def restore(self) -> None:
        """Go on with another model, that a file or a copy makes of this one."""
        with tempfile.TemporaryDirectory() as folder:
            self.model = restored(self, Path(folder))
        if not RESTORED[self.course.restored]:
            whole = model_of(self.case, self.course.model)
            self.model = compiled(self.course, whole.outputs, self.model)

    @property
    def rows(self) -> slice:
        return trained_rows(self.course, self.data)


def _float(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return array.astype({"i": "int32", "b": "bool"}.get(array.dtype.kind, "float32"))


def _typed(course: Course, loss: str, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    array = array[..., 0] if course.flat else array[..., None] if course.deep else array
    if course.typed:
        return array.astype("int64" if loss == SPARSE else course.typed)
    return array.astype("int32" if loss == SPARSE else "float32")


def _single(items: Any) -> Any:
    return items[0] if isinstance(items, list) and len(items) == 1 else items


def in_the_model(course: Course, outputs: tuple[str, ...]) -> list[str]:
    """The names of outputs in the order in which a model of the course lists its own."""
    names = {key_of(name): name for name in outputs} if course.mapped else outputs
    return [str(name) for name in flatten(names)]


def each_output(
    course: Course, model: keras.Model, outputs: tuple[str, ...], items: list[Any]
) -> Any:
    """What belongs to the outputs of a model, as the course hands it over."""
    if course.mapped:
        return {key_of(name): item for name, item in zip(outputs, items, strict=True)}
    return by_name(model, items) if course.named else _single(items)


def by_name(model: keras.Model, items: list[Any]) -> dict[str, Any]:
    """What belongs to the outputs of a model, by their names, the last one first."""
    return dict(reversed(list(zip(model.output_names, items, strict=True))))


def compiled(course: Course, outputs: tuple[str, ...], model: keras.Model) -> keras.Model:
    """The model, compiled for its goals."""
    goals = [course.goals.get(name) for name in outputs]
    lists: dict[str, list[Any]] = {
        "loss": [None if g is None else SHORT[g.loss] if course.words else _loss(g) for g in goals],
        "loss_weights": [goal.share if goal else None for goal in goals] * (len(goals) > 1),
        "metrics": [list(goal.metrics) if goal else [] for goal in goals],
        "weighted_metrics": [list(goal.weighted) if goal else [] for goal in goals],
    }
    model.compile(
        optimizer=optimizer(course),
        **{k: each_output(course, model, outputs, v) for k, v in lists.items() if v},
        # JAX as by default: else nothing is traced, and a compiled step is never taken
        jit_compile=course.graph and keras.config.backend() == "jax",
        run_eagerly=not course.graph,
        **({"steps_per_execution": course.bundle} if course.bundle > 1 else {}),
    )
    return model


def restored(lesson: Lesson, folder: Path) -> keras.Model:
    """What comes out of the file or the copy of the course."""
    model, way = lesson.model, lesson.course.restored
    if way in ("keras", "h5"):
        model.save(folder / f"model.{way}")
        return keras.saving.load_model(folder / f"model.{way}")
    if way == "bare h5":
        model.save(folder / "model.h5", include_optimizer=False)
        return keras.saving.load_model(folder / "model.h5", compile=False)
    if way == "weights":
        model.save_weights(folder / "model.weights.h5")
        whole = model_of(lesson.case, lesson.course.model)
        twin = building.model(whole, lesson.case, lesson.data.with_other_weights())
        twin.load_weights(folder / "model.weights.h5")
        return twin
    if way in ("pickle", "deepcopy"):
        return copy.deepcopy(model) if way == "deepcopy" else pickle.loads(pickle.dumps(model))  # noqa: S301 its own
    return building.twin(model, way)


LOSSES = {
    "mean_squared_error": "MeanSquaredError",
    "mean_absolute_error": "MeanAbsoluteError",
    "binary_crossentropy": "BinaryCrossentropy",
    "categorical_crossentropy": "CategoricalCrossentropy",
    "sparse_categorical_crossentropy": "SparseCategoricalCrossentropy",
}
SHORT = {"mean_squared_error": "mse", "mean_absolute_error": "mae"}
"""What losses are called in short."""


def _loss(goal: Any) -> keras.losses.Loss:
    made: keras.losses.Loss = getattr(keras.losses, LOSSES[goal.loss])(
        reduction=goal.reduction, **goal.options
    )
    return made


def optimizer(course: Course) -> keras.optimizers.Optimizer:
    """A fresh optimizer of the course."""
    own = dict(course.optimizer)
    around = {key: own.pop(key) for key in tuple(own) if key in SCALING}
    made: keras.optimizers.Optimizer = getattr(keras.optimizers, own.pop("kind"))(**own)
    return keras.optimizers.LossScaleOptimizer(made, **around) if around else made


@scenario("learn")
def learn(case: Case, data: Data) -> Observation:
    """Train or assess; record what is reported of each epoch, and the weights in the end."""
    course = course_of(case)
    lesson = Lesson(course, case, data)
    seen = Observation(facts={"reported": []})
    before = {k: np.array(v) for k, v in _weights(lesson, case)}
    for name, value in WAYS[course.way](lesson).items():
        seen.facts["reported"].append(name)
        seen.arrays[name] = np.asarray([float(value)])
    if course.way not in ASSESSING:
        for name, variable in building.named_weights(
            model_of(case, course.model), lesson.model.get_layer
        ):
            record_array(seen, name, variable)
            seen.arrays[name] = np.atleast_1d(seen.arrays[name])
    if course.own:
        seen.facts["steps"] = lesson.model.steps
    after = dict(_weights(lesson, case))
    seen.facts["moved"] = sorted(k for k, v in before.items() if not np.array_equal(v, after[k]))
    return seen


def _weights(lesson: Lesson, case: Case) -> Iterator[tuple[str, Any]]:
    whole = model_of(case, lesson.course.model)
    for name, variable in building.named_weights(whole, lesson.model.get_layer):
        yield name, keras.ops.convert_to_numpy(variable)


def _by_epoch(history: keras.callbacks.History) -> dict[str, float]:
    return {
        f"{name} of epoch {number + 1}": value
        for name, values in history.history.items()
        for number, value in enumerate(values)
    }


def _class_weights(course: Course) -> dict[str, Any]:
    weights = CLASS_WEIGHTS.get(course.weighing)
    return {} if weights is None else {"class_weight": weights}


def _fit(lesson: Lesson) -> dict[str, float]:
    course = lesson.course
    more: dict[str, Any] = _class_weights(course)
    if course.steps:
        more["steps_per_epoch"] = course.steps
    if course.given:
        more["validation_data"] = lesson.part(validation_rows(course, lesson.data))
    rows = lesson.rows
    if course.validation:
        rows = slice(0, lesson.data.batch)
        more["validation_split"] = course.validation / lesson.data.batch
    x, y, *w = lesson.part(rows)
    return _by_epoch(
        lesson.model.fit(
            x,
            y,
            sample_weight=w[0] if w else None,
            batch_size=course.batch,
            epochs=course.epochs,
            shuffle=False,
            verbose=0,
            **more,
        )
    )


def _refit(lesson: Lesson) -> dict[str, float]:
    """A fit for each epoch; between them the model assesses and predicts."""
    x, y = lesson.part(lesson.rows)
    size, results = lesson.course.batch, dict[str, float]()
    for number in range(lesson.course.epochs):
        more: dict[str, Any] = {}
        if lesson.course.given:
            rows = assessed_rows(lesson.course, lesson.data, number)
            more["validation_data"] = lesson.part(rows)
        history = lesson.model.fit(x, y, batch_size=size, shuffle=False, verbose=0, **more).history
        results |= {f"{name} of epoch {number + 1}": values[0] for name, values in history.items()}
        lesson.model.evaluate(x, y, batch_size=size, verbose=0)
        lesson.model.predict(x, batch_size=len(y), verbose=0)
    return results


def _evaluate(lesson: Lesson) -> dict[str, float]:
    given: dict[str, float]
    if lesson.course.source:
        source = SOURCES[lesson.course.source](lesson)
        given = lesson.model.evaluate(source, verbose=0, return_dict=True)
        return given
    x, y, *w = lesson.part(lesson.rows)
    given = lesson.model.evaluate(
        x,
        y,
        sample_weight=w[0] if w else None,
        batch_size=lesson.course.batch,
        verbose=0,
        steps=lesson.course.steps or None,
        return_dict=True,
    )
    return given


def _batches(lesson: Lesson) -> dict[str, float]:
    """train_on_batch for each, and between the first two what the model goes through."""
    losses: dict[str, float] = {}
    end = "" if lesson.course.restored else " of epoch 1"
    for number, part in enumerate(lesson.parts()):
        if number == 1 and lesson.course.restored:
            lesson.restore()
        given = lesson.model.train_on_batch(*part, **_class_weights(lesson.course))
        losses[f"loss of batch {number + 1}{end}"] = _first(given)
    return losses


def _judged(lesson: Lesson) -> dict[str, float]:
    """What test_on_batch says of each batch."""
    results: dict[str, float] = {}
    for number, part in enumerate(lesson.parts(), 1):
        given = lesson.model.test_on_batch(*part, return_dict=True)
        results |= {f"{name} of batch {number}": value for name, value in given.items()}
    return results


def _loop(lesson: Lesson) -> dict[str, float]:
    """The losses of the batches in a loop of the user's own."""
    course = lesson.course
    losses = [(_loss(goal), goal.share) for goal in course.goals.values()]
    results = looped(lesson.model, losses, lesson.parts(), course.graph)
    return {f"loss of batch {number} of epoch 1": loss for number, loss in enumerate(results, 1)}


def _first(given: Any) -> float:
    return float(given[0] if isinstance(given, (list, tuple)) else given)


def _from(lesson: Lesson, source: Any, **more: Any) -> dict[str, float]:
    """Fit on something that gives batches."""
    course = lesson.course
    more |= _class_weights(course)
    return _by_epoch(
        lesson.model.fit(source, epochs=course.epochs, shuffle=False, verbose=0, **more)
    )


def _generator(lesson: Lesson) -> dict[str, float]:
    parts = lesson.parts()
    few = lesson.course.steps
    source = (part for part in (cycle(parts) if few else parts))
    return _from(lesson, source, steps_per_epoch=few or len(parts))


SOURCES: dict[str, Callable[[Lesson], Any]] = {
    "generator": lambda lesson: (part for part in lesson.parts()),
    "pydataset": lambda lesson: Batches(
        lesson.parts(), lesson.course.turning, workers=lesson.course.workers
    ),
    "tfdata": lambda lesson: tf_dataset(lesson.part(lesson.rows), lesson.course.batch),
    "fixed": lambda lesson: fixed_dataset(lesson.parts()),
    "loader": lambda lesson: torch_loader(lesson.part(lesson.rows), lesson.course.batch),
}
"""What gives batches."""


WAYS: dict[str, Callable[[Lesson], dict[str, float]]] = {
    "fit": _fit,
    "refit": _refit,
    "evaluate": _evaluate,
    "batches": _batches,
    "judged": _judged,
    "generator": _generator,
    **dict.fromkeys(
        ("pydataset", "tfdata", "loader"),
        lambda lesson: _from(lesson, SOURCES[lesson.course.way](lesson)),
    ),
    "loop": _loop,
}

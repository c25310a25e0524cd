"""How models are trained and assessed: one row, one course.

A course names a model, what each trained output aims at, the optimizer, how samples are weighed and
how the data comes in. Its numbers follow from the case; see `learning`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import Any

from keras_rnn_conformance.cases.models.course import (
    BINARY,
    BINARY_HITS,
    CATEGORICAL,
    MAE,
    MSE,
    SPARSE,
    SPARSE_HITS,
    Course,
    Goal,
)
from keras_rnn_conformance.cases.models.optimizing import (
    ADAM,
    BASES,
    MOMENTUM,
    NESTEROV,
    SGD,
    SLOW,
    TWEAKS,
)
from keras_rnn_conformance.cases.models.parts import LONG

LARGER = 8
"""How many times as many samples a batch of a long case has."""

_TAGS = Goal(SPARSE, metrics=(SPARSE_HITS,), weighted=(SPARSE,))
_SHARES = Goal(CATEGORICAL, weighted=(CATEGORICAL,), hot=True)
_JUDGED = Goal(MSE, metrics=(MAE,), weighted=(MSE,))
_NEAR = Goal(MSE, metrics=(MAE,))


def _tags(**changes: Any) -> Course:
    """Masked returned sequences of class shares."""
    goal = {
        key: changes.pop(key) for key in tuple(changes) if key in ("reduction", "loss", "options")
    }
    fields = {"loss": SPARSE, "metrics": (SPARSE_HITS,), "weighted": (SPARSE,), **goal}
    return Course("tagger", {"tags": Goal(**fields)}, **changes)


def _last(**changes: Any) -> Course:
    """One number a sample, behind a recurrent layer that leaves masked timesteps out."""
    return Course("regressor", {"number": _NEAR}, **changes)


def _weighed(way: str) -> Course:
    """Class weights that leave the last class out, of data of another kind than arrays."""
    return Course("classifier", {"class": _TAGS}, way=way, weighing="some")


def _keyed(**changes: Any) -> Course:
    """Two inputs, of which the second one is given first, by its name."""
    return Course("translator", {"tags": Goal(SPARSE)}, keyed=True, **changes)


def _kept(model: str, restored: str) -> Course:
    """Two batches, and a file or a copy between them: what the optimizer keeps must come along."""
    output = {"normed": "tags", "translator": "tags", "scorer": "scores"}.get(model, "number")
    goals = {output: Goal(SPARSE if output == "tags" else MSE)}
    # on TensorFlow, Adam takes the gradient of an Embedding wrong: see fixtures/known_failures.toml
    embeds = model in ("normed", "translator", "shared", "still", "nested")
    optimizer = MOMENTUM if embeds else ADAM
    return Course(model, goals, optimizer, way="batches", batch=3, restored=restored)


def _crossed(optimizer: Mapping[str, Any]) -> Course:
    """Two epochs of an optimizer with several options, on a model without an Embedding."""
    return Course("vector", {"number": Goal(MSE)}, optimizer, epochs=2)


_TWINS = {"left": Goal(MSE), "right": Goal(MSE, share=0.5)}


def _twins(restored: str) -> Course:
    """A nested model that is called twice, and both of its outputs are outputs."""
    return Course("siamese", _TWINS, ADAM, way="batches", batch=3, restored=restored)


_TWO = {
    "tags": Goal(SPARSE, metrics=(SPARSE_HITS,)),
    "first:1": Goal(MSE, share=0.5, metrics=(MAE,)),
}

_UNSHARED = {**_TWO, "first:1": replace(_TWO["first:1"], share=0.0)}

CROSSED: dict[str, Course] = {
    f"{base}_{tweak}": _crossed({**BASES[base], **TWEAKS[tweak]})
    for base, tweak in product(BASES, TWEAKS)
}
"""Every optimizer with every tweak."""

COURSES: dict[str, Course] = {
    # the loss of masked sequences, and the metrics, as evaluate reports them
    "mean_loss": _tags(way="evaluate"),
    "sum_loss": _tags(way="evaluate", reduction="sum"),
    "share_loss": _tags(way="evaluate", reduction="mean_with_sample_weight"),
    "sample_weights": _tags(way="evaluate", weighing="sample"),
    "square_weights": _tags(way="evaluate", weighing="sample", batch=3),
    "step_weights": _tags(way="evaluate", weighing="timestep"),
    "sum_step_weights": _tags(way="evaluate", weighing="timestep", reduction="sum"),
    "share_step_weights": _tags(
        way="evaluate", weighing="timestep", reduction="mean_with_sample_weight"
    ),
    "binary_loss": Course(
        "spotter",
        {"spots": Goal(BINARY, {"label_smoothing": 0.25}, metrics=(BINARY_HITS,))},
        way="evaluate",
    ),
    "binary_truths": Course(
        "spotter", {"spots": Goal(BINARY, metrics=(BINARY_HITS,))}, way="evaluate", typed="bool"
    ),
    "wide_targets": Course("two_outputs", _TWO, way="evaluate", typed="float64"),
    "logits": Course(
        "logits",
        {"tags": Goal(SPARSE, {"from_logits": True}, metrics=(SPARSE_HITS,))},
        way="evaluate",
    ),
    "class_axis": Course("turned", {"turned": Goal(CATEGORICAL, {"axis": 1})}, way="evaluate"),
    "class_axis_smoothed": Course(
        "turned",
        {"turned": Goal(CATEGORICAL, {"axis": 1, "label_smoothing": 0.25})},
        way="evaluate",
    ),
    "class_axis_sparse": Course(
        "turned", {"turned": Goal(SPARSE, {"axis": 1, "ignore_class": 1})}, way="evaluate"
    ),
    "shares": Course(
        "tagger",
        {"tags": Goal(CATEGORICAL, {"label_smoothing": 0.25}, metrics=(CATEGORICAL,))},
        way="evaluate",
    ),
    "squares": Course(
        "scorer", {"scores": Goal(MSE, metrics=(MAE,))}, way="evaluate", weighing="timestep"
    ),
    "two_losses": Course("two_outputs", _TWO, way="evaluate"),
    "two_losses_graph": Course("two_outputs", _TWO, way="evaluate", graph=True),
    "mean_loss_graph": _tags(way="evaluate", weighing="timestep", graph=True),
    "class_weights": Course("classifier", {"class": _TAGS}, weighing="class"),
    "some_weights": Course("classifier", {"class": _TAGS}, weighing="some"),
    "class_step_weights": _tags(weighing="class", deep=True),
    "class_column_weights": Course("classifier", {"class": _TAGS}, weighing="class", deep=True),
    "class_row_weights": Course("classifier", {"class": _SHARES}, weighing="class"),
    "batch_class_weights": Course(
        "classifier", {"class": _TAGS}, way="batches", weighing="some", deep=True
    ),
    "judged": Course("vector", {"number": _JUDGED}, way="judged", weighing="sample"),
    "judged_steps": Course(
        "scorer", {"scores": _JUDGED}, way="judged", weighing="timestep", graph=True
    ),
    "judged_outputs": Course("siamese", _TWINS, way="judged", weighing="output", mapped=True),
    "no_share": Course("two_outputs", _UNSHARED),
    "no_share_seen": Course("two_outputs", _UNSHARED, way="evaluate"),
    "mean_reduction": _tags(way="evaluate", reduction="mean"),
    "flat": _last(flat=True),
    "deep": _tags(way="evaluate", weighing="timestep", deep=True),
    "named": Course("two_outputs", _TWO, way="evaluate", named=True),
    "output_weights": Course(
        "two_outputs",
        {**_TWO, "first:1": Goal(MSE, share=0.25, weighted=(MAE,))},
        way="evaluate",
        weighing="output",
    ),
    "few_assessed": _last(way="evaluate", steps=2),
    # epochs of fit
    "few_steps": _last(steps=1, epochs=3),
    "epochs": _tags(epochs=2, weighing="timestep", graph=True),
    "again": _last(epochs=2, way="refit", optimizer=MOMENTUM, graph=True),
    "again_seen": _last(epochs=2, way="refit", given=2),
    "set_aside": _tags(validation=2),
    "set_aside_weighed": _tags(validation=2, weighing="timestep"),
    "handed_over": _tags(given=1, weighing="timestep"),
    "two_outputs": Course("two_outputs", _TWO),
    # optimizers
    "momentum": _last(optimizer=MOMENTUM, epochs=2),
    "nesterov": _last(optimizer=NESTEROV),
    "adam": _tags(optimizer=ADAM),
    "adam_graph": _last(optimizer=ADAM, graph=True),
    "clip_value": _last(optimizer={**SGD, **TWEAKS["value"]}),
    "clip_norm": _last(optimizer={**SGD, **TWEAKS["norm"]}),
    "clip_all": _last(optimizer={**MOMENTUM, **TWEAKS["all"]}),
    "accumulated": _last(optimizer={**MOMENTUM, **TWEAKS["accumulated"]}, epochs=2),
    "decay": _last(optimizer={**SGD, **TWEAKS["decay"]}),
    "averaged": _last(optimizer={**SGD, **TWEAKS["averaged"]}),
    # more steps than an optimizer, or an execution, takes at once: several times over, and a rest
    "many_steps": _last(optimizer=MOMENTUM, batch=1, epochs=2),
    "many_accumulated": _last(
        optimizer={**MOMENTUM, "gradient_accumulation_steps": 3}, batch=1, epochs=2
    ),
    "many_weights": Course(
        "twelve",
        {"number": Goal(MSE)},
        {**MOMENTUM, **TWEAKS["all"], **TWEAKS["averaged"]},
        epochs=2,
    ),
    "bundled": _last(optimizer=MOMENTUM, batch=1, epochs=2, graph=True, bundle=3),
    "bundled_seen": _tags(way="evaluate", weighing="timestep", batch=1, graph=True, bundle=2),
    "joined": _crossed({**NESTEROV, **TWEAKS["norm"], **TWEAKS["accumulated"], **TWEAKS["decay"]}),
    "joined_adam": _crossed({**BASES["amsgrad"], **TWEAKS["accumulated"], **TWEAKS["all"]}),
    "scaled": _crossed({**MOMENTUM, **TWEAKS["norm"], **TWEAKS["scaled"]}),
    "dynamic": _crossed({**ADAM, **TWEAKS["dynamic"]}),
    "scaled_inside": _crossed({**MOMENTUM, **TWEAKS["scaled"], **TWEAKS["dynamic"]}),
    # parts that stand still, and those that a step assigns to
    "still_part": Course("still", {"number": _NEAR}, optimizer=MOMENTUM),
    "moving_norm": Course("normed", {"tags": Goal(SPARSE, metrics=(SPARSE_HITS,))}, batch=8),
    "moving_uncentered": Course("uncentered", {"tags": Goal(SPARSE)}, batch=8),
    "moving_unscaled": Course("unscaled", {"tags": Goal(SPARSE)}, batch=8),
    "moving_step_norm": Course("step_normed", {"tags": Goal(SPARSE)}, batch=8),
    # what a call assigns, often: steps that are too small to blur it
    "norm_step": Course("normed", {"tags": Goal(SPARSE)}, batch=8),
    "norm_steps": Course("normed", {"tags": Goal(SPARSE)}, SLOW, batch=8, epochs=6),
    "still_norm": Course("still_normed", {"tags": Goal(SPARSE, metrics=(SPARSE_HITS,))}, batch=8),
    "penalties": Course("penalized", {"number": _NEAR}),
    "added_loss": Course("adding", {"number": _NEAR}),
    "added_loss_seen": Course("adding", {"number": _NEAR}, way="evaluate"),
    "own_step": Course("regressor", {"number": Goal(MSE, share=0.5, metrics=(MAE,))}, own=True),
    "own_step_seen": Course(
        "regressor", {"number": Goal(MSE, share=0.5, metrics=(MAE,))}, way="evaluate", own=True
    ),
    "spoilt_step": Course("blind", {"number": _NEAR}, batch=8),
    "seq2seq": Course(
        "translator", {"tags": Goal(SPARSE, metrics=(SPARSE_HITS,))}, optimizer=MOMENTUM
    ),
    # where the data comes from
    "batch_by_batch": _tags(way="batches", optimizer=MOMENTUM),
    "generator": _tags(way="generator", weighing="timestep"),
    "uneven": Course("tagger", {"tags": Goal(SPARSE)}, way="generator", uneven=True),
    "uneven_graph": Course(
        "tagger", {"tags": Goal(SPARSE)}, way="batches", uneven=True, graph=True
    ),
    "uneven_slices": Course(
        "scorer", {"scores": Goal(MSE)}, way="generator", uneven=True, graph=True
    ),
    "few_generated": _last(way="generator", steps=1, epochs=3),
    "pydataset": _tags(way="pydataset", weighing="timestep", epochs=2),
    "threaded_pydataset": _last(way="pydataset", epochs=3, workers=2, batch=1),
    "turning_pydataset": _last(way="pydataset", epochs=3, turning=True, optimizer=MOMENTUM),
    "tfdata": _tags(way="tfdata"),
    "loader": _last(way="loader"),
    "weighed_pydataset": _weighed("pydataset"),
    "weighed_tfdata": _weighed("tfdata"),
    # by the names of the inputs
    "keyed": _keyed(),
    "keyed_generator": _keyed(way="generator"),
    "keyed_pydataset": _keyed(way="pydataset"),
    "keyed_tfdata": _keyed(way="tfdata"),
    "keyed_loader": _keyed(way="loader"),
    "keyed_batches": _keyed(way="batches", graph=True),
    "keyed_seen": _keyed(way="evaluate", source="loader"),
    # models of dictionaries
    "mapped": Course("two_outputs", _TWO, mapped=True),
    "mapped_seen": Course("two_outputs", _TWO, way="evaluate", mapped=True, weighing="output"),
    "mapped_generator": Course("siamese", _TWINS, way="generator", mapped=True),
    "mapped_tfdata": Course("siamese", _TWINS, way="tfdata", mapped=True),
    "mapped_loader": Course("siamese", _TWINS, way="loader", mapped=True),
    # and when it is assessed
    "generator_seen": _tags(way="evaluate", weighing="timestep", source="generator"),
    "pydataset_seen": _tags(way="evaluate", weighing="timestep", source="pydataset", graph=True),
    "tfdata_seen": _tags(way="evaluate", weighing="timestep", source="tfdata", graph=True),
    "fixed_seen": _tags(way="evaluate", source="fixed", batch=1, graph=True),
    "loader_seen": _last(way="evaluate", source="loader"),
    "own_loop": _tags(way="loop", weighing="timestep", optimizer=MOMENTUM, graph=True),
    "own_loop_adam": replace(_crossed({**ADAM, **TWEAKS["all"]}), way="loop", epochs=1),
    "own_loop_penalties": Course("penalized", {"number": _NEAR}, way="loop"),
    # files and copies between two batches
    "saved": _kept("scorer", "keras"),
    "saved_h5": _kept("scorer", "h5"),
    "saved_words": replace(_kept("wrapped", "keras"), words=True),
    "saved_h5_words": replace(_kept("wrapped", "h5"), words=True),
    "saved_weights": _kept("scorer", "weights"),
    "pickled": _kept("scorer", "pickle"),
    "copied": _kept("scorer", "deepcopy"),
    "cloned": _kept("scorer", "clone"),
    "from_json": _kept("scorer", "json"),
    "twelve_saved": _kept("twelve", "keras"),
    "twelve_h5": _kept("twelve", "bare h5"),
    "twelve_weights": _kept("twelve", "weights"),
    "shared_saved": _kept("shared", "keras"),
    "shared_h5": _kept("shared", "bare h5"),
    "shared_cloned": _kept("shared", "clone"),
    "shared_weights": _kept("shared", "weights"),
    "still_saved": _kept("still", "keras"),
    "still_cloned": _kept("still", "clone"),
    "norm_saved": _kept("normed", "keras"),
    "vector_saved": _kept("vector", "keras"),
    "nested_saved": _kept("nested", "keras"),
    "nested_cloned": _kept("nested", "clone"),
    "wrapped_saved": _kept("wrapped", "keras"),
    "wrapped_h5": _kept("wrapped", "bare h5"),
    "states_saved": _kept("translator", "keras"),
    "states_h5": _kept("translator", "h5"),
    "states_cloned": _kept("translator", "clone"),
    "twins_saved": _twins("keras"),
    "twins_json": _twins("json"),
    "twins_cloned": _twins("clone within"),
    "mapped_saved": replace(_twins("keras"), mapped=True),
    "mapped_json": replace(_twins("json"), mapped=True),
    "mapped_cloned": replace(_twins("clone"), mapped=True),
    "mapped_within": replace(_twins("clone within"), mapped=True),
    "mapped_pickled": replace(_twins("pickle"), mapped=True),
    "nested_within": _kept("nested", "clone within"),
    "dynamic_saved": replace(_kept("vector", "keras"), optimizer={**ADAM, **TWEAKS["dynamic"]}),
    "called_before": replace(_kept("vector", "keras"), before=True),
    "called_before_json": replace(_kept("wrapped", "json"), before=True),
    **CROSSED,
}

_GRAPHED = "added_loss added_loss_seen penalties accumulated averaged dynamic moving_norm mapped"
COURSES |= {f"{name}_graph": replace(COURSES[name], graph=True) for name in _GRAPHED.split()}


def sized(what: str, timesteps: int) -> Course:
    """The course of a name; a long case has the larger batches that its model is trained in."""
    course = COURSES[what]
    return course if timesteps < LONG else replace(course, batch=LARGER * course.batch)

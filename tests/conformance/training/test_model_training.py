"""Models that are trained and assessed: losses and metrics under masks, optimizers, data."""

from __future__ import annotations

from collections.abc import Iterator

from keras_rnn_conformance.cases.axes import RECURRENT
from keras_rnn_conformance.cases.axis import words_of
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.models.course import ASSESSING, Course
from keras_rnn_conformance.cases.models.courses import COURSES, CROSSED
from keras_rnn_conformance.cases.models.learning import course_of
from keras_rnn_conformance.cases.models.sources import lot
from keras_rnn_conformance.judging.rules import Failure, Trial, rule

SIZES: dict[str, int | str] = {"u": 2, "t": 3, "n": 5, "in": 4, "do": "learn"}
MASKS = ("right", "left", "first")


DEAR = frozenset(
    (
        "adam_graph",
        "epochs",
        "sum_loss",
        "logits",
        "decay",
        "nesterov",
        "set_aside",
        "loader",
        "squares",
        "sum_step_weights",
        "still_norm",
        "norm_step",
        "pydataset",
        "two_losses",
        "momentum",
        "tfdata",
        "copied",
        "cloned",
        "from_json",
        "twelve_h5",
        "twelve_weights",
        "shared_h5",
        "shared_weights",
        "still_cloned",
        "vector_saved",
        "nested_saved",
        "wrapped_h5",
        "states_cloned",
        "norm_saved",
        "uneven_graph",
        "few_generated",
        "twins_json",
        "class_axis",
        "class_axis_smoothed",
        "class_axis_sparse",
        "saved_words",
        "nested_within",
        "called_before_json",
        "keyed_generator",
        "keyed_tfdata",
        "keyed_batches",
        "mapped_tfdata",
        "mapped_loader",
        "mapped_json",
        "mapped_within",
        "mapped_pickled",
        *CROSSED,
    )
)
"""Courses for `thorough` alone: others show nearly the same, and cost less."""


LARGER: dict[str, dict[str, int | str]] = {
    "step_weights": {"t": 9},
    "share_step_weights": {"t": 9, "n": 17},
    "binary_loss": {"t": 9},
    "two_losses": {"t": 9, "n": 17},
    "saved": {"u": 65},
    "class_axis_smoothed": {"t": 5},
    "class_axis_sparse": {"t": 5},
}
"""Courses of longer sequences, of more batches, and of more weights, which need all their bits."""


LARGE: dict[str, int | str] = {**SIZES, "t": 17, "n": 37}
ENLARGED = words_of(
    "step_weights share_loss output_weights class_weights set_aside_weighed norm_step generator "
    "uneven few_steps bundled tfdata binary_loss logits class_axis shares"
)
"""Courses once more, of large batches: two and a rest, whatever makes batches of the data."""


def cases(profile: str) -> Iterator[Case]:
    """Most courses once, layers and masks by lot; in `thorough` all, with every layer and mask."""
    for name in COURSES:
        if (
            name == "mean_loss"
            or profile == "thorough"
            or (profile == "default" and name not in DEAR)
        ):
            sizes = {**SIZES, "n": 3} if name == "square_weights" else SIZES
            yield Case.of(
                RECURRENT[lot(name, 3)], **sizes, what=name, mask=MASKS[lot(name, 9) // 3]
            )
    for name, sizes in LARGER.items() if profile != "smoke" else ():
        mask = MASKS[lot(name, 9) // 3]
        yield Case.of(RECURRENT[lot(name, 3)], **{**SIZES, **sizes}, what=name, mask=mask)
    for name in ENLARGED if profile != "smoke" else ():
        mask = MASKS[lot(name, 3)]
        yield Case.of(RECURRENT[lot(name, 9) // 3], **LARGE, what=name, mask=mask)
    if profile == "thorough":
        for name in COURSES:
            for layer, mask in zip(RECURRENT, ("gap", "none", "right"), strict=True):
                yield Case.of(layer, **SIZES, what=name, mask=mask)


def of_courses(case: Case) -> bool:
    """The courses that are followed without a break."""
    return case["do"] == "learn" and not course_of(case).restored


def _course(case: Case) -> Course:
    return course_of(case)


def _logs(trial: Trial, *starts: str) -> list[str]:
    """What is reported under a name that begins in a certain way."""
    return [name for name in trial.want.facts["logs"] if name.startswith(starts)]


@rule(
    "LEARN-1",
    "The loss of a masked sequence is that of its unmasked timesteps, each value times its"
    " sample weight: summed, or divided by their number or their weights, as the reduction"
    " says.",
    source="keras.losses.Loss, reduction; guide: Understanding masking and padding; "
    "keras.Model.fit, sample_weight",
    applies=of_courses,
)
def losses(trial: Trial) -> Iterator[Failure]:
    names = [n for n in trial.want.facts["logs"] if not n.startswith("val_")]
    yield from trial.compare(n for n in names if n.partition(" of ")[0].endswith("loss"))


@rule(
    "LEARN-2",
    "A metric is the mean over what the mask lets count; weighted_metrics count each "
    "value by its sample weight, and metrics do not.",
    source="keras.Model.compile, metrics, weighted_metrics; keras.metrics.MeanMetricWrapper",
    applies=of_courses,
)
def metrics(trial: Trial) -> Iterator[Failure]:
    names = [n for n in trial.want.facts["logs"] if not n.startswith("val_")]
    yield from trial.compare(n for n in names if not n.partition(" of ")[0].endswith("loss"))


@rule(
    "LEARN-3",
    "Results are named as documented: the loss, then the loss of each output, then the "
    "metrics by name, with val_ in front for validation.",
    source="keras.Model.fit; keras.Model.evaluate, return_dict; keras.Model.compile",
    applies=of_courses,
)
def names(trial: Trial) -> Iterator[Failure]:
    got, want = sorted(trial.seen.facts["reported"]), sorted(trial.want.facts["logs"])
    if got != want:
        yield Failure("fact", "what is reported", str(got), str(want))


@rule(
    "LEARN-4",
    "validation_split sets the last samples aside, and validation_data is used as it is "
    "given: both are evaluated after each epoch and not trained on.",
    source="keras.Model.fit, validation_split, validation_data",
    applies=lambda c: of_courses(c) and bool(_course(c).validation or _course(c).given),
)
def validation(trial: Trial) -> Iterator[Failure]:
    yield from trial.compare(_logs(trial, "val_"))


@rule(
    "LEARN-5",
    "Each step changes the weights as the optimizer documents, by the gradient of the loss"
    " through every layer and its mask.",
    source="keras.optimizers.SGD; keras.optimizers.Adam; keras.optimizers.Optimizer, clipnorm, "
    "clipvalue, global_clipnorm, gradient_accumulation_steps, weight_decay, use_ema",
    applies=lambda c: of_courses(c) and _course(c).way not in ASSESSING,
)
def steps(trial: Trial) -> Iterator[Failure]:
    yield from trial.compare(trial.want.facts["weights"])


def _restored(case: Case) -> bool:
    return case["do"] == "learn" and bool(course_of(case).restored)


@rule(
    "LEARN-6",
    "A train_step, a test_step and a compute_loss of the user's own are what fit and "
    "evaluate call, once for each batch.",
    source="keras.Model.train_step, test_step, compute_loss; guide: Customizing what happens in "
    "fit()",
    applies=lambda c: of_courses(c) and _course(c).own,
)
def own_steps(trial: Trial) -> Iterator[Failure]:
    course = _course(trial.case)
    batches = -(-trial.data.batch // course.batch) * course.epochs
    if trial.seen.facts["steps"] != batches:
        yield Failure("fact", "calls of the step", str(trial.seen.facts["steps"]), str(batches))


@rule(
    "LIFE-1",
    "A model that is restored from a file, a copy, or its configuration and weights takes "
    "the same next training step as the original, with the optimizer and its state if "
    "these are restored too.",
    source="keras.Model.save; keras.saving.load_model; keras.Model.save_weights; "
    "keras.models.clone_model; keras.models.model_from_json; guide: Save, serialize, and export "
    "models",
    applies=_restored,
)
def next_step(trial: Trial) -> Iterator[Failure]:
    yield from trial.compare(trial.want.facts["weights"])


@rule(
    "LIFE-2",
    "A restored model computes what the original computes: its loss for the next batch is "
    "the same.",
    source="keras.saving.load_model; guide: Save, serialize, and export models",
    applies=_restored,
)
def same_loss(trial: Trial) -> Iterator[Failure]:
    yield from trial.compare(trial.want.facts["logs"])

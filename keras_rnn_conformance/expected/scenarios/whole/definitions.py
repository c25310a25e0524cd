"""What losses, metrics, optimizers and rates give by definition, and what else a deed must give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.deeds.definitions import (
    BETWEEN,
    CALLERS,
    ENDING,
    GIVING,
    KEPT_AS,
    KEYED,
    LOOKED,
    LOSSES,
    NUMBERED,
    OUT_OF_RANGE,
    PUT,
    RATED,
    READ_AS,
    REGIONS,
    SCORED,
    SEEDED,
    SPLITS,
    STEPPED,
    STEPS,
    UNBUILT,
    WEIGHED,
    WEIGHTY,
    WINDOWS,
    WORDY,
    WRITTEN,
    ZEROS,
    Array,
)
from keras_rnn_conformance.expected.oracle import oracle
from keras_rnn_conformance.expected.registry import Expected
from keras_rnn_conformance.expected.scenarios.whole.stepping import near, rate_at, stepped
from reference_impl import Bounded
from reference_impl.training.losses import Loss, one_loss


def loss_of(kind: str, y: Array, p: Array, **o: Any) -> Array:
    """The loss of each sample."""
    smooth = o.get("label_smoothing", 0.0)
    if kind == "sparse_categorical_crossentropy":
        return np.asarray(-np.log(p[np.arange(len(p)), y]))
    if kind.startswith("categorical") and "hinge" not in kind:
        y = y * (1 - smooth) + smooth / p.shape[-1]
        factor = o.get("alpha", 1.0) * (1 - p) ** o.get("gamma", 0.0)
        return np.asarray(-(factor * y * np.log(p)).sum(-1))
    if kind.startswith("binary"):
        return binary(y * (1 - smooth) + smooth / 2, p, o)
    wrong = p - y
    if kind == "huber":
        delta = o["delta"]
        bent = delta * (abs(wrong) - delta / 2)
        return np.asarray(np.where(abs(wrong) <= delta, wrong**2 / 2, bent).mean(-1))
    if kind == "categorical_hinge":
        other = ((1 - y) * p).max(-1)
        return np.asarray(np.maximum(0.0, other - (y * p).sum(-1) + 1))
    if kind == "cosine_similarity":
        unit = [a / np.sqrt((a * a).sum(-1, keepdims=True)) for a in (y, p)]
        return np.asarray(-(unit[0] * unit[1]).sum(-1))
    if kind == "kl_divergence":
        return np.asarray((y * np.log(y / p)).sum(-1))
    return np.asarray(pointwise(kind, y, p).mean(-1))


def binary(y: Array, p: Array, options: dict[str, Any]) -> Array:
    """Crossentropy of chances each by itself: less where the chance is right, of weighed sides."""
    right = y * p + (1 - y) * (1 - p)
    losses = -(y * np.log(p) + (1 - y) * np.log(1 - p)) * (1 - right) ** options.get("gamma", 0.0)
    if options.get("apply_class_balancing"):
        losses = losses * (y * options["alpha"] + (1 - y) * (1 - options["alpha"]))
    return np.asarray(losses.mean(-1))


def pointwise(kind: str, y: Array, p: Array) -> Array:
    """Losses that are a mean over the features."""
    margin = np.maximum(1 - y * p, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        of: dict[str, Array] = {
            "hinge": margin,
            "squared_hinge": margin**2,
            "log_cosh": np.log(np.cosh(p - y)),
            "mean_absolute_error": abs(p - y),
            "mean_absolute_percentage_error": 100 * abs((p - y) / y),
            "mean_squared_error": (p - y) ** 2,
            "mean_squared_logarithmic_error": (np.log1p(p) - np.log1p(y)) ** 2,
            "poisson": p - y * np.log(p),
        }
    return of[kind]


def region(kind: str, y: Array, p: Array, alpha: float = 0.5, beta: float = 0.5) -> float:
    """What is in one of two regions alone, as a share; halves of both for the one of Dice."""
    both, falsely, missed = (y * p).sum(), ((1 - y) * p).sum(), (y * (1 - p)).sum()
    return float(1 - both / (both + alpha * falsely + beta * missed))


def _losses(case: Case, data: Data) -> Expected:
    return Expected(
        {
            name: near(loss_of(name.split()[0], y, p, **options), 1.0)
            for name, (y, p, options) in LOSSES.items()
        }
    )


def _regions(case: Case, data: Data) -> Expected:
    return Expected(
        {name: near(region(name, y, p, **options)) for name, (y, p, options) in REGIONS.items()}
    )


def score_of(name: str, y: Array, p: Array, options: dict[str, Any]) -> Array:
    """What a metric says of all samples, each by its weight."""
    kind, shares = name.split()[0], WEIGHED
    if kind == "RootMeanSquaredError":
        return np.sqrt(np.average(loss_of("mean_squared_error", y, p), weights=shares))
    if kind == "CosineSimilarity":
        return np.asarray(-np.average(loss_of("cosine_similarity", y, p), weights=shares))
    if kind in ("CategoricalAccuracy", "TopKCategoricalAccuracy"):
        first = np.argsort(-p, axis=-1)[:, : options.get("k", 1)]
        return np.asarray(np.average((first == y.argmax(-1)[:, None]).any(-1), weights=shares))
    if kind == "R2Score":
        of, center = shares[:, None], np.average(y, axis=0, weights=shares)
        each = 1 - (of * (y - p) ** 2).sum(0) / (of * (y - center) ** 2).sum(0)
        return np.asarray(each if "class_aggregation" in options else each.mean())
    hit = np.eye(p.shape[-1])[p.argmax(-1)]
    if kind == "OneHotMeanIoU":
        sides = (y.astype(bool), hit.astype(bool))
        return np.asarray(
            np.mean([overlap(a, b, shares) for a, b in zip(*map(np.transpose, sides), strict=True)])
        )
    return harmonic(y, p > options["threshold"] if "threshold" in options else hit, options)


def overlap(truth: Array, hit: Array, shares: Array) -> Array:
    """What is in both, as a share of what is in either."""
    return np.asarray((shares * (truth & hit)).sum() / (shares * (truth | hit)).sum())


def harmonic(y: Array, hit: Array, options: dict[str, Any]) -> Array:
    """Precision and recall in one, of each class or over the classes."""
    square, of = options.get("beta", 1.0) ** 2, WEIGHED[:, None]
    over = None if options["average"] == "micro" else 0
    right, said, true = ((of * a).sum(over) for a in (y * hit, 1.0 * hit, y))
    each = (1 + square) * right / (said + square * true)
    if options["average"] == "weighted":
        return np.asarray((each * true).sum() / true.sum())
    return np.asarray(each if options["average"] is None else np.mean(each))


def _scores(case: Case, data: Data) -> Expected:
    return Expected(
        {
            name: near(np.atleast_1d(score_of(name, y, p, options)))
            for name, (y, p, options) in SCORED.items()
        }
    )


def _steps(case: Case, data: Data) -> Expected:
    return Expected({name: stepped(name, **o) for name, o in STEPPED.items()})


def _rates(case: Case, data: Data) -> Expected:
    return Expected(
        {
            name: near([rate_at(name, step, options) for step in STEPS])
            for name, options in RATED.items()
        }
    )


def _more_keys(case: Case, data: Data) -> Expected:
    """The layer, called on the difference of the two inputs that the model knows."""
    output: Bounded = oracle(case)(data.x - data.x_of(1), data.weights()).output
    return Expected(
        {f"{way} with a key {where}": output for way, where in product(CALLERS, BETWEEN)}
    )


def _cloned(case: Case, data: Data) -> Expected:
    output: Bounded = oracle(case)(2.0 * data.x, data.weights()).output
    return Expected({"output": output, "cloned": output})


def _rematerialized(case: Case, data: Data) -> Expected:
    output: Bounded = oracle(case)(data.x, data.weights()).output
    loss = one_loss(Loss("mean_squared_error"), data.states(1)[0], output, None, None)
    wanted: dict[str, Any] = {"output": output, "predicted": output, "loss of a step": loss}
    return Expected(wanted, facts={"weights after dropout": "finite"})


def _facts(facts: Callable[[], Iterator[tuple[str, Any]]]) -> Callable[[Case, Data], Expected]:
    return lambda case, data: Expected(facts=dict(facts()))


def _ordered() -> Iterator[tuple[str, Any]]:
    for seed in SEEDED:
        yield f"samples of each epoch {seed}", "each one once"
        yield f"orders of the epochs {seed}", "different"
    yield "order without shuffle", "as given"
    yield "training after the same seed", "the same"


def _numbers() -> Iterator[tuple[str, Any]]:
    for name, (_, options) in NUMBERED.items():
        for (key, value), kind in product(options.items(), WRITTEN):
            yield f"{key} of {name} as {kind}", value


def _texts() -> Iterator[tuple[str, Any]]:
    for way, put in product(KEPT_AS, PUT):
        yield from ((f"{name} of {put}, {way}", ids) for name, (_, ids) in READ_AS.items())
        yield from ((f"{name} of {put}, {way}", ids) for name, (*_, ids) in LOOKED.items())


def _words() -> Iterator[tuple[str, Any]]:
    yield from WORDY.items()
    yield WEIGHTY, [[0.0, 1.0, 0.25]]


def _keyed(case: Case, data: Data) -> Expected:
    output: Bounded = oracle(case)(data.x, data.weights()).output
    return Expected(dict.fromkeys(CALLERS, output))


OF: dict[str, Callable[[Case, Data], Expected]] = {
    "losses_defined": _losses,
    "regions_defined": _regions,
    "scores_defined": _scores,
    "steps_defined": _steps,
    "rates_defined": _rates,
    "more_keys": _more_keys,
    "class_keys": _facts(lambda: ((key, "counts or refused") for key in KEYED)),
    "zeros_trained": _facts(lambda: ((f"weights after {name}", "finite") for name in ZEROS)),
    "shuffled": _facts(_ordered),
    "no_alarm": _facts(lambda: ((f"warnings of data out, {name}", 0) for name in GIVING)),
    "kinds_of_numbers": _facts(_numbers),
    "cloned_lambda": _cloned,
    "texts": _facts(_texts),
    "words_kept": _facts(_words),
    "named_masks": _facts(lambda: ((name, "as given") for name in ENDING)),
    "optional_keyed": _keyed,
    "misused_windows": _facts(lambda: ((name, "refused") for name in WINDOWS)),
    "shapes_unbuilt": _facts(lambda: ((k, list(shape)) for k, (*_, shape) in UNBUILT.items())),
    "rematerialized": _rematerialized,
    "misused_losses": _facts(lambda: ((name, "refused") for name in OUT_OF_RANGE)),
    "misused_splits": _facts(lambda: ((name, "refused") for name in SPLITS)),
}
"""By deed, what it must give."""

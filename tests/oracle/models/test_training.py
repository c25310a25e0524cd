"""Losses, metrics and optimizers against torch, fractions worked by hand, and laws."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import reference_impl as ref
from reference_impl.bounded import exact
from reference_impl.models.model import Given, differentiate
from reference_impl.training.fitting import Batch, Compiled, assess, batch_loss, train
from reference_impl.training.losses import (
    Loss,
    Penalty,
    Targets,
    class_weights,
    one_loss,
    reduced,
)
from reference_impl.training.metrics import Mean, Metric, epoch_loss, values
from reference_impl.training.optimizers import Optimizer, Settings
from tests.oracle.conftest import Record
from tests.oracle.drawn import Array
from tests.oracle.models.small_models import TOKENS, chain, numbers
from tests.oracle.sources.test_torch import tensor, torch, within

DOUBLE = ref.PRECISIONS["float64"]
RANDOM = np.random.Generator(np.random.PCG64(3))
SHARES = RANDOM.dirichlet(np.ones(4), (3, 5)).astype(np.float32).astype(np.float64)
LOGITS = RANDOM.uniform(-2, 2, (3, 5, 4)).astype(np.float32).astype(np.float64)
CLASSES = RANDOM.integers(0, 4, (3, 5))
ONE_HOT = np.eye(4)[CLASSES]
MASK = TOKENS != 0
F = torch.nn.functional


def bce(p: Any) -> Any:
    return F.binary_cross_entropy(p, tensor(ONE_HOT, "float64").to(p.dtype), reduction="none")


CASES: list[tuple[Loss, Any, Array, Any]] = [
    (Loss("mean_squared_error"), ONE_HOT, LOGITS, lambda p, y: ((p - y) ** 2).mean(-1)),
    (Loss("mean_absolute_error"), ONE_HOT, LOGITS, lambda p, y: (p - y).abs().mean(-1)),
    (
        Loss("huber", {"delta": 0.75}),
        ONE_HOT,
        LOGITS,
        lambda p, y: F.huber_loss(p, y, delta=0.75, reduction="none").mean(-1),
    ),
    (Loss("binary_crossentropy"), ONE_HOT, SHARES, lambda p, y: bce(p).mean(-1)),
    (
        Loss("binary_crossentropy", {"from_logits": True}),
        ONE_HOT,
        LOGITS,
        lambda p, y: F.binary_cross_entropy_with_logits(p, y, reduction="none").mean(-1),
    ),
    (
        Loss("categorical_crossentropy", {"label_smoothing": 0.25}),
        ONE_HOT,
        SHARES,
        lambda p, y: -((0.75 * y + 0.0625) * (p / p.sum(-1, keepdim=True)).log()).sum(-1),
    ),
    (
        Loss("categorical_crossentropy", {"axis": 1, "label_smoothing": 0.25}),
        np.moveaxis(ONE_HOT, -1, 1),
        np.moveaxis(SHARES, -1, 1),
        lambda p, y: -((0.75 * y + 0.0625) * (p / p.sum(1, keepdim=True)).log()).sum(1),
    ),
    (
        Loss("sparse_categorical_crossentropy", {"axis": 1, "from_logits": True}),
        CLASSES,
        np.moveaxis(LOGITS, -1, 1),
        lambda p, y: F.cross_entropy(p, torch.tensor(CLASSES), reduction="none"),
    ),
    (
        Loss("sparse_categorical_crossentropy", {"from_logits": True}),
        CLASSES,
        LOGITS,
        lambda p, y: F.cross_entropy(p.movedim(-1, 1), torch.tensor(CLASSES), reduction="none"),
    ),
]
IDS = [f"{loss.kind}-{'-'.join(loss.options)}" for loss, *_ in CASES]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("loss", "y", "p", "function"), CASES, ids=IDS)
def test_losses_and_gradients(
    loss: Loss, y: Any, p: Array, function: Any, dtype: str, record: Record
) -> None:
    """The mean over unmasked timesteps, weighted by sample."""
    weight = np.array([1.0, 2.0, 0.5])
    other = tensor(p, dtype, grad=True)
    parts = function(other, tensor(np.asarray(y, float), dtype))
    keep = tensor(MASK * weight[:, None], dtype)
    want = (parts * keep).sum() / float(MASK.sum())
    want.backward()

    def value(computed: Any) -> Any:
        return one_loss(loss, y, computed.values["copy"], MASK, weight)

    model = chain(source=ref_node())
    _, got, gradients = differentiate(model, Given({"p": p}, {}), value, dtype)
    within(record, "torch, losses", got.data, want.reshape(1))
    within(record, "torch, gradients of losses", gradients["p"], other.grad)
    assert got.data.bound.item() < (1e-4 if dtype == "float32" else 1e-12)


def ref_node() -> Any:
    from reference_impl.models.model import Node

    return Node("copy", "Identity", {}, ("p",))


def test_reductions() -> None:
    """Values 1 2 / 3 4, mask 1 1 / 1 0, weights 2 and 1/2: weighed 2 4 3/2 0."""
    losses = exact(np.array([[1.0, 2.0], [3.0, 4.0]]), DOUBLE)
    mask = np.array([[True, True], [True, False]])
    weight = np.array([2.0, 0.5])
    want = {
        "sum": 7.5,
        "sum_over_batch_size": 2.5,
        "mean": 2.5,
        "mean_with_sample_weight": 7.5 / 4.5,
    }
    for reduction, number in want.items():
        got = reduced(Loss("mean_squared_error", {}, reduction), losses, mask, weight)
        assert got.value.item() == pytest.approx(number, rel=1e-15), reduction
    plain = Loss("mean_squared_error")
    none = Loss("mean_squared_error", {}, None)
    assert reduced(none, losses, mask, weight).value.tolist() == [[2, 4], [1.5, 0]]
    assert reduced(plain, losses, None, weight).value.item() == 9.5 / 4
    assert reduced(plain, losses, mask).value.item() == pytest.approx(2.0, rel=1e-15)
    assert reduced(plain, losses, np.zeros((2, 2), bool)).value.item() == 0
    zero = Loss("mean_squared_error", {}, "mean_with_sample_weight")
    assert reduced(zero, losses, None, np.zeros(2)).value.item() == 0


def test_class_weights_of_each_timestep() -> None:
    weights = {0: 2.0, 3: 0.5}
    want = [[2.0, 1.0], [0.5, 1.0]]
    sparse = np.array([[[0], [1]], [[3], [2]]])
    assert class_weights(sparse, weights).tolist() == want
    assert class_weights(np.eye(4)[sparse[..., 0]], weights).tolist() == want
    assert class_weights(np.array([0, 1]), weights).tolist() == [2, 1]


def test_ignored_class_is_left_out_of_the_mean() -> None:
    p = exact(SHARES, DOUBLE)
    loss = Loss("sparse_categorical_crossentropy", {"ignore_class": 2})
    mask = CLASSES != 2
    plain = one_loss(Loss("sparse_categorical_crossentropy"), CLASSES, p, mask, None)
    assert one_loss(loss, CLASSES, p, None, None).value == pytest.approx(plain.value, rel=1e-14)


def test_penalties_by_hand() -> None:
    """w = 1 -2: l1 1/4 gives 3/4, l2 1/2 gives 5/2; the activity's is divided by the batch."""
    from reference_impl.training.losses import penalty

    w = exact(np.array([[1.0], [-2.0]]), DOUBLE)
    assert penalty(Penalty("w", 0.25, 0.5), w).value.item() == 3.25
    assert penalty(Penalty("w", 0.25, 0.5, activity=True), w).value.item() == 1.625


def test_metrics_by_hand() -> None:
    """Values 1 2 / 3 9, then 5: by timesteps within an update, by samples between updates."""
    mask = np.array([[True, True], [True, False]])
    tracker = Mean(DOUBLE)
    tracker.update(exact(np.array([[1.0, 2.0], [3.0, 9.0]]), DOUBLE), mask)
    assert tracker.result().value.item() == 2.0
    tracker.update(exact(np.array([[5.0]]), DOUBLE), np.array([[True]]))
    assert tracker.result().value.item() == 8 / 2.5
    weighed = Mean(DOUBLE)
    weighed.update(exact(np.array([[1.0, 2.0], [3.0, 9.0]]), DOUBLE), mask, np.array([1.0, 4.0]))
    assert weighed.result().value.item() == 15 / 6
    assert Mean(DOUBLE).result().value.item() == 0


def test_accuracies_are_open_where_the_bound_leaves_them_open() -> None:
    p = ref.Bounded(np.array([[0.5, 0.4], [0.1, 0.9]]), np.array([[0.06], [0.06]]), DOUBLE)
    got = values(Metric("sparse_categorical_accuracy"), np.array([0, 0]), p)
    assert got.value.tolist() == [1, 0]
    assert got.bound.tolist() == [1, 0]
    got = values(Metric("binary_accuracy"), np.array([[1, 0], [0, 1]]), p)
    assert got.value.tolist() == [[0, 1], [1, 1]]
    assert got.bound.tolist() == [[1, 0], [0, 0]]
    got = values(Metric("categorical_accuracy"), np.eye(2), p)
    assert got.value.tolist() == [1, 1]


def test_the_epoch_weighs_its_batches_by_samples() -> None:
    losses = [exact(np.array([x]), DOUBLE) for x in (1.0, 4.0)]
    assert epoch_loss(losses, [2, 1]).value.item() == 2.0


TAGGER = chain(
    ("r", "GRU", {"units": 3, "return_sequences": True}),
    ("bn", "BatchNormalization", {}),
    ("out", "Dense", {"units": 4, "activation": "softmax"}),
)


def tagged(rows: slice, timesteps: int = 5) -> Batch:
    y = Targets({"out": CLASSES[rows, :timesteps]})
    return Batch({"t": TOKENS[rows, :timesteps]}, y)


def compiled(reduction: str = "sum_over_batch_size") -> Compiled:
    kinds = ("sparse_categorical_accuracy", "sparse_categorical_crossentropy")
    loss = Loss("sparse_categorical_crossentropy", {}, reduction, weight=0.5)
    rules = (Penalty("out/kernel", l2=0.25), Penalty("out", l1=0.125, activity=True))
    return Compiled({"out": loss}, rules, {"out": tuple(Metric(kind) for kind in kinds)})


def test_padding_changes_no_step() -> None:
    """Two steps on a sample cut to its length are those on the padded sample."""
    weights = numbers(TAGGER, {"t": (1, 5)})
    goal = Compiled({"out": Loss("sparse_categorical_crossentropy")})
    ends = []
    for timesteps in (3, 5):
        batches = [tagged(slice(0, 1), timesteps)] * 2
        report = train(
            TAGGER, goal, Optimizer(Settings("SGD", 0.1, momentum=0.9), DOUBLE), weights, batches
        )
        ends.append(report)
    short, padded = ends
    for name, w in short.weights.items():
        other = padded.weights[name]
        difference = np.abs(w.value - other.value)
        assert (difference <= w.bound + other.bound).all(), name
        assert difference.max() < 1e-12, name


def test_sum_of_losses_of_samples_is_the_loss_of_the_batch() -> None:
    weights = numbers(TAGGER, {"t": TOKENS.shape})
    goal = Compiled({"out": Loss("sparse_categorical_crossentropy", {}, "sum")})
    whole = assess(TAGGER, goal, weights, [tagged(slice(0, 3))]).losses[0]
    parts = assess(TAGGER, goal, weights, [tagged(slice(k, k + 1)) for k in range(3)]).losses
    assert abs(sum(p.value.item() for p in parts) - whole.value.item()) <= 4 * whole.bound.item()


def test_the_loss_of_a_model_is_the_sum_of_its_parts() -> None:
    weights = numbers(TAGGER, {"t": TOKENS.shape})
    report = assess(TAGGER, compiled(), weights, [tagged(slice(0, 2)), tagged(slice(2, 3))])
    kernel = 0.25 * (weights["out/kernel"] ** 2).sum()
    activity = 0.125 * 5  # shares sum to 1, at each of five timesteps of a sample
    want = 0.5 * report.output_losses["out"].value.item() + kernel + activity
    assert report.loss.value.item() == pytest.approx(want, rel=1e-13)
    crossentropy = report.metrics["out", 1].value.item()
    counts = np.array([(TOKENS[:2] != 0).sum(), (TOKENS[2:] != 0).sum()])
    own = [2 * (x.value.item() - kernel - activity) for x in report.losses]
    assert crossentropy == pytest.approx((own @ counts) / counts.sum(), rel=1e-13)


def test_a_step_goes_down_the_gradient_and_leaves_what_is_frozen() -> None:
    weights = numbers(TAGGER, {"t": TOKENS.shape})
    goal, rate = compiled(), 1e-3
    report = train(
        TAGGER, goal, Optimizer(Settings("SGD", rate), DOUBLE), weights, [tagged(slice(0, 3))]
    )

    def loss(computed: Any) -> Any:
        return batch_loss(goal, computed, tagged(slice(0, 3)).targets)

    given = Given({"t": TOKENS}, weights, training=True)
    computed, _, gradients = differentiate(TAGGER, given, loss)
    for name, w in weights.items():
        if "moving" in name:
            want = computed.updates[name].data.value
        else:
            want = w - rate * gradients[name].value
        assert np.allclose(report.weights[name].value, want, rtol=1e-14, atol=1e-16)


def test_sample_weights_count_in_the_metrics_that_are_weighted() -> None:
    """Of the same batches, the weighted crossentropy is the loss with its weights and divisor."""
    weights = numbers(TAGGER, {"t": TOKENS.shape})
    kind, sample = "sparse_categorical_crossentropy", np.array([1.0, 2.0, 0.5])
    goal = Compiled(
        {"out": Loss(kind, {}, "mean_with_sample_weight")},
        metrics={"out": (Metric(kind, weighted=True), Metric(kind))},
    )
    batch = Batch({"t": TOKENS}, Targets({"out": CLASSES}, {"out": sample}))
    report = assess(TAGGER, goal, weights, [batch])
    weighted, plain = report.metrics["out", 0], report.metrics["out", 1]
    assert weighted.value.item() == pytest.approx(report.loss.value.item(), rel=1e-13)
    assert abs(plain.value.item() - weighted.value.item()) > 1e-3


def test_one_step_from_observed_weights_is_bounded_closely() -> None:
    """In float32, by a small part of the step, for SGD and for most weights for Adam."""
    weights = numbers(TAGGER, {"t": TOKENS.shape})
    goal = Compiled({"out": Loss("sparse_categorical_crossentropy")})
    for settings in (Settings("SGD", 0.1), Settings("Adam", 0.01)):
        optimizer = Optimizer(settings, ref.PRECISIONS["float32"])
        report = train(TAGGER, goal, optimizer, weights, [tagged(slice(0, 3))])
        moved = {k: w for k, w in report.weights.items() if "moving" not in k}
        bounds = np.concatenate([w.bound.ravel() for w in moved.values()])
        steps = np.concatenate([np.abs(w.value - weights[k]).ravel() for k, w in moved.items()])
        assert np.median(bounds[steps > 0]) < 0.1 * np.median(steps[steps > 0])

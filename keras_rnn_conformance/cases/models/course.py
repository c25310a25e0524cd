"""What a course is: how a model is trained or assessed; the courses themselves are in `courses`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from keras_rnn_conformance.cases.models.optimizing import SGD

MSE, MAE = "mean_squared_error", "mean_absolute_error"
SPARSE, BINARY = "sparse_categorical_crossentropy", "binary_crossentropy"
CATEGORICAL = "categorical_crossentropy"
SPARSE_HITS, BINARY_HITS = "sparse_categorical_accuracy", "binary_accuracy"

ASSESSING = ("evaluate", "judged")
"""Ways that train nothing."""


@dataclass(frozen=True)
class Goal:
    """What one output is trained for.

    Attributes:
        loss: the loss by Keras's name, with its options.
        reduction: of the loss.
        share: the loss weight.
        metrics, weighted: the metrics, and those that sample weights count for, by Keras's names.
        hot: whether classes are rows of one 1, instead of any shares.
    """

    loss: str
    options: Mapping[str, Any] = field(default_factory=dict)
    reduction: str = "sum_over_batch_size"
    share: float = 1.0
    metrics: tuple[str, ...] = ()
    weighted: tuple[str, ...] = ()
    hot: bool = False


@dataclass(frozen=True)
class Course:
    """A model, and how it is trained or assessed.

    Attributes:
        model: a name of `table.MODELS`.
        goals: by the name of the output; outputs without one are not trained.
        optimizer: its kind and arguments, by the oracle's names, which are Keras's.
        way: `fit` on arrays; `refit` for a fit for each epoch, and what trains nothing between;
            `evaluate`; `judged` for test_on_batch; `batches` for train_on_batch; `loop` for a loop
            of the user's own;
            `generator`, `pydataset`, `tfdata`, `loader` for fit on these.
        weighing: sample weights: none, one for each `sample`, one for each `timestep`, weights of
            each `output`, or class weights, of every `class` or of `some`.
        source: where `evaluate` takes batches from instead of arrays: one of the ways of fit, or
            `fixed`, a dataset whose batches are of one known size.
        batch: samples a batch.
        epochs: how often fit goes through the data.
        steps: the batches of an epoch, by steps_per_epoch, where the next epoch goes on from there;
            or of evaluate, by steps.
        uneven: whether every second batch has one timestep less; for models without other axes.
        named: whether what belongs to an output is given by its name, the last output first.
        keyed: whether the inputs are given by their names, the last input first.
        mapped: whether the model is made of dictionaries of its inputs and outputs, whose keys are
            no names of layers, and is given and reports everything by these.
        flat: whether targets come without their last axis of one.
        typed: the dtype of targets, where it is not the usual one; classes are of 64 bits then too.
        workers: how many threads a PyDataset gets its batches from, beside the one that trains.
        turning: whether a PyDataset turns the order of its batches at the end of each epoch.
        deep: whether classes come with a last axis of one.
        validation: how many samples at the end are set aside by validation_split.
        given: how many samples at the end are handed over as validation_data instead.
        restored: what the model goes through between its first batch and its second: a file, or a
            copy; see `learning.RESTORED`.
        before: whether the layers have been called before, for a model that is thrown away.
        own: whether the model is the user's own: it counts its steps, and halves the loss.
        graph: whether the step is compiled to a graph, as it is by default; eagerly it costs less.
        words: whether losses are given by their short names.
        bundle: how many steps one execution takes, by steps_per_execution.
    """

    model: str
    goals: Mapping[str, Goal]
    optimizer: Mapping[str, Any] = field(default_factory=lambda: SGD)
    way: str = "fit"
    weighing: str = ""
    source: str = ""
    batch: int = 2
    epochs: int = 1
    validation: int = 0
    given: int = 0
    restored: str = ""
    steps: int = 0
    uneven: bool = False
    named: bool = False
    keyed: bool = False
    mapped: bool = False
    flat: bool = False
    typed: str = ""
    turning: bool = False
    workers: int = 1
    deep: bool = False
    before: bool = False
    own: bool = False
    graph: bool = False
    words: bool = False
    bundle: int = 1

    @property
    def least(self) -> int:
        """The fewest samples: one to train on, and a second batch where it is restored."""
        return max(self.validation + self.given, self.batch if self.restored else 0) + 1

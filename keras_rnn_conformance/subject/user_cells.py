"""Cells of the user's own, as the documentation of `keras.layers.RNN` allows them.

They have no activation, so that every number in them counts. `expect_cells` says what they compute.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_rnn_conformance.cases.composition import START

PACKAGE = "conformance"


@keras.saving.register_keras_serializable(PACKAGE)
class PlainCell(keras.layers.Layer):
    """One state, which is the output; neither `output_size` nor `get_initial_state`."""

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(**options)
        self.units = units
        self.state_size: Any = units

    def columns(self) -> int:
        return self.units

    def rows(self) -> int:
        return self.units

    def build(self, input_shape: Any) -> None:
        self.built_for = tuple(input_shape)
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.columns()), initializer="zeros", name="kernel"
        )
        self.recurrent_kernel = self.add_weight(
            shape=(self.rows(), self.rows()), initializer="zeros", name="recurrent_kernel"
        )

    def recur(self, x: Any, h: Any) -> Any:
        return ops.matmul(x, self.kernel) + ops.matmul(h, self.recurrent_kernel)

    def call(self, inputs: Any, states: Any) -> Any:
        h = self.recur(inputs, states[0])
        return h, [h]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}


@keras.saving.register_keras_serializable(PACKAGE)
class TupleCell(PlainCell):
    """Its new states come as a tuple."""

    def call(self, inputs: Any, states: Any) -> Any:
        h = self.recur(inputs, states[0])
        return h, (h,)


@keras.saving.register_keras_serializable(PACKAGE)
class BareCell(PlainCell):
    """Its new state comes as a bare tensor."""

    def call(self, inputs: Any, states: Any) -> Any:
        h = self.recur(inputs, states[0])
        return h, h


@keras.saving.register_keras_serializable(PACKAGE)
class StartCell(PlainCell):
    """Its `get_initial_state` is not zeros."""

    def get_initial_state(self, batch_size: Any = None) -> Any:
        return START * ops.ones((batch_size, self.units), dtype=self.compute_dtype)


@keras.saving.register_keras_serializable(PACKAGE)
class LearnedCell(PlainCell):
    """Its first state is a weight."""

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        self.start = self.add_weight(shape=(self.units,), initializer="zeros", name="start")

    def get_initial_state(self, batch_size: Any = None) -> Any:
        return ops.broadcast_to(self.start, (batch_size, self.units))


@keras.saving.register_keras_serializable(PACKAGE)
class NoInitCell(PlainCell):
    """Two states and no `get_initial_state`."""

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(units, **options)
        self.state_size = [units, units]

    def call(self, inputs: Any, states: Any) -> Any:
        h, trace = states
        h = self.recur(inputs, h) + trace
        return h, [h, trace * 0.5 + h]


@keras.saving.register_keras_serializable(PACKAGE)
class PairCell(NoInitCell):
    """Its two states come as a tuple."""

    def call(self, inputs: Any, states: Any) -> Any:
        h, new = super().call(inputs, states)
        return h, tuple(new)


@keras.saving.register_keras_serializable(PACKAGE)
class ThreeCell(PlainCell):
    """Three states: it remembers the last two hidden states too."""

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(units, **options)
        self.state_size = [units] * 3

    def call(self, inputs: Any, states: Any) -> Any:
        h, first, second = states
        new = self.recur(inputs, h) + second * 0.5
        return new, [new, h, first]


@keras.saving.register_keras_serializable(PACKAGE)
class SizesCell(PlainCell):
    """Two states of different sizes, told in a tuple, and no `output_size`."""

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(units, **options)
        self.state_size = (units, units + 1)

    def columns(self) -> int:
        return 2 * self.units + 1

    def call(self, inputs: Any, states: Any) -> Any:
        h, wide = states
        x = ops.matmul(inputs, self.kernel)
        h = x[:, : self.units] + ops.matmul(h, self.recurrent_kernel)
        return h, [h, wide * 0.5 + x[:, self.units :]]


@keras.saving.register_keras_serializable(PACKAGE)
class OutStateCell(PlainCell):
    """Its output is not its state, and smaller."""

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(units, **options)
        self.state_size = units + 1
        self.output_size = units

    def columns(self) -> int:
        return self.units + 1

    def rows(self) -> int:
        return self.units + 1

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        self.readout = self.add_weight(
            shape=(self.units + 1, self.units), initializer="zeros", name="readout"
        )

    def call(self, inputs: Any, states: Any) -> Any:
        s = self.recur(inputs, states[0])
        return ops.matmul(s, self.readout), [s]


@keras.saving.register_keras_serializable(PACKAGE)
class NestedCell(PlainCell):
    """Its states are nested, of different sizes, and its output is the last of them."""

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(units, **options)
        self.state_size = [[units, units + 1], units]
        self.output_size = units

    def columns(self) -> int:
        return 2 * self.units + 1

    def get_initial_state(self, batch_size: Any = None) -> Any:
        def zeros(size: int) -> Any:
            return ops.zeros((batch_size, size), dtype=self.compute_dtype)

        return [[zeros(self.units), zeros(self.units + 1)], zeros(self.units)]

    def call(self, inputs: Any, states: Any) -> Any:
        (slow, wide), h = states
        x = ops.matmul(inputs, self.kernel)
        h = x[:, : self.units] + ops.matmul(h, self.recurrent_kernel) + slow
        return h, [[slow * 0.5 + h, wide * 0.5 + x[:, self.units :]], h]


@keras.saving.register_keras_serializable(PACKAGE)
class TrainingCell(PlainCell):
    """It takes `training`, and doubles its state then."""

    def call(self, inputs: Any, states: Any, training: bool = False) -> Any:
        h = self.recur(inputs, states[0]) * (2.0 if training else 1.0)
        return h, [h]


class ClassCell:
    """A cell that is no layer: a class with `call` and `state_size`, as documented."""

    def __init__(self, weights: tuple[np.ndarray[Any, Any], ...]) -> None:
        self.kernel, self.recurrent_kernel = (ops.convert_to_tensor(w, "float32") for w in weights)
        self.state_size = self.output_size = weights[1].shape[0]

    def call(self, inputs: Any, states: Any) -> Any:
        h = ops.matmul(inputs, self.kernel) + ops.matmul(states[0], self.recurrent_kernel)
        return h, [h]


class DroppingCell(keras.layers.Layer):
    """Drops a part of what a cell gives, by a Dropout of its own, and nothing of the states."""

    def __init__(self, cell: Any, dropout: float, seed: int | None = None) -> None:
        super().__init__()
        self.cell = cell
        self.drop = keras.layers.Dropout(dropout, seed=seed)
        self.state_size, self.output_size = cell.state_size, cell.output_size

    def build(self, input_shape: Any) -> None:
        self.cell.build(input_shape)

    def call(self, inputs: Any, states: Any, training: bool = False) -> Any:
        output, states = self.cell(inputs, states)
        return self.drop(output, training=training), states


@keras.saving.register_keras_serializable(PACKAGE)
class SpareLayer(PlainCell):
    """A whole layer that is no RNN: it has what Bidirectional is documented to ask of one.

    It takes neither a mask nor `training`.
    """

    def __init__(
        self,
        units: int,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(units, **options)
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.input_spec = keras.layers.InputSpec(ndim=3)

    def compute_output_shape(self, input_shape: Any) -> Any:
        batch, timesteps, _ = input_shape
        state = (batch, self.units)
        output = (batch, timesteps, self.units) if self.return_sequences else state
        return (output, state) if self.return_state else output

    def call(self, inputs: Any, initial_state: Any = None) -> Any:
        zeros = ops.zeros((ops.shape(inputs)[0], self.units), dtype=self.compute_dtype)
        h = initial_state[0] if initial_state else zeros
        steps = range(inputs.shape[1])
        outputs = []
        for i in reversed(steps) if self.go_backwards else steps:
            h = self.recur(inputs[:, i], h)
            outputs.append(h)
        output = ops.stack(outputs, axis=1) if self.return_sequences else h
        return (output, h) if self.return_state else output

    def get_config(self) -> dict[str, Any]:
        names = ("return_sequences", "return_state", "go_backwards")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


@keras.saving.register_keras_serializable(PACKAGE)
class WholeLayer(SpareLayer):
    """It has what Bidirectional reads beside that, too."""

    stateful = False
    states = None


WHOLE: dict[str, type[SpareLayer]] = {"spare": SpareLayer, "whole": WholeLayer}
"""Layers that stand in the place of RNN, by value of the `cell` axis."""

CELLS: dict[str, type[PlainCell]] = {
    "plain": PlainCell,
    "nested": NestedCell,
    "outstate": OutStateCell,
    "noinit": NoInitCell,
    "pair": PairCell,
    "three": ThreeCell,
    "sizes": SizesCell,
    "training": TrainingCell,
    "start": StartCell,
    "learned": LearnedCell,
    "tuple": TupleCell,
    "bare": BareCell,
}
"""By value of the `cell` axis; `class` is made from its weights, `WHOLE` are no cells."""

"""The layers: arguments, shapes and the loop over time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .activation_table import activation as activation_named
from .bounded import PRECISIONS, Bounded, addend, exact, weight
from .calls import Call, Part, Recurrent, Result, Steps, checked_mask, input_in_time, quantity
from .cells import (
    Cell,
    GRUResetAfterCell,
    GRUResetBeforeCell,
    LSTMCell,
    Quantity,
    SimpleRNNCell,
    States,
    Weights,
)
from .errors import Array, ReferenceInputError, counted, finite_array, one_of, positive_int
from .generations import DEFAULT, generation_named

Shape = tuple[int, ...]


class Layer(Recurrent):
    """What the recurrent layers share. Arguments are those of the Keras layer of the same name.

    Args:
        generation: a key of `GENERATIONS`; decides what `hard_sigmoid` and the defaults mean.
        precision: "float64", "float32", "float16" or "bfloat16": the target of the error bounds.

    Raises:
        ReferenceInputError: for an argument that has no defined meaning.
    """

    gate_count: int
    state_count: int
    input_axes = 3  # batch, timesteps, features

    def __init__(
        self,
        units: int,
        *,
        activation: Any = "tanh",
        recurrent_activation: Any = DEFAULT,
        use_bias: bool = True,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        zero_output_for_mask: bool = False,
        generation: str = "keras3",
        precision: str = "float64",
    ) -> None:
        self.units = positive_int("units", units)
        self.generation = generation_named(generation)
        self.precision = PRECISIONS[one_of("precision", precision, tuple(PRECISIONS))]
        if recurrent_activation is DEFAULT:
            recurrent_activation = self.generation.recurrent_activation
        self.phi = activation_named(activation, self.generation)
        self.sigma = activation_named(recurrent_activation, self.generation, "recurrent_activation")
        self.use_bias = use_bias
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.zero_output_for_mask = zero_output_for_mask

    def bias_shape(self) -> tuple[int, ...]:
        return (self.gate_count * self.units,)

    def initial_weights_bias(self, constant: float = 0.0) -> Array:
        """Return the bias right after build, its initializer being Constant(`constant`)."""
        return np.full(self.bias_shape(), constant)

    def cell(self, weights: Weights) -> Cell:
        raise NotImplementedError

    def __call__(
        self,
        x: Any,
        weights: Sequence[Any],
        mask: Any = None,
        initial_state: Sequence[Any] | None = None,
        dropout_mask: Any = None,
        recurrent_dropout_mask: Any = None,
    ) -> Result:
        """Run the layer on a batch of sequences.

        Args:
            x: (batch, timesteps, features); like the states, it may be a `Bounded` that an
                earlier call returned, whose error is then carried on.
            weights: kernel (features, gates * units), recurrent_kernel (units, gates * units)
                and, if `use_bias`, bias (gates * units,), or (2, 3 * units) for a GRU with
                `reset_after`.
            mask: (batch, timesteps) of bool; False leaves the states as they are.
            initial_state: one (batch, units) per state; default zeros.
            dropout_mask: what multiplies the inputs: (batch, features), or a list of one per gate.
            recurrent_dropout_mask: the same for the hidden state, (batch, units).

        A `Bounded` initial state, such as another layer's last state, keeps its error bound.
        """
        return self.compute(
            self.checked(x, weights, mask, initial_state, dropout_mask, recurrent_dropout_mask)
        )

    def gradients(
        self,
        x: Any,
        weights: Sequence[Any],
        cotangents: Sequence[Any],
        mask: Any = None,
        initial_state: Sequence[Any] | None = None,
        dropout_mask: Any = None,
        recurrent_dropout_mask: Any = None,
    ) -> dict[str, Bounded]:
        """Return the gradients of sum(cotangent * returned array) over all returned arrays.

        Args:
            cotangents: one array per element of `Result.returned`, of its shape.

        Returns:
            "inputs", "kernel", "recurrent_kernel", "bias" (if any), "initial_state/0" and so on,
            each of the shape of its quantity.
        """
        call = self.checked(x, weights, mask, initial_state, dropout_mask, recurrent_dropout_mask)
        return self.pull_back(call, cotangents)

    def step(
        self,
        inputs: Any,
        states: Sequence[Any],
        weights: Sequence[Any],
        dropout_mask: Any = None,
        recurrent_dropout_mask: Any = None,
    ) -> tuple[Bounded, States]:
        """Return the output and the new states of the cell for one timestep.

        Args:
            inputs: (batch, features).
            states: one (batch, units) per state.
        """
        shape = (None,) * (self.input_axes - 1)
        inputs = quantity("inputs", inputs, shape, self.precision)
        x = inputs.reshape(inputs.shape[0], 1, *inputs.shape[1:])
        result = self.compute(
            self.checked(x, weights, None, states, dropout_mask, recurrent_dropout_mask)
        )
        return result.output, result.states

    def run(self, call: Call, zero_masked: bool = False) -> Result:
        cell = self.cell(call.parts.weights)
        return self.over_time(cell, call.x, call.parts.states, call.mask, zero_masked)

    def over_time(
        self, cell: Cell, x: Quantity, states: States, mask: Steps | None, zero_masked: bool
    ) -> Result:
        """Run `cell` over x (timesteps, batch, features) in the order of `go_backwards`."""
        if self.go_backwards:
            x = x[::-1]
            mask = None if mask is None else mask[::-1]
        # Keras documents that zero_output_for_mask is only used with return_sequences
        zeroed = (self.zero_output_for_mask or zero_masked) and self.return_sequences
        outputs, states = loop(cell, x, states, mask, zeroed)
        output = outputs[-1]
        sequence = output.stack(outputs, 1)
        first = sequence if self.return_sequences else output
        rest = list(states) if self.return_state else []
        return Result(sequence, output, states, [first, *rest])

    def checked(
        self,
        x: Any,
        weights: Sequence[Any],
        mask: Any,
        initial_state: Sequence[Any] | None,
        dropout_mask: Any,
        recurrent_dropout_mask: Any,
    ) -> Call:
        x = input_in_time(x, self.precision, self.input_axes)
        steps, batch, *rest = x.shape
        part = self.checked_part(
            (batch, *rest), weights, initial_state, dropout_mask, recurrent_dropout_mask
        )
        return Call(x, part, checked_mask(mask, batch, steps))

    def checked_part(
        self,
        inputs_shape: Shape,
        weights: Sequence[Any],
        initial_state: Sequence[Any] | None,
        dropout_mask: Any,
        recurrent_dropout_mask: Any,
    ) -> Part:
        """Return the checked weights and states; `inputs_shape` is that of one timestep."""
        state_shape = self.state_shape(inputs_shape)
        masks = (
            self._checked_dropout("dropout_mask", dropout_mask, inputs_shape),
            self._checked_dropout("recurrent_dropout_mask", recurrent_dropout_mask, state_shape),
        )
        return Part(
            self._checked_weights(weights, self.weight_shapes(inputs_shape), masks),
            self._checked_states(initial_state, state_shape),
        )

    def state_shape(self, inputs_shape: Shape) -> Shape:
        """Return the shape of a state for inputs (batch, features)."""
        return (inputs_shape[0], self.units)

    def weight_shapes(self, inputs_shape: Shape) -> list[Shape]:
        """Return the shapes of kernel, recurrent_kernel and, if there is one, bias."""
        wide = self.gate_count * self.units
        bias = [self.bias_shape()] if self.use_bias else []
        return [(inputs_shape[-1], wide), (self.units, wide), *bias]

    def _checked_states(self, initial_state: Sequence[Any] | None, shape: Shape) -> States:
        if initial_state is None:
            return tuple(exact(np.zeros(shape), self.precision) for _ in range(self.state_count))
        parts = counted("initial_state", initial_state, self.state_count, "one per state")
        return tuple(
            quantity(f"initial_state[{k}]", part, shape, self.precision)
            for k, part in enumerate(parts)
        )

    def _checked_dropout(self, name: str, mask: Any, shape: Shape) -> Array | None:
        if isinstance(mask, (list, tuple)):
            parts = counted(name, mask, self.gate_count, "one per gate")
            return np.stack([finite_array(f"{name}[{k}]", m, shape) for k, m in enumerate(parts)])
        return None if mask is None else finite_array(name, mask, shape)[None]

    def _checked_weights(
        self,
        weights: Sequence[Any],
        shapes: list[Shape],
        masks: tuple[Array | None, Array | None],
    ) -> Weights:
        names = ("kernel", "recurrent_kernel", "bias")[: len(shapes)]
        given = counted("weights", weights, len(shapes), ", ".join(names))
        kernel, recurrent_kernel, *bias = [
            finite_array(name, array, shape)
            for name, array, shape in zip(names, given, shapes, strict=True)
        ]
        # x @ W, h @ U and their biases may be summed in one go
        terms = math.prod(kernel.shape[:-1]) + math.prod(recurrent_kernel.shape[:-1]) + 2
        return Weights(
            weight(kernel, self.precision, terms),
            weight(recurrent_kernel, self.precision, terms),
            addend(bias[0], self.precision, terms) if bias else None,
            *masks,
        )


def loop(
    cell: Cell, x: Quantity, states: States, mask: Steps | None, zeroed: bool
) -> tuple[list[Quantity], States]:
    """Return the output of every step and the last states.

    Args:
        x: (timesteps, batch, ...), in the order of processing, like `mask`.
        zeroed: whether the output of a masked step is zero or that of the step before.
    """
    projected = cell.project(x)
    outputs: list[Quantity] = []
    for t in range(x.shape[0]):
        output, new_states = cell.step(projected[:, t], states)
        if mask is None or mask[t].all():
            states = new_states
        else:
            zeros = exact(np.zeros(output.shape), x.precision)
            output = output.where(mask[t], outputs[-1] if outputs and not zeroed else zeros)
            states = tuple(n.where(mask[t], s) for n, s in zip(new_states, states, strict=True))
        outputs.append(output)
    return outputs, states


class SimpleRNN(Layer):
    """`keras.layers.SimpleRNN`."""

    gate_count = len(SimpleRNNCell.gate_order)
    state_count = SimpleRNNCell.state_count

    def __init__(self, units: int, **options: Any) -> None:
        if "recurrent_activation" in options:
            raise ReferenceInputError("`recurrent_activation` is not an argument of SimpleRNN")
        super().__init__(units, **options)

    def cell(self, weights: Weights) -> Cell:
        return SimpleRNNCell(self.sigma, self.phi, weights)


class LSTM(Layer):
    """`keras.layers.LSTM`.

    Args:
        unit_forget_bias: only changes the bias that `initial_weights_bias` returns.
    """

    gate_count = len(LSTMCell.gate_order)
    state_count = LSTMCell.state_count

    def __init__(self, units: int, *, unit_forget_bias: bool = True, **options: Any) -> None:
        super().__init__(units, **options)
        self.unit_forget_bias = unit_forget_bias

    def cell(self, weights: Weights) -> Cell:
        return LSTMCell(self.sigma, self.phi, weights)

    def initial_weights_bias(self, constant: float = 0.0) -> Array:
        bias = super().initial_weights_bias(constant)
        if self.unit_forget_bias:
            bias[self.units : 2 * self.units] = 1.0
        return bias


class GRU(Layer):
    """`keras.layers.GRU`.

    Args:
        reset_after: default as in the generation.
    """

    gate_count = len(GRUResetAfterCell.gate_order)
    state_count = GRUResetAfterCell.state_count

    def __init__(self, units: int, *, reset_after: Any = DEFAULT, **options: Any) -> None:
        super().__init__(units, **options)
        self.reset_after = self.generation.reset_after if reset_after is DEFAULT else reset_after

    def bias_shape(self) -> tuple[int, ...]:
        wide = super().bias_shape()
        return (2, *wide) if self.reset_after else wide

    def cell(self, weights: Weights) -> Cell:
        kind = GRUResetAfterCell if self.reset_after else GRUResetBeforeCell
        return kind(self.sigma, self.phi, weights)

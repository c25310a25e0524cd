"""Layers made of layers: cells stacked in one RNN, and two directions side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from .bounded import Bounded
from .calls import Call, Recurrent, Result, checked_mask, input_in_time
from .cells import Quantity
from .errors import ReferenceInputError, counted, one_of
from .layers import Layer, loop

MERGE_MODES = ("concat", "sum", "mul", "ave", None)


class StackedRNN(Recurrent):
    """`keras.layers.RNN([cell, cell, ...])`: each cell's output is the next cell's input.

    Args:
        layers: layers that stand for their cells; their own sequence options are not used.
        return_sequences, return_state, go_backwards, zero_output_for_mask: as in Keras, for the
            whole stack.

    The quantities of layer k are called "k/kernel" and so on.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        *,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        zero_output_for_mask: bool = False,
    ) -> None:
        if not layers:
            raise ReferenceInputError("`layers` must hold at least one layer, got none")
        if len({layer.precision for layer in layers}) != 1:
            raise ReferenceInputError("`layers` must all have the same precision")
        self.layers = tuple(layers)
        self.precision = layers[0].precision
        self.units = layers[-1].units
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.zero_output_for_mask = zero_output_for_mask

    def __call__(
        self,
        x: Any,
        weights: Sequence[Any],
        mask: Any = None,
        initial_state: Sequence[Any] | None = None,
        dropout_mask: Sequence[Any] | None = None,
        recurrent_dropout_mask: Sequence[Any] | None = None,
    ) -> Result:
        """Run the stack; every argument but `x` and `mask` holds one entry per layer."""
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
        dropout_mask: Sequence[Any] | None = None,
        recurrent_dropout_mask: Sequence[Any] | None = None,
    ) -> dict[str, Bounded]:
        """Return the gradients of sum(cotangent * returned array), as `LSTM.gradients` does."""
        call = self.checked(x, weights, mask, initial_state, dropout_mask, recurrent_dropout_mask)
        return self.pull_back(call, cotangents)

    def checked(
        self,
        x: Any,
        weights: Sequence[Any],
        mask: Any = None,
        initial_state: Sequence[Any] | None = None,
        dropout_mask: Sequence[Any] | None = None,
        recurrent_dropout_mask: Sequence[Any] | None = None,
    ) -> Call:
        x = input_in_time(x, self.precision)
        steps, batch, features = x.shape
        given = [
            self._per_layer("weights", weights),
            self._per_layer("initial_state", initial_state),
            self._per_layer("dropout_mask", dropout_mask),
            self._per_layer("recurrent_dropout_mask", recurrent_dropout_mask),
        ]
        parts = {}
        for k, (layer, *own) in enumerate(zip(self.layers, *given, strict=True)):
            parts[str(k)] = layer.checked_part((batch, features), *own)
            features = layer.units
        return Call(x, parts, checked_mask(mask, batch, steps))

    def _per_layer(self, name: str, values: Any) -> list[Any]:
        count = len(self.layers)
        return [None] * count if values is None else counted(name, values, count, "one per layer")

    def run(self, call: Call) -> Result:
        x, mask = call.x, call.mask
        if self.go_backwards:
            x = x[::-1]
            mask = None if mask is None else mask[::-1]
        zeroed = self.zero_output_for_mask and self.return_sequences
        states = []
        for layer, part in zip(self.layers, call.parts.values(), strict=True):
            # a masked step is masked in every layer, so what it outputs in between is never read
            outputs, last = loop(layer.cell(part.weights), x, part.states, mask, zeroed)
            output = outputs[-1]
            x = output.stack(outputs, 0)
            states.append(last)
        sequence = output.stack(outputs, 1)
        first = sequence if self.return_sequences else output
        flat = [state for last in states for state in last] if self.return_state else []
        return Result(sequence, output, tuple(states), [first, *flat])


class Bidirectional(Recurrent):
    """`keras.layers.Bidirectional`: one layer forwards, one backwards, and their outputs merged.

    Args:
        forward, backward: two layers of opposite `go_backwards` and equal other sequence options.
            With return_sequences the outputs of masked timesteps are zero before they are merged.
        merge_mode: "concat", "sum", "mul", "ave", or None for two outputs.

    The quantities are called "forward/kernel", "backward/kernel" and so on.
    """

    def __init__(self, forward: Layer, backward: Layer, merge_mode: str | None = "concat") -> None:
        self.merge_mode = one_of("merge_mode", merge_mode, MERGE_MODES)
        for option in ("return_sequences", "return_state", "precision"):
            if getattr(forward, option) != getattr(backward, option):
                raise ReferenceInputError(f"`{option}` must be the same forwards and backwards")
        if forward.go_backwards == backward.go_backwards:
            raise ReferenceInputError("`go_backwards` must differ forwards and backwards")
        self.forward = forward
        self.backward = backward
        self.precision = forward.precision

    def __call__(
        self,
        x: Any,
        forward_weights: Sequence[Any],
        backward_weights: Sequence[Any],
        mask: Any = None,
        initial_state: Sequence[Any] | None = None,
        dropout_mask: Sequence[Any] = (None, None),
        recurrent_dropout_mask: Sequence[Any] = (None, None),
    ) -> Result:
        """Run both layers.

        Args:
            initial_state: the states of the forward layer, then those of the backward layer.
            dropout_mask, recurrent_dropout_mask: one entry per direction.

        Returns:
            `states` holds the states forwards, then backwards; with merge_mode None `sequence` and
            `output` are pairs, and `returned` starts with two outputs.
        """
        weights = (forward_weights, backward_weights)
        return self.compute(
            self.checked(x, weights, mask, initial_state, dropout_mask, recurrent_dropout_mask)
        )

    def gradients(
        self,
        x: Any,
        forward_weights: Sequence[Any],
        backward_weights: Sequence[Any],
        cotangents: Sequence[Any],
        mask: Any = None,
        initial_state: Sequence[Any] | None = None,
        dropout_mask: Sequence[Any] = (None, None),
        recurrent_dropout_mask: Sequence[Any] = (None, None),
    ) -> dict[str, Bounded]:
        """Return the gradients of sum(cotangent * returned array), as `LSTM.gradients` does."""
        weights = (forward_weights, backward_weights)
        call = self.checked(x, weights, mask, initial_state, dropout_mask, recurrent_dropout_mask)
        return self.pull_back(call, cotangents)

    def checked(
        self,
        x: Any,
        weights: tuple[Sequence[Any], Sequence[Any]],
        mask: Any,
        initial_state: Sequence[Any] | None,
        dropout_mask: Sequence[Any],
        recurrent_dropout_mask: Sequence[Any],
    ) -> Call:
        x = input_in_time(x, self.precision, self.forward.input_axes)
        steps, *inputs_shape = x.shape
        layers = {"forward": self.forward, "backward": self.backward}
        halves: list[Any] = [None, None]
        if initial_state is not None:
            split = self.forward.state_count
            total = split + self.backward.state_count
            whole = counted("initial_state", initial_state, total, "forwards, then backwards")
            halves = [whole[:split], whole[split:]]
        drops = counted("dropout_mask", dropout_mask, 2, "one per direction")
        recurrent = counted(
            "recurrent_dropout_mask", recurrent_dropout_mask, 2, "one per direction"
        )
        parts = {
            name: layer.checked_part(tuple(inputs_shape), *own)
            for (name, layer), *own in zip(
                layers.items(), weights, halves, drops, recurrent, strict=True
            )
        }
        return Call(x, parts, checked_mask(mask, inputs_shape[0], steps))

    def run(self, call: Call) -> Result:
        ahead = self._direction(self.forward, call, "forward")
        back = self._direction(self.backward, call, "backward")
        sequence = self._merged(ahead.sequence, _flipped(back.sequence))
        output = self._merged(ahead.output, back.output)
        states = (*ahead.states, *back.states)
        first = sequence if self.forward.return_sequences else output
        outputs = list(first) if self.merge_mode is None else [first]
        rest = list(states) if self.forward.return_state else []
        return Result(sequence, output, states, [*outputs, *rest])

    def _direction(self, layer: Layer, call: Call, name: str) -> Result:
        return layer.run(replace(call, parts=call.parts[name]), zero_masked=True)

    def _merged(self, ahead: Quantity, back: Quantity) -> Quantity:
        if self.merge_mode == "concat":
            return ahead.concatenate([ahead, back], -1)
        if self.merge_mode == "sum":
            return ahead + back
        if self.merge_mode == "mul":
            return ahead * back
        if self.merge_mode == "ave":
            return (ahead + back) * 0.5
        return ahead, back


def _flipped(sequence: Quantity) -> Quantity:
    return sequence[:, ::-1]

"""Layers that are each wrong in one way; a docstring says in which."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops
from keras.layers import LSTM, SimpleRNN


class NotANumber(SimpleRNN):
    """Its output is not a number."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        return super().call(sequences * np.float32("nan"), initial_state, mask, training)


class InitialStateDoubled(SimpleRNN):
    """An initial state that is given is moved by one."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        if initial_state is not None:
            initial_state = [s + 1 for s in keras.tree.flatten(initial_state)]
        return super().call(sequences, initial_state, mask, training)


class InitialStateIgnored(LSTM):
    """An initial state that is given is not used."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        return super().call(sequences, None, mask, training)


class CarryLost(LSTM):
    """The carry that it returns is the hidden state."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        returned = super().call(sequences, initial_state, mask, training)
        return (*returned[:2], returned[1]) if self.return_state else returned


class SymbolicShape(SimpleRNN):
    """A symbolic call says one unit more than a real one gives."""

    def compute_output_spec(self, sequences, *args, **kwargs):
        return keras.KerasTensor((*sequences.shape[:1], self.units + 1), self.compute_dtype)


class SaidShape(SimpleRNN):
    """compute_output_shape forgets return_sequences."""

    def compute_output_shape(self, sequences_shape, initial_state_shape=None):
        return (sequences_shape[0], self.units)


class SaidUnits(SimpleRNN):
    """compute_output_shape says one unit more."""

    def compute_output_shape(self, sequences_shape, initial_state_shape=None):
        return (sequences_shape[0], self.units + 1)


class MeanOfTime(SimpleRNN):
    """It takes the mean over all timesteps from its input."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        return super().call(
            sequences - ops.mean(sequences, 1, keepdims=True), initial_state, mask, training
        )


class MeanOfBatch(SimpleRNN):
    """It takes the mean over the batch from its input."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        return super().call(
            sequences - ops.mean(sequences, 0, keepdims=True), initial_state, mask, training
        )


class FirstRowLeads(SimpleRNN):
    """The first sample is added to all the others."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        return super().call(sequences + 0.1 * sequences[:1], initial_state, mask, training)


class Forgetful(SimpleRNN):
    """What comes after timestep 64 is not read."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        if sequences.shape[1] is not None and sequences.shape[1] > 64:
            sequences = ops.concatenate([sequences[:, :64], 0 * sequences[:, 64:]], 1)
        return super().call(sequences, initial_state, mask, training)


class Narrow(SimpleRNN):
    """In a batch of more than 64 samples, the last is read wrongly."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        if sequences.shape[0] is not None and sequences.shape[0] > 64:
            sequences = ops.concatenate([sequences[:64], 0 * sequences[64:]], 0)
        return super().call(sequences, initial_state, mask, training)


class LastOutput(SimpleRNN):
    """Without return_sequences, the output is a little larger."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        returned = super().call(sequences, initial_state, mask, training)
        if self.return_sequences:
            return returned
        return (returned[0] * 1.01, *returned[1:]) if self.return_state else returned * 1.01


class StateAsked(SimpleRNN):
    """return_state changes the output."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        returned = super().call(sequences, initial_state, mask, training)
        return (returned[0] * 1.01, *returned[1:]) if self.return_state else returned


class StatesSwapped(LSTM):
    """It returns the carry first."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        returned = super().call(sequences, initial_state, mask, training)
        return (returned[0], returned[2], returned[1]) if self.return_state else returned


class Unrolled(SimpleRNN):
    """Unrolled, it reads its input halved."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        return super().call(
            sequences / 2 if self.unroll else sequences, initial_state, mask, training
        )


class NeverBackwards(SimpleRNN):
    """go_backwards does nothing."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        return super().call(
            ops.flip(sequences, 1) if self.go_backwards else sequences,
            initial_state,
            mask,
            training,
        )


class BackwardsUnrolled(SimpleRNN):
    """Unrolled, go_backwards does nothing."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        flipped = self.go_backwards and self.unroll
        return super().call(
            ops.flip(sequences, 1) if flipped else sequences, initial_state, mask, training
        )


class NeverStateful(SimpleRNN):
    """stateful does nothing."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        if self.stateful and initial_state is None:
            initial_state = self.get_initial_state(sequences.shape[0])
        return super().call(sequences, initial_state, mask, training)


class NeverReset(SimpleRNN):
    """reset_state does nothing."""

    def reset_state(self):
        pass


class MaskIgnored(SimpleRNN):
    """It takes a mask and does not use it."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        return super().call(sequences, initial_state, None, training)


class MaskOfFirstRow(SimpleRNN):
    """The mask of the first sample is that of all."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        if mask is not None:
            mask = ops.logical_and(mask[:1], ops.ones_like(mask))
        return super().call(sequences, initial_state, mask, training)


class MaskGrows(SimpleRNN):
    """With a mask, its output is a little larger."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        returned = super().call(sequences, initial_state, mask, training)
        if mask is None:
            return returned
        return (returned[0] * 1.01, *returned[1:]) if self.return_state else returned * 1.01


class ZeroOutput(SimpleRNN):
    """Masked outputs are zero although zero_output_for_mask is off, and not where it is on."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zero_output_for_mask = not kwargs.get("zero_output_for_mask")


class UnrolledWithoutMask(SimpleRNN):
    """Unrolled, it does not use its mask."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        return super().call(sequences, initial_state, None if self.unroll else mask, training)


class Counts(SimpleRNN):
    """What it gives depends on how often it was called."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        self.times = getattr(self, "times", 0) + 1
        return super().call(sequences + 0.01 * self.times, initial_state, mask, training)


class FirstLength(SimpleRNN):
    """It divides by the number of timesteps of its first call."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        if not hasattr(self, "length"):
            self.length = sequences.shape[1] or 1
        return super().call(sequences / self.length, initial_state, mask, training)


class InputChanged(SimpleRNN):
    """It changes its input where it stands."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        if not isinstance(sequences, keras.KerasTensor):
            sequences[...] = sequences / 2
        return super().call(sequences, initial_state, mask, training)


class StatesChanged(SimpleRNN):
    """It changes the initial states where they stand."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        for state in keras.tree.flatten(initial_state or []):
            state[...] = state + 1
        return super().call(sequences, initial_state, mask, training)


class WeightsDrift(SimpleRNN):
    """Every call moves its bias."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        returned = super().call(sequences, initial_state, mask, training)
        self.cell.bias.assign(self.cell.bias + 0.01)
        return returned


class LengthNeeded(SimpleRNN):
    """It cannot be called where the number of timesteps is not known."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        return super().call(sequences * (0 * sequences.shape[1] + 1), initial_state, mask, training)


class SymbolicFirst(SimpleRNN):
    """First called on symbols, it reads its input halved for ever."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        if not hasattr(self, "factor"):
            self.factor = 0.5 if isinstance(sequences, keras.KerasTensor) else 1.0
        return super().call(sequences * self.factor, initial_state, mask, training)

    def compute_output_spec(self, sequences, *args, **kwargs):
        self.factor = getattr(self, "factor", 0.5)
        return super().compute_output_spec(sequences, *args, **kwargs)


class Unseeded(SimpleRNN):
    """Its weights are drawn from no seed."""

    def build(self, sequences_shape, initial_state_shape=None):
        super().build(sequences_shape, initial_state_shape)
        kernel = self.cell.kernel
        kernel.assign(np.random.default_rng().normal(size=tuple(kernel.shape)))


class DtypeDropped(SimpleRNN):
    """dtype reaches the layer and not its cell."""

    def __init__(self, units, dtype=None, **kwargs):
        super().__init__(units, **kwargs)
        self.cell = keras.layers.SimpleRNNCell(units, dtype="float32")


class FixedDtype(SimpleRNN):
    """The global dtype policy does not reach it."""

    def __init__(self, units, dtype="float32", **kwargs):
        super().__init__(units, dtype=dtype, **kwargs)


class HalfWrong(SimpleRNN):
    """In any dtype but float32, its output is a half larger."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        factor = 1.0 if self.compute_dtype == "float32" else 1.5
        return super().call(sequences * factor, initial_state, mask, training)


class GradientStopped(SimpleRNN):
    """No gradient reaches its input."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        return super().call(ops.stop_gradient(sequences), initial_state, mask, training)


class TrainingRaises(SimpleRNN):
    """It cannot be called in training."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        if training:
            raise ValueError("no training")
        return super().call(sequences, initial_state, mask, training)


class TrainingGrows(SimpleRNN):
    """In training, its output is another, without dropout."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        return super().call(sequences * 2 if training else sequences, initial_state, mask, training)


class AlwaysDrops(SimpleRNN):
    """Dropout drops in inference too."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        drops = self.cell.dropout or self.cell.recurrent_dropout
        return super().call(sequences, initial_state, mask, True if drops else training)


class NeverDrops(SimpleRNN):
    """Dropout does nothing."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        return super().call(sequences, initial_state, mask, False)


class SameMask(SimpleRNN):
    """It draws the same dropout mask in every call."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        if training and self.cell.dropout:
            sequences = keras.random.dropout(sequences, self.cell.dropout, seed=7)
        return super().call(sequences, initial_state, mask, False)

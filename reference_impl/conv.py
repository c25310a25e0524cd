"""ConvLSTM: the LSTM whose two products are convolutions (Shi et al. 2015, without peepholes)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .bounded import Activation, Window
from .calls import Call, Result
from .cells import LSTMCell, Quantity, Weights, dropped
from .errors import Array, ReferenceInputError, one_of, positive_int
from .layers import LSTM, Shape


def window(spatial: Shape, kernel: Shape, strides: Shape, dilation: Shape, padding: str) -> Window:
    """Return the taps of a convolution over `spatial` places, row-major.

    "same" pads as TensorFlow defines it: ceil(size / stride) outputs, the odd place at the end.
    """
    outputs = output_sizes(spatial, kernel, strides, dilation, padding)
    starts = [
        -(max((out - 1) * s + (k - 1) * d + 1 - size, 0) // 2) if padding == "same" else 0
        for size, k, s, d, out in zip(spatial, kernel, strides, dilation, outputs, strict=True)
    ]
    outside = math.prod(spatial)
    places = np.full((math.prod(outputs), math.prod(kernel)), outside)
    returns = np.full((outside, math.prod(kernel)), len(places))
    for p, corner in enumerate(itertools.product(*map(range, outputs))):
        for k, tap in enumerate(itertools.product(*map(range, kernel))):
            place = tuple(
                c * s + start + t * d
                for c, s, start, t, d in zip(corner, strides, starts, tap, dilation, strict=True)
            )
            if all(0 <= at < size for at, size in zip(place, spatial, strict=True)):
                places[p, k] = np.ravel_multi_index(place, spatial)
                returns[places[p, k], k] = p
    return Window(places, returns)


def output_sizes(
    spatial: Shape, kernel: Shape, strides: Shape, dilation: Shape, padding: str
) -> Shape:
    """Return the spatial sizes of a convolution's output."""
    reach = [
        (k - 1) * d if padding == "valid" else 0 for k, d in zip(kernel, dilation, strict=True)
    ]
    return tuple(-((r - size) // s) for size, r, s in zip(spatial, reach, strides, strict=True))


class ConvLSTMCell(LSTMCell):
    """The equations of the LSTM on arrays (gates, batch, places, filters)."""

    def __init__(
        self,
        sigma: Activation,
        phi: Activation,
        weights: Weights,
        windows: tuple[Window, Window],
    ) -> None:
        super().__init__(sigma, phi, weights)
        self.window, self.recurrent_window = windows

    def project(self, x: Quantity) -> Quantity:
        """Return (gates, timesteps, batch, places, filters) for (timesteps, batch, places, c)."""
        steps, batch, places, channels = x.shape
        if self.dropout_mask is not None:
            x = x * self.dropout_mask[:, None]
        x = x.reshape(*x.shape[:-4], steps * batch, places, channels)
        x = x.convolve(self.W, self.window)
        if self.b is not None:
            x = x + self.b.reshape(len(self.gate_order), 1, 1, -1)
        return x.reshape(x.shape[0], steps, batch, *x.shape[-2:])

    def recurrent(self, h: Quantity) -> Quantity:
        return dropped(h, self.recurrent_dropout_mask).convolve(self.U, self.recurrent_window)


class ConvLSTM(LSTM):
    """`keras.layers.ConvLSTM1D`, `ConvLSTM2D` and `ConvLSTM3D`.

    Its input is (batch, timesteps, *spatial, channels), or channels before the spatial axes; its
    weights are kernel (*kernel_size, channels, 4 * filters), recurrent_kernel
    (*kernel_size, filters, 4 * filters) and bias (4 * filters,); its states and outputs are
    (batch, *spatial of the output, filters).

    Args:
        rank: 1, 2 or 3 spatial axes.
        options: those of `LSTM` (`activation`, `return_sequences`, ..., `precision`).
    """

    def __init__(
        self,
        rank: int,
        filters: int,
        kernel_size: int | Sequence[int],
        *,
        strides: int | Sequence[int] = 1,
        padding: str = "valid",
        data_format: str = "channels_last",
        dilation_rate: int | Sequence[int] = 1,
        **options: Any,
    ) -> None:
        super().__init__(filters, **options)
        self.rank = one_of("rank", rank, (1, 2, 3))
        self.input_axes = rank + 3
        self.kernel_size = self._sizes("kernel_size", kernel_size)
        self.strides = self._sizes("strides", strides)
        self.dilation_rate = self._sizes("dilation_rate", dilation_rate)
        self.padding = one_of("padding", padding, ("valid", "same"))
        self.data_format = one_of("data_format", data_format, ("channels_last", "channels_first"))
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ReferenceInputError("`strides` and `dilation_rate` must not both exceed 1")

    def _sizes(self, name: str, value: int | Sequence[int]) -> Shape:
        sizes = (value,) * self.rank if isinstance(value, int) else tuple(value)
        if len(sizes) != self.rank:
            raise ReferenceInputError(f"`{name}` must hold {self.rank} integers, got {value!r}")
        return tuple(positive_int(name, size) for size in sizes)

    def spatial_sizes(self, shape: Shape) -> Shape:
        """Return the spatial sizes of an array (batch, ...)."""
        return shape[1:-1] if self.data_format == "channels_last" else shape[2:]

    def output_sizes(self, spatial: Shape) -> Shape:
        """Return the spatial sizes of the states and of the output."""
        sizes = output_sizes(
            spatial, self.kernel_size, self.strides, self.dilation_rate, self.padding
        )
        if min(sizes) < 1:
            raise ReferenceInputError(
                f"`x` must be at least as large as the kernel reaches, got spatial sizes {spatial}"
            )
        return sizes

    def state_shape(self, inputs_shape: Shape) -> Shape:
        """Return the shape of a state for inputs (batch, *spatial, channels)."""
        inside = self.output_sizes(self.spatial_sizes(inputs_shape))
        batch = inputs_shape[0]
        if self.data_format == "channels_last":
            return (batch, *inside, self.units)
        return (batch, self.units, *inside)

    def weight_shapes(self, inputs_shape: Shape) -> list[Shape]:
        channels = inputs_shape[-1 if self.data_format == "channels_last" else 1]
        flat = super().weight_shapes((inputs_shape[0], channels))
        return [(*self.kernel_size, *shape) for shape in flat[:2]] + flat[2:]

    def run(self, call: Call, zero_masked: bool = False) -> Result:
        spatial = self.spatial_sizes(call.x.shape[1:])
        inside = self.output_sizes(spatial)
        ones = (1,) * self.rank
        windows = (
            window(spatial, self.kernel_size, self.strides, self.dilation_rate, self.padding),
            window(inside, self.kernel_size, ones, ones, "same"),
        )
        cell = ConvLSTMCell(self.sigma, self.phi, self._flat_weights(call.parts.weights), windows)
        states = tuple(self._flat(state, 1) for state in call.parts.states)
        mask = None if call.mask is None else call.mask[..., None]
        flat = self.over_time(cell, self._flat(call.x, 2), states, mask, zero_masked)
        outer = [self._unflat(state, inside) for state in flat.states]
        sequence, output = self._unflat(flat.sequence, inside), self._unflat(flat.output, inside)
        first = sequence if self.return_sequences else output
        rest = outer if self.return_state else []
        return Result(sequence, output, tuple(outer), [first, *rest])

    def _flat_weights(self, weights: Weights) -> Weights:
        def rows(kernel: Quantity) -> Quantity:
            return kernel.reshape(math.prod(kernel.shape[:-1]), kernel.shape[-1])

        def places(mask: Array | None) -> Array | None:
            return None if mask is None else self._flat(mask, 2)

        return Weights(
            rows(weights.kernel),
            rows(weights.recurrent_kernel),
            weights.bias,
            places(weights.dropout_mask),
            places(weights.recurrent_dropout_mask),
        )

    def _flat(self, images: Any, lead: int) -> Any:
        """Return images with `lead` leading axes as (..., places, channels)."""
        if self.data_format == "channels_first":
            axes = range(len(images.shape))
            images = images.transpose(*axes[:lead], *axes[lead + 1 :], lead)
        shape = images.shape
        return images.reshape(*shape[:lead], math.prod(shape[lead:-1]), shape[-1])

    def _unflat(self, places: Quantity, inside: Shape) -> Quantity:
        """Return (..., places, filters) as images."""
        *leading, _, filters = places.shape
        images = places.reshape(*leading, *inside, filters)
        if self.data_format == "channels_last":
            return images
        lead, axes = len(leading), range(len(images.shape))
        return images.transpose(*axes[:lead], axes[-1], *axes[lead:-1])

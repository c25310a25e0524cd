"""What torch makes of layers that change the shape of a sequence, for `test_neighbours`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.oracle.drawn import Array
from tests.oracle.sources.test_torch import torch

F = torch.nn.functional

Arrays = dict[str, Array]
Row = tuple[str, dict[str, Any], dict[str, Any], Arrays, Arrays, bool, bool, Any]


def _along(function: Callable[..., Any], *options: Any) -> Callable[..., Any]:
    """A function of torch, which has the timesteps last."""
    return lambda x, *weights: function(x.transpose(1, 2), *weights, *options).transpose(1, 2)


def _convolved(before: int, after: int, stride: int) -> Callable[..., Any]:
    def run(x: Any, kernel: Any, bias: Any) -> Any:
        padded = F.pad(x.transpose(1, 2), (before, after))
        return F.conv1d(padded, kernel.permute(2, 1, 0), bias, stride).transpose(1, 2)

    return run


def rows(one: Arrays, drawn: Callable[..., Array]) -> dict[str, Row]:
    """By name a layer on a sequence of (3, 5, 4), its weights, and the same by torch."""

    def row(kind: str, function: Any, weights: Arrays | None = None, **named: Any) -> Row:
        return kind, named, {}, one, weights or {}, False, True, function

    def kernel(size: int) -> Arrays:
        return {"n/kernel": drawn(size, 4, 3), "n/bias": drawn(3)}

    over_time = {"n/gamma": 1.0 + 0.5 * drawn(5, 4), "n/beta": drawn(5, 4)}
    return {
        "zeros around": row("ZeroPadding1D", _along(F.pad, (3, 1)), padding=(3, 1)),
        "cropping": row("Cropping1D", lambda x: x[:, 2:], cropping=(2, 0)),
        "up-sampling": row("UpSampling1D", lambda x: x.repeat_interleave(3, 1), size=3),
        "average pooling": row("AveragePooling1D", _along(F.avg_pool1d, 2), pool_size=2),
        "max pooling": row("MaxPooling1D", _along(F.max_pool1d, 3, 2), pool_size=3, strides=2),
        "largest of all": row("GlobalMaxPooling1D", lambda x: x.amax(1)),
        "convolution": row("Conv1D", _convolved(0, 0, 2), kernel(3), **_filters(3), strides=2),
        "even one": row("Conv1D", _convolved(0, 1, 1), kernel(2), **_filters(2), padding="same"),
        "causal one": row(
            "Conv1D", _convolved(2, 0, 1), kernel(3), **_filters(3), padding="causal"
        ),
        "channels first": row(
            "Flatten", lambda x: x.transpose(1, 2).flatten(1), data_format="channels_first"
        ),
        "layer normalization over time": row(
            "LayerNormalization",
            lambda x, g, b: F.layer_norm(x, (5, 4), g, b, 1e-3),
            over_time,
            axis=(1, -1),
        ),
    }


def _filters(size: int) -> dict[str, int]:
    return {"filters": 3, "kernel_size": size}

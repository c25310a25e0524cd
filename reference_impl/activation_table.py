"""The activations by name, with the constants of their derivatives and of their own error."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from .activations import Elementwise, Linear
from .bounded import Activation
from .errors import Array, ReferenceInputError
from .generations import Generation, generation_named
from .rowwise import LogSoftmax, Softmax, Sparsemax

# Keras gives these to 16 digits (Klambauer et al. 2017, Self-Normalizing Neural Networks).
SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946
_erf = np.frompyfunc(math.erf, 1, 1)


def _sigmoid(x: Array) -> Array:
    return 1.0 / (1.0 + np.exp(-x))


def _softplus(x: Array) -> Array:
    return np.logaddexp(x, 0.0)


def _normal_cdf(x: Array) -> Array:
    return 0.5 * (1.0 + np.asarray(_erf(x / math.sqrt(2.0)), np.float64))


def _normal_pdf(x: Array) -> Array:
    return np.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)


def _exponential_unit(x: Array, alpha: float = 1.0) -> Array:
    return np.where(x > 0.0, x, alpha * np.expm1(np.minimum(x, 0.0)))


def _mish_slope(x: Array, _: Array) -> Array:
    t = np.tanh(_softplus(x))
    return t + x * (1.0 - t * t) * _sigmoid(x)


def _ramp(x: Array, slope: float) -> Array:
    return np.clip(slope * x + 0.5, 0.0, 1.0)


def _hard_sigmoid(slope: float) -> Elementwise:
    edge = 0.5 / slope
    return Elementwise(
        "hard_sigmoid",
        lambda x: _ramp(x, slope),
        lambda x, y: slope * (np.abs(x) < edge),
        lipschitz=slope,
        kinks=((-edge, slope), (edge, slope)),
        span=1.0,
        ceiling=1.0,
        relative=1.0,  # the last rounding
        absolute=2.0,  # rounding x + 3 <= 6, or slope * x <= 1/2 and the slope itself
    )


def _hard_silu(slope: float) -> Elementwise:
    edge = 0.5 / slope
    return Elementwise(
        "hard_silu",
        lambda x: x * _ramp(x, slope),
        lambda x, y: _ramp(x, slope) + x * slope * (np.abs(x) < edge),
        lipschitz=1.5,
        curvature=2.0 * slope,
        kinks=((-edge, 0.5), (edge, 0.5)),
        relative=2.0,
        per_input=3.0,
    )


SMOOTH = (
    Elementwise(
        "tanh",
        np.tanh,
        lambda x, y: 1.0 - y * y,
        curvature=0.7699,  # 4 / (3 sqrt 3)
        span=2.0,
        ceiling=1.0,
        relative=8.0,
    ),
    Elementwise(
        "sigmoid",
        _sigmoid,
        lambda x, y: y * (1.0 - y),
        lipschitz=0.25,
        curvature=0.0963,  # 1 / (6 sqrt 3)
        span=1.0,
        ceiling=1.0,
        absolute=5.0,
    ),
    Elementwise(
        "softplus",
        _softplus,
        lambda x, y: _sigmoid(x),
        curvature=0.25,
        relative=4.0,
        absolute=8.0,
    ),
    Elementwise(
        "log_sigmoid",
        lambda x: -_softplus(-x),
        lambda x, y: _sigmoid(-x),
        curvature=0.25,
        relative=4.0,
        absolute=8.0,
    ),
    Elementwise(
        "softsign",
        lambda x: x / (1.0 + np.abs(x)),
        lambda x, y: (1.0 + np.abs(x)) ** -2.0,
        curvature=2.0,
        span=2.0,
        ceiling=1.0,
        relative=3.0,
    ),
    Elementwise(
        "squareplus",
        lambda x: 0.5 * (x + np.sqrt(x * x + 4.0)),
        lambda x, y: 0.5 * (1.0 + x / np.sqrt(x * x + 4.0)),
        curvature=0.25,
        relative=2.0,
        absolute=3.0,  # x + sqrt(x^2 + 4) cancels for x < 0: the error is that of the root
        per_input=2.0,
    ),
    Elementwise(
        "silu",
        lambda x: x * _sigmoid(x),
        lambda x, y: _sigmoid(x) * (1.0 + x * _sigmoid(-x)),
        lipschitz=1.1,
        curvature=0.5,
        relative=2.0,
        per_input=5.0,
    ),
    Elementwise(
        "gelu",
        lambda x: x * _normal_cdf(x),
        lambda x, y: _normal_cdf(x) + x * _normal_pdf(x),
        lipschitz=1.13,
        curvature=0.798,  # sqrt(2 / pi)
        relative=3.0,
        per_input=8.0,  # half of the erf of oneDNN's gelu, which errs by up to 7e-7 = 12 u
    ),
    Elementwise(
        "mish",
        lambda x: x * np.tanh(_softplus(x)),
        _mish_slope,
        lipschitz=1.09,
        curvature=0.65,
        relative=2.0,
        per_input=12.0,  # tanh: 8 u, and 4 u of softplus through its slope
    ),
    Elementwise(
        "tanh_shrink",
        lambda x: x - np.tanh(x),
        lambda x, y: np.tanh(x) ** 2,
        curvature=0.7699,
        relative=2.0,
        per_input=8.0,  # tanh's own error, which the difference does not shrink
    ),
    Elementwise(
        "exponential",
        np.exp,
        lambda x, y: y,
        lipschitz=math.inf,
        curvature=math.inf,
        relative=4.0,
        growth=np.exp,
    ),
    Elementwise(
        "elu",
        _exponential_unit,
        lambda x, y: np.where(x > 0.0, 1.0, np.exp(np.minimum(x, 0.0))),
        curvature=1.0,
        relative=4.0,
        absolute=2.0,  # exp(x) - 1
    ),
    Elementwise(
        "selu",
        lambda x: SELU_SCALE * _exponential_unit(x, SELU_ALPHA),
        lambda x, y: SELU_SCALE * np.where(x > 0.0, 1.0, SELU_ALPHA * np.exp(np.minimum(x, 0.0))),
        lipschitz=SELU_SCALE * SELU_ALPHA,
        curvature=SELU_SCALE * SELU_ALPHA,
        kinks=((0.0, SELU_SCALE * (SELU_ALPHA - 1.0)),),
        relative=6.0,
        absolute=4.0,
    ),
    Elementwise(
        "sparse_plus",
        lambda x: np.where(x >= 1.0, x, 0.25 * np.maximum(x + 1.0, 0.0) ** 2),
        lambda x, y: np.clip(0.5 * (x + 1.0), 0.0, 1.0),
        curvature=0.5,
        relative=8.0,
        absolute=1.0,
    ),
)

PIECEWISE_LINEAR = (
    Elementwise(
        "relu",
        lambda x: np.maximum(x, 0.0),
        lambda x, y: (x > 0.0) * 1.0,
        kinks=((0.0, 1.0),),
    ),
    Elementwise(
        "leaky_relu",
        lambda x: np.maximum(x, 0.2 * x),
        lambda x, y: np.where(x > 0.0, 1.0, 0.2),
        kinks=((0.0, 0.8),),
        relative=2.0,  # the slope 0.2 is not a binary number
    ),
    Elementwise(
        "relu6",
        lambda x: np.clip(x, 0.0, 6.0),
        lambda x, y: ((x > 0.0) & (x < 6.0)) * 1.0,
        kinks=((0.0, 1.0), (6.0, 1.0)),
        span=6.0,
        ceiling=6.0,
    ),
    Elementwise(
        "hard_tanh",
        lambda x: np.clip(x, -1.0, 1.0),
        lambda x, y: (np.abs(x) < 1.0) * 1.0,
        kinks=((-1.0, 1.0), (1.0, 1.0)),
        span=2.0,
        ceiling=1.0,
    ),
    Elementwise(
        "sparse_sigmoid",
        lambda x: _ramp(x, 0.5),
        lambda x, y: 0.5 * (np.abs(x) < 1.0),
        lipschitz=0.5,
        kinks=((-1.0, 0.5), (1.0, 0.5)),
        span=1.0,
        ceiling=1.0,
        relative=1.0,
        absolute=1.0,
    ),
    Elementwise(
        "soft_shrink",
        lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.5, 0.0),
        lambda x, y: (np.abs(x) > 0.5) * 1.0,
        kinks=((-0.5, 1.0), (0.5, 1.0)),
        relative=1.0,
    ),
    Elementwise(
        "hard_shrink",
        lambda x: np.where(np.abs(x) > 0.5, x, 0.0),
        lambda x, y: (np.abs(x) > 0.5) * 1.0,
        kinks=((-0.5, 1.0), (0.5, 1.0)),
        jumps=((-0.5, 0.5), (0.5, 0.5)),
    ),
)


@cache
def table(generation: Generation) -> dict[str, Activation]:
    """Return every activation that a recurrent layer of `generation` can be given by name."""
    own: tuple[Activation, ...] = (
        Linear(),
        Softmax(),
        LogSoftmax(),
        Sparsemax(),
        _hard_sigmoid(generation.hard_sigmoid_slope),
        _hard_silu(generation.hard_sigmoid_slope),
        *SMOOTH,
        *PIECEWISE_LINEAR,
    )
    known = {function.name: function for function in own}
    aliases = {"swish": "silu", "hard_swish": "hard_silu", "celu": "elu"}
    return known | {alias: known[name] for alias, name in aliases.items()}


UNUSABLE = {
    "glu": "halves the last axis, so a recurrent layer cannot use it",
    "threshold": "needs two more arguments, so a layer cannot use it by name",
}
"""By name, why an activation of Keras cannot be that of a recurrent layer."""


def activation(
    identifier: Any = None,
    generation: str | Generation = "keras3",
    argument: str = "activation",
) -> Activation:
    """Return the activation that Keras gives for `identifier`.

    Args:
        identifier: a name that `keras.activations.get` accepts, None (linear), an activation of
            this package, or what `custom` returns.
        generation: decides what `hard_sigmoid` means.
        argument: what an error calls it.

    Raises:
        ReferenceInputError: for an unknown name, and for `glu` and `threshold`, which cannot be
            the activation of a recurrent layer.
    """
    generation = generation_named(generation)
    if identifier is None:
        return Linear()
    if hasattr(identifier, "evaluate"):
        return identifier
    if not isinstance(identifier, str):
        raise ReferenceInputError(
            f"`{argument}` must be a name, None or an activation of this package, got "
            f"{identifier!r}; wrap a function and its derivative with reference_impl.custom"
        )
    if identifier in UNUSABLE:
        raise ReferenceInputError(f"`{argument}` {identifier!r} {UNUSABLE[identifier]}")
    known = table(generation)
    if identifier not in known:
        names = ", ".join(sorted(known))
        raise ReferenceInputError(f"`{argument}` must be one of {names}, got {identifier!r}")
    return known[identifier]

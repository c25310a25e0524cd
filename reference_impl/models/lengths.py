"""The layers after which a sequence has more timesteps, or fewer, or none; no mask passes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np

from ..activation_table import activation
from ..bounded import exact
from ..cells import Quantity
from ..errors import ReferenceInputError
from ..operations import constant, entering, larger, plus
from ..tape import Traced
from .neighbours import Kind, Outputs, Shape, Shapes, Site, one


def _pair(value: Any) -> tuple[int, int]:
    before, after = (value, value) if isinstance(value, int) else value
    return before, after


def _count(site: Site, name: str, default: int | None = None) -> int:
    """Return a number of timesteps, which Keras writes by itself or as a tuple of one."""
    return _number(site.option(name, default))


def _number(value: Any) -> int:
    (count,) = value if isinstance(value, Sequence) else (value,)
    return int(count)


def _only(site: Site, **defined: Any) -> None:
    """Refuse an option of which there is no definition here.

    Raises:
        ReferenceInputError: if an option has another value than the one that is given.
    """
    for name, value in defined.items():
        given = site.option(name, value)
        if given not in (value, (value,), [value]):
            raise ReferenceInputError(f"{name}={given!r} is not defined here, only {value!r}")


def _padded(x: Quantity, before: int, after: int) -> Quantity:
    """Return x with so many timesteps of zeros on either side."""
    batch, _, size = x.shape
    ends = [exact(np.zeros((batch, count, size)), x.precision) for count in (before, after)]
    first, last = (x.tape.trace(end) if isinstance(x, Traced) else end for end in ends)
    return x.concatenate([first, x, last], 1)


def _steps(x: Quantity, size: int, stride: int) -> list[Quantity]:
    """Return the first, second, ... timestep of every window: each (batch, windows, features)."""
    last = x.shape[1] - size
    if last < 0:
        raise ReferenceInputError(f"a window of {size} needs as many timesteps, got {x.shape[1]}")
    return [x[:, k : last + k + 1 : stride] for k in range(size)]


def _zero_padding(site: Site) -> Outputs:
    return one(_padded(site.x, *_pair(site.option("padding", 1))), None)


def _cropping(site: Site) -> Outputs:
    before, after = _pair(site.option("cropping", (1, 1)))
    return one(site.x[:, before : site.x.shape[1] - after], None)


def _up_sampling(site: Site) -> Outputs:
    """Every timestep so often, one after the other."""
    (batch, steps, features), size = site.x.shape, _count(site, "size", 2)
    return one(site.x.stack([site.x] * size, 2).reshape(batch, steps * size, features), None)


def _windows(site: Site) -> list[Quantity]:
    _only(site, padding="valid", data_format="channels_last")
    size = _count(site, "pool_size", 2)
    return _steps(
        site.x, size, size if site.option("strides", None) is None else _count(site, "strides")
    )


def _average(site: Site) -> Outputs:
    windows = _windows(site)
    return one(reduce(plus, windows) * constant(1.0 / len(windows), site.precision), None)


def _largest(site: Site) -> Outputs:
    return one(reduce(larger, _windows(site)), None)


def _largest_of_all(site: Site) -> Outputs:
    _only(site, data_format="channels_last", keepdims=False)
    steps = [site.x[:, k] for k in range(site.x.shape[1])]
    return one(reduce(larger, steps), None)


PADDINGS: dict[str, Callable[[int], tuple[int, int]]] = {
    "valid": lambda _: (0, 0),
    "same": lambda size: ((size - 1) // 2, size // 2),
    "causal": lambda size: (size - 1, 0),
}
"""By padding of a convolution with the stride 1, the zeros before and after."""


def _convolution(site: Site) -> Outputs:
    """activation(windows @ kernel + bias), a window being a row of `kernel_size` timesteps."""
    _only(site, data_format="channels_last", dilation_rate=1, groups=1)
    size, stride = _count(site, "kernel_size"), _count(site, "strides", 1)
    padding = site.option("padding", "valid")
    if stride != 1 and padding == "same":
        raise ReferenceInputError("a convolution with `strides` and padding is not defined here")
    x = _padded(site.x, *PADDINGS[padding](size))
    rows = x.concatenate(_steps(x, size, stride), 2)
    batch, steps, inner = rows.shape
    kernel = entering(site.weights["kernel"].reshape(inner, -1), inner + 1)
    y = rows.reshape(batch * steps, inner) @ kernel
    if "bias" in site.weights:
        y = y + entering(site.weights["bias"], inner + 1, addend=True)
    return one(activation(site.option("activation", None))(y.reshape(batch, steps, -1)), None)


def _convolution_weights(options: Mapping[str, Any], shapes: Sequence[Shape]) -> Shapes:
    filters = options["filters"]
    bias: Shapes = {"bias": (filters,)} if options.get("use_bias", True) else {}
    return {"kernel": (_number(options["kernel_size"]), shapes[0][-1], filters)} | bias


LENGTHS = {
    "ZeroPadding1D": Kind(_zero_padding),
    "Cropping1D": Kind(_cropping),
    "UpSampling1D": Kind(_up_sampling),
    "AveragePooling1D": Kind(_average),
    "MaxPooling1D": Kind(_largest),
    "GlobalMaxPooling1D": Kind(_largest_of_all),
    "Conv1D": Kind(_convolution, _convolution_weights),
}

"""Which of Keras's implementations of the loop ran, seen from the functions that it calls.

No documentation names these functions: a release that has others is told by a path of `cell`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from types import SimpleNamespace
from typing import Any

import keras

from keras_rnn_conformance.subject import internals, preparation

_BACKEND: Any = internals.backend_module()
_NATIVE: Any = internals.loops_module()
_ENTRIES = ("lstm", "gru", "bidirectional_lstm", "bidirectional_gru")
_KERNELS = ("_cudnn_lstm", "_cudnn_gru")
_WHOLLY_CUDNN = ("lstm", "bidirectional_lstm") if keras.config.backend() == "jax" else ()

Function = Callable[..., Any]


@dataclass
class Ran:
    """What one call ran.

    Attributes:
        tried: the backend's own implementations that were asked, in order.
        done: `cudnn`, `fused` (another one of the backend's own), `generic` or `unrolled`.
        steps: how often the cell was called; in a compiled loop, how often it was traced.
    """

    tried: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    steps: int = 0
    kernels: int = 0

    @property
    def path(self) -> str:
        """The distinct paths in order; `cell` where no loop ran that is known here."""
        return "+".join(dict.fromkeys(self.done)) or "cell"

    def facts(self) -> dict[str, Any]:
        """What the rules about paths look at."""
        return {
            "backend": keras.config.backend(),
            "gpu": _device().startswith("gpu"),
            "tried": self.tried,
            "steps": self.steps,
        }


@contextmanager
def tracing() -> Iterator[Ran]:
    """Watch the loops that run inside."""
    ran = Ran()
    replaced = [*_public(ran), *_kernels(ran)]
    originals = [getattr(module, name) for module, name, _ in replaced]
    for module, name, value in replaced:
        setattr(module, name, value)
    try:
        yield ran
    finally:
        for (module, name, _), original in zip(replaced, originals, strict=True):
            setattr(module, name, original)


def _public(ran: Ran) -> list[tuple[Any, str, Any]]:
    """What layers call: functions of the backend or, since Keras 3.16, of a module of it.

    A copy stands in for that module, so that what its functions call among themselves stays.
    """
    loop: Any = getattr(_BACKEND, "rnn", None)
    nested = inspect.ismodule(loop)
    there = loop if nested else _BACKEND
    functions: dict[str, Function] = {
        name: _entry(ran, name, getattr(there, name)) for name in _ENTRIES if hasattr(there, name)
    }
    if hasattr(there, "rnn"):
        functions["rnn"] = _loop(ran, there.rnn)
    if nested:
        return [(_BACKEND, "rnn", SimpleNamespace(**{**vars(there), **functions}))]
    return [(_BACKEND, name, function) for name, function in functions.items()]


def _entry(ran: Ran, name: str, original: Function) -> Function:
    def entry(*args: Any, **options: Any) -> Any:
        ran.tried.append(name)
        kernels = ran.kernels
        given = original(*args, **options)
        ran.done.append("cudnn" if name in _WHOLLY_CUDNN or ran.kernels > kernels else "fused")
        return given

    return entry


def _loop(ran: Ran, original: Function) -> Function:
    def loop(step: Function, *args: Any, **options: Any) -> Any:
        def counted(*inputs: Any) -> Any:
            ran.steps += 1
            return step(*inputs)

        ran.done.append("unrolled" if options.get("unroll") else "generic")
        return original(counted, *args, **options)

    return loop


def _kernels(ran: Ran) -> list[tuple[Any, str, Any]]:
    there = [name for name in _KERNELS if hasattr(_NATIVE, name)]
    return [(_NATIVE, name, _kernel(ran, getattr(_NATIVE, name))) for name in there]


def _kernel(ran: Ran, original: Function) -> Function:
    def kernel(*args: Any, **options: Any) -> Any:
        given = original(*args, **options)
        ran.kernels += 1
        return given

    return kernel


@cache
def _device() -> str:
    return preparation.device()

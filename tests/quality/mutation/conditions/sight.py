"""What code can see at a place: the facts that a guard may ask for.

Planted together with a guarded mutant: it imports nothing but the standard library, and looks at
the local variables, at the layer that they belong to, and at the calls that are running. Traced
tensors have shapes and no values. A fact that cannot be told at a place is None.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from tests.quality.mutation.conditions.history import HISTORY

Fact = Callable[["View"], Any]
FACTS: dict[str, Fact] = {}

_SEQUENCES = ("sequences",)
_STEPS = ("inputs", "sequence", "step_input")
_STATES = ("initial_state", "initial_states", "states", "h_tm1", "c_tm1")
_SEQUENCE_SHAPES = ("sequences_shape",)
_STEP_SHAPES = ("input_shape", "inputs_shape")
_CHILDREN = ("cell", "forward_layer", "layer")
_FRAMES = 8
_ARRAYS = 12


class View:
    """A place in running code: the local variables, and the frame of whoever called."""

    def __init__(self, variables: dict[str, Any], frame: FrameType | None) -> None:
        self.variables = variables
        self.owner = _owner(variables, frame)

    def first(self, names: tuple[str, ...]) -> Any:
        """The first of the variables of these names that is not None."""
        return next((v for name in names if (v := self.variables.get(name)) is not None), None)

    def shape(self, names: tuple[str, ...]) -> list[Any]:
        """The shape of the first tensor among variables of these names; empty if there is none."""
        return _shape(next(_tensors(self.first(names), 1), None))

    def sizes(self) -> list[Any]:
        """The shape of the sequences, or of one step's input, that is spoken of at this place."""
        return _sized(self.first((*_SEQUENCE_SHAPES, *_STEP_SHAPES))) or self.shape(
            (*_SEQUENCES, *_STEPS)
        )

    def in_loop(self) -> bool:
        """Whether this is the loop of a backend, which knows no layer."""
        return "self" not in self.variables and "time_steps" in self.variables

    def in_cell(self) -> bool:
        """Whether this is the code of a cell, whose inputs have no timesteps."""
        return hasattr(self.owner, "state_size") and not hasattr(self.owner, "cell")


def _owner(variables: dict[str, Any], frame: FrameType | None) -> Any:
    """The layer that code runs for: its own `self`, or that of the nearest caller that has one."""
    found = variables.get("self")
    for _ in range(_FRAMES):
        if hasattr(found, "dtype_policy"):
            return found
        if frame is None:
            return None
        found, frame = frame.f_locals.get("self"), frame.f_back
    return None


def fact(name: str) -> Callable[[Fact], Fact]:
    """Register the decorated function as what tells a fact."""

    def register(function: Fact) -> Fact:
        FACTS[name] = function
        return function

    return register


def fact_of(name: str, view: View) -> Any:
    """A fact; None where it cannot be told."""
    try:
        return FACTS[name](view)
    except Exception:  # a layer half built, a tensor without a value: this place does not tell
        return None


@fact("units")
def _units(view: View) -> Any:
    given = view.first(("units", "filters"))
    return given if isinstance(given, int) else _units_of(view.owner)


def _units_of(layer: Any) -> Any:
    for name in ("units", "filters"):
        if isinstance(size := vars(layer).get(name), int):
            return size
    below = [child for name in _CHILDREN if (child := vars(layer).get(name)) is not None]
    sizes = [_units_of(one) for one in [*below, *vars(layer).get("cells", ())]]
    return max((size for size in sizes if size is not None), default=None)


@fact("features")
def _features(view: View) -> Any:
    return _whole(view.sizes()[-1])


@fact("batch")
def _batch(view: View) -> Any:
    if isinstance(size := view.variables.get("batch_size"), int):
        return size
    if view.in_loop() or not view.sizes():
        return _whole(view.shape(_STATES)[0])
    return _whole(view.sizes()[0])


@fact("timesteps")
def _timesteps(view: View) -> Any:
    for name in ("timesteps", "time_steps", "time_steps_t"):
        if isinstance(length := view.variables.get(name), int):
            return length
    return None if view.in_cell() or view.in_loop() else _whole(view.sizes()[1])


@fact("mask")
def _mask(view: View) -> Any:
    return "yes" if view.variables["mask"] is not None else "no"


@fact("mask end")
def _mask_end(view: View) -> Any:
    mask = array(view.variables["mask"])
    steps = view.variables.get("time_steps")
    last = mask[-1] if mask.ndim > 2 and len(mask) == steps else mask[:, -1]
    return bool((last == 0).any())


@fact("values")
def _values(view: View) -> Any:
    """Which of the words nan, inf, huge, tiny are true of a number among the variables."""
    numpy = sys.modules["numpy"]
    words, seen = set(), False
    for tensor in _tensors(list(view.variables.values()), _ARRAYS):
        numbers = array(tensor)
        if numbers is None or numbers.dtype.kind != "f" or not numbers.size:
            continue
        seen, sizes = True, numpy.abs(numbers)
        words |= {"nan"} if numpy.isnan(numbers).any() else set()
        words |= {"inf"} if numpy.isinf(numbers).any() else set()
        words |= {"huge"} if (sizes > 1e4).any() else set()
        words |= {"tiny"} if ((sizes < 1e-6) & (sizes > 0)).any() else set()
    return words if seen else None


@fact("states")
def _states(view: View) -> Any:
    values = [array(one) for one in _tensors(view.first(_STATES), _ARRAYS)]
    known = [value for value in values if value is not None]
    return any(bool((value != 0).any()) for value in known) if known else None


@fact("policy")
def _policy(view: View) -> Any:
    return view.owner.dtype_policy.name


@fact("global policy")
def _global_policy(view: View) -> Any:
    return sys.modules["keras"].config.dtype_policy().name if view.owner is not None else None


@fact("calls")
def _calls(view: View) -> Any:
    return HISTORY.record()


@fact("origin")
def _origin(view: View) -> Any:
    """Which of the words cloned, reloaded are true of the layer or of one that calls it."""
    if view.owner is None:
        return None
    mine = [view.owner, *HISTORY.stack]
    marked = (("cloned", HISTORY.cloned), ("reloaded", HISTORY.reloaded))
    return {word for word, layers in marked if any(one in layers for one in mine)}


@fact("compiled")
def _compiled(view: View) -> Any:
    backend = sys.modules["keras"].backend.backend()
    if backend == "tensorflow":
        return bool(sys.modules["tensorflow"].inside_function())
    if backend == "torch":
        return bool(sys.modules["torch"].compiler.is_compiling())
    if backend == "jax":
        tracer = sys.modules["jax"].core.Tracer
        return any(isinstance(one, tracer) for one in _tensors([*view.variables.values()], _ARRAYS))
    return None


@fact("cells")
def _cells(view: View) -> Any:
    cell = vars(view.owner).get("cell", view.owner)
    return len(vars(cell)["cells"])


@fact("weights")
def _weights(view: View) -> Any:
    return len(view.owner.weights)


@fact("layers")
def _layers(view: View) -> Any:
    counts = [len(one.layers) for one in HISTORY.stack if hasattr(one, "layers")]
    return max(counts, default=None)


@fact("training")
def _training(view: View) -> Any:
    return bool(view.variables["training"])


def _whole(size: Any) -> Any:
    return size if isinstance(size, int) and not isinstance(size, bool) else None


def _sized(shape: Any) -> list[Any]:
    return list(shape) if isinstance(shape, (tuple, list)) else []


def _shape(tensor: Any) -> list[Any]:
    return list(tensor.shape) if tensor is not None else []


def _tensors(value: Any, most: int) -> Iterator[Any]:
    """The first tensors and arrays in a value, or in lists and tuples of it."""
    waiting = [value]
    while waiting and most:
        one = waiting.pop(0)
        if isinstance(one, (list, tuple)):
            waiting[:0] = one[:most]
        elif hasattr(one, "shape") and hasattr(one, "dtype") and not isinstance(one, type):
            most -= 1
            yield one


def array(tensor: Any) -> Any:
    """The values of a tensor as NumPy's, in float64 where they are no integers; None if traced."""
    numpy = sys.modules["numpy"]
    try:
        if hasattr(tensor, "detach"):
            tensor = tensor.detach().cpu()
            tensor = tensor.double() if tensor.is_floating_point() else tensor
        values = numpy.asarray(tensor)
        return values if values.dtype.kind in "biu" else values.astype("float64")
    except Exception:  # a traced tensor has no values, and each backend says so in its own way
        return None

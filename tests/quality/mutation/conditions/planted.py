"""What the code of a planted mutant calls: its guard, and the helpers of structural mutants.

The name `_planted` in a module of Keras stands for this module while a mutant is planted there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from tests.quality.mutation.conditions.guards import GUARDS
from tests.quality.mutation.conditions.history import HISTORY
from tests.quality.mutation.conditions.sight import View, fact_of

NAME = "_planted"
CHUNK = 16
CUT = 50
_CALLERS = ("initial_state", "initial_states", "states", "sequences", "inputs", "mask")

acting: set[str] = set()


def acts(guard: str, variables: dict[str, Any]) -> bool:
    """Whether a guard is true at the place that calls this with its locals."""
    return _true(guard, View(variables, sys._getframe(1).f_back), {})


def see(watched: Sequence[tuple[str, str]], variables: dict[str, Any]) -> None:
    """Note which of the mutants of a place would act now: pairs of an id and its guard."""
    left = [(id, guard) for id, guard in watched if id not in acting]
    if left:
        view, known = View(variables, sys._getframe(1).f_back), dict[str, Any]()
        acting.update(id for id, guard in left if not guard or _true(guard, view, known))


def _true(name: str, view: View, known: dict[str, Any]) -> bool:
    guard = GUARDS[name]
    if guard.fact not in known:
        known[guard.fact] = fact_of(guard.fact, view)
    value = known[guard.fact]
    return value is not None and bool(guard.holds(value))


def whole_chunks(items: Any) -> Any:
    """Items, or a number of them, without what is left over after the last full chunk."""
    if isinstance(items, int):
        return items // CHUNK * CHUNK or items
    kept = list(items)
    return kept[: len(kept) // CHUNK * CHUNK or len(kept)]


def chunked(result: Any) -> Any:
    """A result computed in chunks of rows, the last of which is forgotten: it is left at zero."""
    rows = result.shape[0] if len(result.shape) else None
    if not isinstance(rows, int) or rows <= CHUNK or rows % CHUNK == 0:
        return result
    numpy, ops = sys.modules["numpy"], sys.modules["keras"].ops
    done = numpy.arange(rows) < rows // CHUNK * CHUNK
    done = done.reshape([rows] + [1] * (len(result.shape) - 1))
    return ops.where(ops.convert_to_tensor(done), result, ops.zeros_like(result))


def cached(place: str, compute: Callable[[], Any]) -> Any:
    """What the place gave in an earlier call of the layer, if the shape is the same."""
    result, record = compute(), HISTORY.record()
    if record is None:
        return result
    turn = record.sites[place] = record.sites.get(place, 0) + 1
    key = place, turn, str(getattr(result, "shape", None)), str(getattr(result, "dtype", None))
    return record.kept.setdefault(key, result)


def inplace(name: str, left: Any, right: Any) -> Any:
    """An operation that writes its result into its left operand, where tensors can be written."""
    function = {"Add": "__iadd__", "Sub": "__isub__", "Mult": "__imul__"}[name]
    plain = {"Add": "__add__", "Sub": "__sub__", "Mult": "__mul__"}[name]
    try:
        written = getattr(left, function)(right)
        return left if written is NotImplemented else written
    except Exception:  # of another shape or dtype, read only, or needed by autograd
        return getattr(left, plain)(right)


def clobbered(result: Any, variables: dict[str, Any]) -> Any:
    """A result whose computation used one of the arguments as its scratch space."""
    for name in _CALLERS:
        value = variables.get(name)
        for one in value if isinstance(value, (list, tuple)) else [value]:
            if hasattr(one, "__imul__") and hasattr(one, "shape"):
                inplace("Mult", one, 0)
                return result
    return result


def product(mask: Any, chosen: Any, other: Any) -> Any:
    """A choice written as a weighted sum, which is the same for finite numbers only."""
    ops = sys.modules["keras"].ops
    weight = ops.cast(mask, chosen.dtype)
    return weight * chosen + (1 - weight) * other


def cut(result: Any, variables: dict[str, Any]) -> Any:
    """A step's result through which no gradient flows at every `CUT`-th timestep."""
    ops, tree = sys.modules["keras"].ops, sys.modules["keras"].tree
    time = variables.get("time", variables.get("i"))
    if time is None:
        return result
    if isinstance(time, int):
        stop = ops.stop_gradient if time % CUT == CUT - 1 else _same
        return tree.map_structure(stop, result)
    now = time % CUT == CUT - 1
    return tree.map_structure(lambda one: ops.where(now, ops.stop_gradient(one), one), result)


def _same(value: Any) -> Any:
    return value


def retraced(compute: Callable[[], Any]) -> Any:
    """A computation that is compiled anew each time."""
    backend = sys.modules["keras"].backend.backend()
    if backend == "tensorflow":
        return sys.modules["tensorflow"].function(compute, autograph=False)()
    if backend == "jax":
        return sys.modules["jax"].jit(lambda: compute())()
    return compute()


def appended(result: Any, variables: dict[str, Any]) -> Any:
    """A result of which the layer keeps one more with every call."""
    owner = View(variables, sys._getframe(1).f_back).owner
    if owner is not None:
        vars(owner).setdefault("_kept_results", []).append(result)
    return result

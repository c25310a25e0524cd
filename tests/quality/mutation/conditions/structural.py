"""Mutants that plain operators do not make: faults of loops, caches, aliases and gradients."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

from tests.quality.mutation.conditions.planted import NAME
from tests.quality.mutation.operators import Change, Operator, Operators, copied

STRUCTURAL: Operators = {}
BACKENDS: dict[str, tuple[str, ...]] = {}
"""By operator, the backends on which it changes anything, where that is not all of them."""

TITLES = {
    "lastchunk": "a loop in chunks forgets the last one",
    "cached": "a result cached across calls",
    "inplace": "an operation in place on what the caller owns",
    "product": "`where` replaced by a product with the mask",
    "gradcut": "the gradient cut every n steps",
    "unrolled": "a loop unrolled",
    "retraced": "a loop compiled anew in each call",
    "appended": "an element appended to a list on the layer",
}
"""What each operator makes, in a report's words."""

_OWNED = ("inputs", "sequence", "sequences", "states", "h_tm1", "c_tm1", "initial_state")
_MODULES = ("ops", "backend", "np", "jnp", "tf", "torch")
_INPLACE = {"add": "Add", "multiply": "Mult", "subtract": "Sub"}
_LOOPS = ("rnn", "inner_loop", "cell", "forward_layer", "backward_layer", "cell_call_fn")


def structural(
    name: str, *kinds: type[ast.AST], backends: tuple[str, ...] = ()
) -> Callable[[Operator], Operator]:
    """Register the decorated generator for nodes of the given kinds."""

    def register(function: Operator) -> Operator:
        STRUCTURAL[name] = (kinds, function)
        if backends:
            BACKENDS[name] = backends
        return function

    return register


def of_backend(backend: str) -> Operators:
    """The operators that change something on a backend."""
    return {
        name: made for name, made in STRUCTURAL.items() if backend in BACKENDS.get(name, (backend,))
    }


def helper(node: ast.AST, name: str, *arguments: ast.expr) -> Any:
    """A call of one of the planted helpers, in the place of a node."""
    function = ast.Attribute(ast.Name(NAME, ast.Load()), name, ast.Load())
    return ast.copy_location(ast.Call(function, list(arguments), []), node)


def local_variables() -> ast.expr:
    """A call of `locals()`."""
    return ast.Call(ast.Name("locals", ast.Load()), [], [])


def _later(node: ast.expr) -> ast.expr:
    nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
    return ast.Lambda(nothing, node)


def _called(node: ast.AST) -> str:
    """The last part of the name of what a call calls; empty if it has none."""
    function = node.func if isinstance(node, ast.Call) else None
    return str(getattr(function, "attr", getattr(function, "id", "")))


def _of_module(node: ast.Call) -> bool:
    owner = getattr(node.func, "value", None)
    return isinstance(owner, ast.Name) and owner.id in _MODULES


@structural("lastchunk", ast.For, ast.Compare, ast.Call)
def _lastchunk(node: Any) -> Iterator[Change]:
    if isinstance(node, ast.For):
        yield copied(node, iter=helper(node.iter, "whole_chunks", node.iter)), node.iter
    elif isinstance(node, ast.Compare):
        last = node.comparators[-1]
        if isinstance(last, ast.Name) and last.id == "time_steps_t":
            new = helper(last, "whole_chunks", last)
            yield copied(node, comparators=[*node.comparators[:-1], new]), last
    elif _called(node) in ("matmul", "input_conv", "recurrent_conv"):
        yield helper(node, "chunked", node), node


@structural("cached", ast.Assign)
def _cached(node: ast.Assign) -> Iterator[Change]:
    value = node.value
    if isinstance(value, ast.Call) and value.args and isinstance(value.func, ast.Attribute):
        owner = value.func.value
        if isinstance(owner, ast.Name) and owner.id in (*_MODULES, "self"):
            place = ast.Constant(f"{node.lineno}:{node.col_offset}")
            yield copied(node, value=helper(value, "cached", place, _later(value))), value


@structural("inplace", ast.BinOp, ast.Call, ast.Return, backends=("numpy", "torch"))
def _inplace(node: Any) -> Iterator[Change]:
    if isinstance(node, ast.Return):
        if isinstance(node.value, (ast.Tuple, ast.Name)):
            yield (
                copied(node, value=helper(node.value, "clobbered", node.value, local_variables())),
                node,
            )
        return
    if isinstance(node, ast.BinOp):
        name, operands = type(node.op).__name__, [node.left, node.right]
    else:
        name, operands = _INPLACE.get(_called(node), ""), node.args
    if name in _INPLACE.values() and len(operands) == 2:
        for left, right in (operands, operands[::-1] if name != "Sub" else operands):
            if isinstance(left, ast.Name) and left.id in _OWNED:
                yield helper(node, "inplace", ast.Constant(name), left, right), left


@structural("product", ast.Call)
def _product(node: ast.Call) -> Iterator[Change]:
    if _called(node) == "where" and len(node.args) == 3 and _of_module(node):
        yield helper(node, "product", *node.args), node


@structural("gradcut", ast.Call, backends=("tensorflow", "torch", "jax"))
def _gradcut(node: ast.Call) -> Iterator[Change]:
    if _called(node) == "step_function":
        yield helper(node, "cut", node, local_variables()), node


@structural("unrolled", ast.keyword)
def _unrolled(node: ast.keyword) -> Iterator[Change]:
    if node.arg == "unroll":
        yield copied(node, value=ast.copy_location(ast.Constant(True), node.value)), node.value


@structural("retraced", ast.Call, backends=("tensorflow", "jax"))
def _retraced(node: ast.Call) -> Iterator[Change]:
    if _called(node) in _LOOPS and not isinstance(getattr(node.func, "value", None), ast.Call):
        yield helper(node, "retraced", _later(node)), node


@structural("appended", ast.Return)
def _appended(node: ast.Return) -> Iterator[Change]:
    if isinstance(node.value, (ast.Tuple, ast.Name, ast.Call)):
        yield (
            copied(node, value=helper(node.value, "appended", node.value, local_variables())),
            node,
        )

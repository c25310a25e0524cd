"""The mutation operators: each turns one node of a syntax tree into a slightly wrong one."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import Any

Change = tuple[ast.AST, ast.AST]
"""A replacement, and the node whose place names it."""
Operator = Callable[[Any], Iterator[Change]]

Operators = dict[str, tuple[tuple[type[ast.AST], ...], Operator]]
"""By name, the nodes that an operator takes, and what it makes of one."""

OPERATORS: Operators = {}


def operator(name: str, *kinds: type[ast.AST]) -> Callable[[Operator], Operator]:
    """Register the decorated generator for nodes of the given kinds."""

    def register(function: Operator) -> Operator:
        OPERATORS[name] = (kinds, function)
        return function

    return register


def changes(node: ast.AST, operators: Operators) -> Iterator[tuple[str, ast.AST, ast.AST]]:
    """Every (operator, replacement, anchor) of a node."""
    for name, (kinds, function) in operators.items():
        if isinstance(node, kinds):
            for new, anchor in function(node):
                yield name, new, anchor


_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
}

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
}


def copied(node: ast.AST, **fields: Any) -> Any:
    """A node with other fields, in the same place."""
    new = type(node)(**{**dict(ast.iter_fields(node)), **fields})
    return ast.copy_location(new, node)


def _without(items: Sequence[Any], i: int) -> list[Any]:
    return [*items[:i], *items[i + 1 :]]


def _swapped(items: Sequence[Any], i: int) -> list[Any]:
    return [*items[:i], items[i + 1], items[i], *items[i + 2 :]]


def _constant(node: ast.AST, value: Any) -> ast.AST:
    return ast.copy_location(ast.Constant(value), node)


@operator("arithmetic", ast.BinOp, ast.AugAssign)
def _arithmetic(node: Any) -> Iterator[Change]:
    if type(node.op) in _ARITHMETIC:
        yield copied(node, op=_ARITHMETIC[type(node.op)]()), node


@operator("operand", ast.BinOp)
def _operand(node: ast.BinOp) -> Iterator[Change]:
    yield node.left, node
    yield node.right, node


@operator("overwrite", ast.AugAssign)
def _overwrite(node: ast.AugAssign) -> Iterator[Change]:
    new = ast.Assign(targets=[node.target], value=node.value)
    yield ast.copy_location(new, node), node


@operator("comparison", ast.Compare)
def _comparison(node: ast.Compare) -> Iterator[Change]:
    for i, op in enumerate(node.ops):
        for other in _COMPARISONS[type(op)]:
            yield (
                copied(node, ops=[*node.ops[:i], other(), *node.ops[i + 1 :]]),
                node.comparators[i],
            )


@operator("connective", ast.BoolOp)
def _connective(node: ast.BoolOp) -> Iterator[Change]:
    other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield copied(node, op=other), node


@operator("condition", ast.BoolOp)
def _condition(node: ast.BoolOp) -> Iterator[Change]:
    for i, value in enumerate(node.values):
        rest = _without(node.values, i)
        yield rest[0] if len(rest) == 1 else copied(node, values=rest), value


@operator("negation", ast.UnaryOp)
def _negation(node: ast.UnaryOp) -> Iterator[Change]:
    if isinstance(node.op, (ast.Not, ast.USub)):
        yield node.operand, node


@operator("constant", ast.Constant)
def _constants(node: ast.Constant) -> Iterator[Change]:
    value = node.value
    others: tuple[Any, ...] = ()
    if isinstance(value, bool):
        others = (not value,)
    elif isinstance(value, (int, float)):
        others = (value + 1, value - 1)
    elif isinstance(value, str):
        others = (f"{value}_",)
    elif value is None:
        others = (0,)
    for other in others:
        yield _constant(node, other), node


@operator("forced", ast.If, ast.IfExp, ast.While)
def _forced(node: Any) -> Iterator[Change]:
    for value in (True, False):
        if not (isinstance(node, ast.While) and value):
            yield copied(node, test=_constant(node.test, value)), node.test


@operator("filter", ast.comprehension)
def _filter(node: ast.comprehension) -> Iterator[Change]:
    for i, test in enumerate(node.ifs):
        yield copied(node, ifs=_without(node.ifs, i)), test


@operator("keyword", ast.Call)
def _keyword(node: ast.Call) -> Iterator[Change]:
    for i, given in enumerate(node.keywords):
        yield copied(node, keywords=_without(node.keywords, i)), given


@operator("swap", ast.Call)
def _swap(node: ast.Call) -> Iterator[Change]:
    if isinstance(node.func, ast.Name) and node.func.id in ("min", "max"):
        return
    for i in range(len(node.args) - 1):
        yield copied(node, args=_swapped(node.args, i)), node.args[i]


@operator("unwrap", ast.Call)
def _unwrap(node: ast.Call) -> Iterator[Change]:
    if node.args and not isinstance(node.args[0], ast.Starred):
        yield node.args[0], node


@operator("element", ast.Tuple, ast.List, ast.Set)
def _element(node: Any) -> Iterator[Change]:
    if isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        for i, element in enumerate(node.elts):
            yield copied(node, elts=_without(node.elts, i)), element


@operator("order", ast.Tuple, ast.List)
def _order(node: Any) -> Iterator[Change]:
    for i in range(len(node.elts) - 1):
        yield copied(node, elts=_swapped(node.elts, i)), node.elts[i]


@operator("entry", ast.Dict)
def _entry(node: ast.Dict) -> Iterator[Change]:
    for i, value in enumerate(node.values):
        new = copied(node, keys=_without(node.keys, i), values=_without(node.values, i))
        yield new, node.keys[i] or value


@operator("bound", ast.Slice)
def _bound(node: ast.Slice) -> Iterator[Change]:
    for field in ("lower", "upper", "step"):
        if (bound := getattr(node, field)) is not None:
            yield copied(node, **{field: None}), bound


_REMOVABLE = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.Delete)


@operator("statement", *_REMOVABLE)
def _statement(node: ast.stmt) -> Iterator[Change]:
    yield ast.copy_location(ast.Pass(), node), node


@operator("raise", ast.Raise)
def _raise(node: ast.Raise) -> Iterator[Change]:
    yield ast.copy_location(ast.Pass(), node), node


@operator("error", ast.Raise)
def _error(node: ast.Raise) -> Iterator[Change]:
    if isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name):
        other = "TypeError" if node.exc.func.id != "TypeError" else "ValueError"
        name = ast.copy_location(ast.Name(other, ast.Load()), node.exc.func)
        yield copied(node, exc=copied(node.exc, func=name)), node.exc


@operator("return", ast.Return)
def _return(node: ast.Return) -> Iterator[Change]:
    if node.value is not None and not isinstance(node.value, ast.Constant):
        yield copied(node, value=_constant(node.value, None)), node


@operator("skip", ast.For)
def _skip(node: ast.For) -> Iterator[Change]:
    empty = ast.copy_location(ast.Tuple([], ast.Load()), node.iter)
    yield copied(node, iter=empty), node.iter


@operator("decorator", ast.FunctionDef)
def _decorator(node: ast.FunctionDef) -> Iterator[Change]:
    for i, decorator in enumerate(node.decorator_list):
        if not _names(decorator):
            yield copied(node, decorator_list=_without(node.decorator_list, i)), decorator


def _names(decorator: ast.expr) -> bool:
    """Whether a decorator gives a function a public name, as it has done when Keras is imported."""
    return isinstance(decorator, ast.Call) and getattr(decorator.func, "id", "") == "keras_export"

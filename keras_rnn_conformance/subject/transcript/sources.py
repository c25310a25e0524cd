"""The text of functions and classes of the subject, as a script holds them.

Annotations and docstrings are left out; names of the module are written as a script has them, and
plain constants by their values.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import sys
import textwrap
import types
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_rnn_conformance.subject import classes
from keras_rnn_conformance.subject.transcript.nodes import PLAIN

ROOM = "keras_rnn_conformance."
OUR_OWN = ("printed", "cache")
"""Decorators that say nothing to a script."""


@dataclass
class Text:
    """A definition, and what it takes for granted.

    Attributes:
        lines: the definition.
        imports: the modules that it needs, as import statements.
        others: the definitions of the subject that it uses.
    """

    lines: list[str] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)
    others: list[Any] = field(default_factory=list)


class Unprintable(LookupError):
    """Something has no text of its own; the message says what."""


def definition(thing: Any, captured: dict[str, str] | None = None) -> Text:
    """The text of a function or class.

    Args:
        captured: texts of what a function has captured, by name.

    Raises:
        Unprintable: if it uses what has no text.
    """
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(thing)))
    except (OSError, TypeError, SyntaxError) as error:
        raise Unprintable(f"{thing!r} has no source") from error
    text = Text()
    cleaned = _Cleaner(_names_of(thing), captured or {}, text).visit(tree)
    text.lines = ast.unparse(ast.fix_missing_locations(cleaned)).splitlines()
    text.lines = [line for line in text.lines if line]
    return text


def lambda_text(function: types.FunctionType, captured: dict[str, str]) -> Text:
    """A lambda as an expression: the one line."""
    source = _lambda(function)
    text = Text()
    cleaned = _Cleaner(_names_of(function), captured, text).visit(source)
    text.lines = [ast.unparse(ast.fix_missing_locations(cleaned))]
    return text


def _lambda(function: types.FunctionType) -> ast.expr:
    code = function.__code__
    tree = _parsed(code.co_filename)
    wanted = list(code.co_varnames[: code.co_argcount])
    for node in ast.walk(tree):
        if not isinstance(node, ast.Lambda) or node.lineno != code.co_firstlineno:
            continue
        if [a.arg for a in node.args.args] == wanted:
            return ast.parse(ast.unparse(node), mode="eval").body
    raise Unprintable("a lambda whose text is not found")


@cache
def _parsed(path: str) -> ast.Module:
    return ast.parse(Path(path).read_text(encoding="utf-8"))


def _names_of(thing: Any) -> dict[str, Any]:
    """The globals of a function or class, and what the function has captured."""
    space = dict(vars(sys.modules[thing.__module__]))
    if isinstance(thing, types.FunctionType) and thing.__closure__:
        for name, cell in zip(thing.__code__.co_freevars, thing.__closure__, strict=True):
            space[name] = cell.cell_contents
    return space


class _Cleaner(ast.NodeTransformer):
    def __init__(self, space: dict[str, Any], captured: dict[str, str], text: Text) -> None:
        self.space, self.captured, self.text = space, captured, text
        self.bound: list[set[str]] = []

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        node.returns = None
        kept = [d for d in node.decorator_list if getattr(d, "id", "") not in OUR_OWN]
        node.decorator_list = [self.visit(d) for d in kept]
        return self._scoped(node)

    def visit_Lambda(self, node: ast.Lambda) -> Any:
        return self._scoped(node)

    def _scoped(self, node: Any) -> Any:
        every = [*node.args.args, *node.args.kwonlyargs, *node.args.posonlyargs]
        every += [one for one in (node.args.vararg, node.args.kwarg) if one]
        for argument in every:
            argument.annotation = None
        node.args.defaults = [self.visit(d) for d in node.args.defaults]
        node.args.kw_defaults = [d and self.visit(d) for d in node.args.kw_defaults]
        own = {argument.arg for argument in every}
        body = node.body if isinstance(node.body, list) else [node.body]
        for inner in (n for part in body for n in ast.walk(part)):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                own.add(inner.id)
            if isinstance(inner, (ast.FunctionDef, ast.ClassDef, ast.ExceptHandler)) and inner.name:
                own.add(inner.name)
            if isinstance(inner, (ast.Import, ast.ImportFrom)):
                own |= {(a.asname or a.name).split(".")[0] for a in inner.names}
        self.bound.append(own)
        if isinstance(node.body, list):
            node.body = self._body(node.body)
        else:
            node.body = self.visit(node.body)
        self.bound.pop()
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        kept = [d for d in node.decorator_list if getattr(d, "id", "") not in OUR_OWN]
        node.decorator_list = [self.visit(d) for d in kept]
        node.bases = [self.visit(b) for b in node.bases]
        node.body = self._body(node.body)
        return node

    def _body(self, body: list[Any]) -> list[Any]:
        first = body[0]
        has_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
        rest = body[1:] if has_docstring and isinstance(first.value.value, str) else body
        kept = [new for new in map(self.visit, rest) if new is not None]
        return kept or [ast.Pass()]

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        if node.value is None:
            return None
        return ast.Assign([self.visit(node.target)], self.visit(node.value))

    def visit_Name(self, node: ast.Name) -> Any:
        name = node.id
        if not isinstance(node.ctx, ast.Load) or any(name in own for own in self.bound):
            return node
        if name in self.captured:
            return ast.parse(self.captured[name], mode="eval").body
        if name not in self.space:
            if hasattr(builtins, name) or name == "super":
                return node
            raise Unprintable(f"the name {name}")
        return self._of(name, self.space[name], node)

    def _of(self, name: str, value: Any, node: ast.Name) -> ast.expr:
        path = module_path(value) if isinstance(value, types.ModuleType) else public_path(value)
        if path:
            self.text.imports |= imports_of(path)
            return ast.parse(path, mode="eval").body
        if isinstance(value, (types.FunctionType, type)) and value.__module__.startswith(ROOM):
            self.text.others.append(value)
            return ast.Name(value.__name__, ast.Load())
        if isinstance(value, (*PLAIN, tuple)):
            return ast.parse(repr(value), mode="eval").body
        raise Unprintable(f"the name {name}")


def module_path(module: types.ModuleType) -> str:
    """How a script speaks of a module."""
    if module is classes:
        return "keras.layers"
    if module is np:
        return "np"
    for public in ("ops", "layers"):
        if module is getattr(keras, public):
            return f"keras.{public}"
    return module.__name__


def public_path(value: Any) -> str:
    """How a script speaks of a function or class of Keras or of Python; empty if it cannot."""
    module, name = str(getattr(value, "__module__", "")), str(getattr(value, "__name__", ""))
    if module.startswith("keras."):
        for space in ("ops", "tree", "layers", "initializers", "regularizers", "constraints"):
            if getattr(getattr(keras, space, None), name, None) is value:
                return f"keras.{space}.{name}"
        return f"keras.{name}" if getattr(keras, name, None) is value else ""
    if not callable(value) or not module or module.startswith(ROOM) or not name:
        return ""
    if getattr(sys.modules.get(module), name, None) is value:
        return name if module == "builtins" else f"{module}.{name}"
    return ""


def imports_of(path: str) -> set[str]:
    """The import statements that a dotted name needs, beside keras and np."""
    root = path.partition(".")[0]
    if path.startswith("keras.src."):
        return {f"import {path.rpartition('.')[0]}"}
    known = {"keras", "np", *dir(builtins)}
    if root in known:
        return set()
    names = path.split(".")
    while names:
        if ".".join(names) in sys.modules:
            return {f"import {'.'.join(names)}"}
        names.pop()
    return set()

"""What a user handed over, as source: an import where that is possible, or else the code itself."""

from __future__ import annotations

import ast
import builtins
import inspect
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

PLAIN = (bool, int, float, str, bytes, type(None), list, tuple, dict)
"""The types of values that are written by repr."""


class NotWritable(Exception):
    """A value that a script cannot make anew."""


def definitions(name: str, value: Any) -> list[str]:
    """Statements after which `name` is that value, with all that it needs before it.

    Raises:
        NotWritable: if a value is neither imported, plain, nor a function or class with a source.
    """
    definitions: dict[str, str] = {}
    _define(name, value, definitions, ())
    return list(definitions.values())


def import_of(named: Any) -> str:
    """The import of a function or class, with its module's folder put on the path if need be."""
    top = sys.modules[named.__module__.partition(".")[0]]
    file = getattr(top, "__file__", None)
    line = f"from {named.__module__} import {named.__qualname__.partition('.')[0]}"
    if file and not {"site-packages", "dist-packages"} & set(Path(file).parts):
        folder = Path(file).parent.parent if Path(file).name == "__init__.py" else Path(file).parent
        return f"sys.path.insert(0, {str(folder)!r})\n\n{line}"
    return line


def importable(named: Any) -> bool:
    """Whether a function or class can be imported by its name."""
    qualified = getattr(named, "__qualname__", "<")
    module = getattr(named, "__module__", None)
    return "<" not in qualified and module in sys.modules and module != "__main__"


def _define(name: str, value: Any, definitions: dict[str, str], above: tuple[str, ...]) -> None:
    if name in definitions or name in above:
        return
    if isinstance(value, ModuleType):
        definitions[name] = f"import {value.__name__} as {name}"
    elif isinstance(value, PLAIN):
        definitions[name] = f"{name} = {_plain(value)}"
    elif not isinstance(value, (FunctionType, type)):
        raise NotWritable(name)
    elif importable(value):
        changed = "" if value.__qualname__ == name else f"\n\n{name} = {value.__qualname__}"
        definitions[name] = import_of(value) + changed
    else:
        text, used = _source(name, value)
        for other, needed in used:
            _define(other, needed, definitions, (*above, name))
        definitions[name] = text


def _plain(value: Any) -> str:
    text = repr(value)
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError):
        raise NotWritable(text) from None
    return text


def _source(name: str, value: Any) -> tuple[str, list[tuple[str, Any]]]:
    """A definition of a function, lambda or class under a name, and the names that it uses."""
    try:
        if getattr(value, "__name__", "") == "<lambda>":
            node: ast.AST = _lambda(value)
            text = f"{name} = {ast.unparse(node)}"
        else:
            text = textwrap.dedent(inspect.getsource(value))
            node = ast.parse(text)
            if value.__name__ != name:
                text += f"\n\n{name} = {value.__name__}"
    except (OSError, TypeError, SyntaxError):
        raise NotWritable(name) from None
    return text, list(_used(node, value))


def _lambda(function: FunctionType) -> ast.Lambda:
    """The one lambda of its file that stands in its line and compiles to its code."""
    tree = ast.parse(Path(inspect.getsourcefile(function) or "").read_text(encoding="utf-8"))
    code = function.__code__
    alike = {
        ast.unparse(node): node
        for node in ast.walk(tree)
        if isinstance(node, ast.Lambda)
        and node.lineno == code.co_firstlineno
        and _arguments(_compiled(node)) == _arguments(code)
    }
    if len(alike) != 1:
        raise NotWritable("a lambda")
    return next(iter(alike.values()))


def _compiled(node: ast.Lambda) -> CodeType:
    outer = compile(ast.fix_missing_locations(ast.Expression(node)), "<lambda>", "eval")
    return next(c for c in outer.co_consts if isinstance(c, CodeType))


def _arguments(code: CodeType) -> tuple[Any, ...]:
    names = {*code.co_names, *code.co_freevars}
    plain = [c for c in code.co_consts if not isinstance(c, CodeType)]
    return code.co_varnames, names, plain


def _used(node: ast.AST, value: Any) -> Iterator[tuple[str, Any]]:
    names = sorted({n.id for n in ast.walk(node) if isinstance(n, ast.Name)})
    functions = [value] if isinstance(value, FunctionType) else _methods(value)
    around = dict(vars(sys.modules.get(value.__module__, builtins)))
    for function in functions:
        around |= function.__globals__
        around |= inspect.getclosurevars(function).nonlocals
    around.pop("__class__", None)
    for name in names:
        if name in around and not hasattr(builtins, name):
            yield name, around[name]


def _methods(value: type) -> list[FunctionType]:
    return [member for member in vars(value).values() if isinstance(member, FunctionType)]

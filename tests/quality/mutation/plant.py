"""Plants a mutant into the Keras of this process, in place: every importer sees the fault."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

from tests.quality.mutation.conditions import history, planted
from tests.quality.mutation.conditions.structural import STRUCTURAL
from tests.quality.mutation.mutants import Mutant
from tests.quality.mutation.targets import module_name


def plant(mutant: Mutant) -> None:
    """Replace the function that holds the fault; there is no way back but a new process."""
    if mutant.guard or mutant.operator in STRUCTURAL:
        history.install()
    replace_member(mutant.file, mutant.member, mutant.code())


def replace_member(file: str, member: str, code: CodeType) -> None:
    """Put other code in the place of a function or method of a source."""
    module = importlib.import_module(module_name(file))
    setattr(module, planted.NAME, planted)
    made: dict[str, Any] = {}
    exec(code, vars(module), made)  # noqa: S102  (that is what planting means)
    holder, _, name = member.rpartition(".")
    if holder:
        replace_method(getattr(module, holder), name, vars(made[holder])[name])
    else:
        _replace_function(getattr(module, name), made[name])


def replace_method(owner: type, name: str, new: Any) -> None:
    """Set a method compiled in a class of the same name, and let its super() mean `owner`."""
    for function in _functions(new):
        cells = function.__closure__ or ()
        for variable, cell in zip(function.__code__.co_freevars, cells, strict=True):
            if variable == "__class__":
                cell.cell_contents = owner
    setattr(owner, name, new)


def _functions(method: Any) -> Iterator[FunctionType]:
    """The plain functions inside a method, whatever its decorators made of it."""
    inner = method.fget if isinstance(method, property) else getattr(method, "__func__", method)
    while isinstance(inner, FunctionType):
        yield inner
        inner = getattr(inner, "__wrapped__", None)


def _replace_function(old: Any, new: Any) -> None:
    """Give a function the code of another: whoever imported it by name holds the same object."""
    old, new = inspect.unwrap(old), inspect.unwrap(new)
    old.__code__ = new.__code__
    old.__defaults__ = new.__defaults__
    old.__kwdefaults__ = new.__kwdefaults__

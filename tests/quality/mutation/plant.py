"""Plants a mutant into the Keras of this process, in place: every importer sees the fault."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FunctionType, ModuleType
from typing import Any

from tests.quality.mutation.conditions import history, planted
from tests.quality.mutation.conditions.structural import STRUCTURAL
from tests.quality.mutation.mutants import Mutant
from tests.quality.mutation.targets import module_name


def plant(mutant: Mutant) -> None:
    """Replace the function that holds the fault; there is no way back but a new process."""
    replace_member(mutant.file, mutant.member, mutant.code())
    if mutant.guard or mutant.operator in STRUCTURAL:
        history.install()


def replace_member(file: str, member: str, code: CodeType) -> None:
    """Put other code in the place of a function or method of a source."""
    module = importlib.import_module(module_name(file))
    setattr(module, planted.NAME, planted)
    made: dict[str, Any] = {}
    holder, _, name = member.rpartition(".")
    if holder:
        owner = getattr(module, holder)
        with _lent(module, name, vars(owner)[name]):
            exec(code, vars(module), made)  # noqa: S102  (that is what planting means)
        replace_method(owner, name, vars(made[holder])[name])
    else:
        exec(code, vars(module), made)  # noqa: S102
        _replace_function(getattr(module, name), made[name])


@contextmanager
def _lent(module: ModuleType, name: str, method: Any) -> Iterator[None]:
    """Let `@name.setter` find its property where a class would have it."""
    lent = isinstance(method, property) and not hasattr(module, name)
    if lent:
        setattr(module, name, method)
    try:
        yield
    finally:
        if lent:
            delattr(module, name)


def replace_method(owner: type, name: str, new: Any) -> None:
    """Set a method compiled in a class of the same name, and let its super() mean `owner`."""
    for function in _functions(new):
        cells = function.__closure__ or ()
        for variable, cell in zip(function.__code__.co_freevars, cells, strict=True):
            if variable == "__class__":
                cell.cell_contents = owner
    if isinstance(new, property):
        new = property(new.fget, new.fset or vars(owner)[name].fset)
    setattr(owner, name, new)


def _functions(method: Any) -> Iterator[FunctionType]:
    """The plain functions inside a method, whatever its decorators made of it."""
    if isinstance(method, property):
        yield from (one for part in (method.fget, method.fset) for one in _functions(part))
        return
    inner = getattr(method, "__func__", method)
    while isinstance(inner, FunctionType):
        yield inner
        inner = getattr(inner, "__wrapped__", None)


def _replace_function(old: Any, new: Any) -> None:
    """Give a function the code of another: whoever imported it by name holds the same object."""
    old, new = inspect.unwrap(old), inspect.unwrap(new)
    old.__code__ = new.__code__
    old.__defaults__ = new.__defaults__
    old.__kwdefaults__ = new.__kwdefaults__

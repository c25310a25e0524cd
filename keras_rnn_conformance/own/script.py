"""A failure as a script of Keras, NumPy and the user's own import, printed from what ran."""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

import keras
import numpy as np

from keras_rnn_conformance.own import kit
from keras_rnn_conformance.own import subject as subject_module
from keras_rnn_conformance.own.judge import Outcome
from keras_rnn_conformance.own.laws import LAWS
from keras_rnn_conformance.own.message import judged
from keras_rnn_conformance.own.subject import CELL_OPTIONS, Subject
from keras_rnn_conformance.own.user_code import NotWritable, definitions, import_of, importable

_PREFIX = "keras_rnn_conformance."


def script_text(outcome: Outcome, subject: Subject) -> str:
    """The script of a failed check: its exit status is 1 while the check fails, and 0 else."""
    assert outcome.sizes is not None and outcome.failure is not None
    law = LAWS[outcome.check]
    functions = _functions(law.function, [kit.filled, kit.departs, subject_module.plain_data])
    names = list(inspect.signature(law.function).parameters)
    body = [
        f'"""{law.sentence}\n\nFails with {judged()}, NumPy {np.__version__}.\n"""',
        _imports(functions),
        _fresh(subject, outcome, names),
        *(_source(f) for f in functions),
        _main(outcome, subject, names),
    ]
    return "\n\n\n".join(part.strip("\n") for part in body) + "\n"


def _functions(law: Callable[..., Any], first: list[Any]) -> list[FunctionType]:
    """The law and every function that it needs, those that others need first."""
    ordered: list[Any] = []

    def add(function: Any) -> None:
        if function in ordered:
            return
        for name in sorted(_names(function)):
            used = function.__globals__.get(name)
            if (
                isinstance(used, FunctionType)
                and used.__module__.startswith(_PREFIX)
                and used is not function
            ):
                add(used)
        ordered.append(function)

    for function in [*first, law]:
        add(function)
    return ordered


def _names(function: Any) -> set[str]:
    tree = ast.parse(_source(function))
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _source(function: Any) -> str:
    """The source of a function without its decorator."""
    text = textwrap.dedent(inspect.getsource(function))
    node = ast.parse(text).body[0]
    assert isinstance(node, ast.FunctionDef)
    return "\n".join(text.splitlines()[node.lineno - 1 :]).replace(" -> Any:", ":")


def _imports(functions: list[FunctionType]) -> str:
    needed: set[str] = set()
    for function in functions:
        for name in _names(function):
            used = function.__globals__.get(name)
            if isinstance(used, ModuleType) and used.__name__ not in ("keras", "numpy"):
                needed.add(used.__name__)
    plain = "\n".join(f"import {name}" for name in sorted({"os", "sys", *needed}))
    return (
        f'{plain}\n\nos.environ.setdefault("KERAS_BACKEND", "{keras.backend.backend()}")\n\n'
        "import keras\nimport numpy as np"
    )


def _fresh(subject: Subject, outcome: Outcome, names: list[str]) -> str:
    """The user's import, and `fresh`, which makes a layer from it."""
    assert outcome.sizes is not None
    size = f"{subject.size_argument}={outcome.sizes.units}, " if subject.size_argument else ""
    head, make = _user(subject, size)
    if subject.kind == "layer":
        drop = "return_sequences=True, " if subject.always_sequences else ""
        return f"{head}\n\n\ndef fresh({drop}**options):\n    return {make}"
    return f"""{head}


def make_cell(**options):
    return {make}


def fresh(**options):
    taken = {{key: options.pop(key) for key in {CELL_OPTIONS!r} if key in options}}
    if "dtype" in options:
        taken["dtype"] = options["dtype"]
    return keras.layers.RNN(make_cell(**taken), **options)"""


def _user(subject: Subject, size: str) -> tuple[str, str]:
    """How the user's thing is imported, and the expression that makes one."""
    source = subject.source
    if isinstance(source, keras.layers.Layer):
        head, name = _import_of(type(source))
        config = source.get_config()
        try:
            json.dumps(config)
        except TypeError:
            return _instead(subject), _MISSING
        return (
            f"{head}\n\nconfig = {config!r}",
            f"{name}.from_config({{**config, **dict({size}**options)}})",
        )
    if source.__module__ == "builtins":
        return _instead(subject), _MISSING
    if importable(source):
        head, name = _import_of(source)
        return head, f"{name}({size}**options)"
    try:
        return "\n\n".join(definitions("factory", source)), f"factory({size}**options)"
    except NotWritable:
        return _instead(subject), _MISSING


def _instead(subject: Subject) -> str:
    return (
        f"# {subject.name} cannot be imported by name, nor its source be printed: put here what\n"
        "# makes the layer, or give check_layer a class or a function of a module."
    )


_MISSING = 'sys.exit("this script lacks the layer: see the comment at its top")'


def _import_of(source: Any) -> tuple[str, str]:
    if source.__module__.startswith("keras."):
        return "", f"keras.layers.{source.__qualname__}"
    return import_of(source), source.__qualname__


def _main(outcome: Outcome, subject: Subject, names: list[str]) -> str:
    assert outcome.sizes is not None and outcome.failure is not None
    facts = subject.facts() if not subject.broken else {"full": {}}
    given = []
    for name in names:
        value = (
            name if name in ("make", "fresh", "make_cell", "x") else _written(name, facts.get(name))
        )
        given.append(f"{name}={value}")
    moved = "".join(
        f", {key}={_written(key, value)}"
        for key, value in (
            ("keep_weights", subject.declared.keep_weights),
            ("constrain", subject.declared.constrain),
        )
        if value
    )
    shape = tuple(subject.data(outcome.sizes).shape)
    return f"""x = plain_data({shape})


def make(x=x, **options):
    return filled(fresh, x{moved}, **options)


bound = {outcome.failure.bound!r}  # how far rounding moves these numbers, measured
for where, got, want, *_ in {outcome.check}({", ".join(given)}):
    place = departs(got, want, bound)
    if place is not None:
        print(where, "differs at", *place)
        print("got ", got)
        print("want", want)
        sys.exit(1)"""


def _written(name: str, value: Any) -> str:
    """A declared value as an expression: names for functions and classes."""
    if name == "custom_objects":
        inside = ", ".join(f"{key!r}: {_reached(v)}" for key, v in value.items())
        return f"{{{inside}}}"
    return _reached(value) if callable(value) else repr(value)


def _reached(value: Any) -> str:
    """An expression that gives a function or class of a module."""
    return f"getattr(__import__({value.__module__!r}, fromlist=['x']), {value.__qualname__!r})"

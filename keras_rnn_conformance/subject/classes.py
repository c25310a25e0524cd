"""The layer classes that cases are built of: those of `keras.layers`, or what replaces them.

`classes.LSTM` is `keras.layers.LSTM`, unless `--layer LSTM=mypackage.layers:MyLSTM` names
another. Every module of the subject takes its classes from here.
"""

from __future__ import annotations

import difflib
import importlib
import sys
from functools import cache
from pathlib import Path
from typing import Any

import keras

from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.cases import replaced
from keras_rnn_conformance.cases.api.table import renamed, spelled, spelling
from keras_rnn_conformance.cases.replaced import Replacement


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(name)
    if name in replaced.chosen:
        return loaded(replaced.chosen[name])
    own = getattr(keras.layers, name)
    anew = any(spelling(old) != old for old in renamed())
    return _spelled(own) if anew and isinstance(own, type) else own


class _Spelled(type):
    """What stands for a class of Keras that has new names for some of its arguments."""

    keras_class: Any

    def __call__(cls, *arguments: Any, **options: Any) -> Any:
        return cls.keras_class(*arguments, **spelled(options))

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, cls.keras_class)

    def __getattr__(cls, name: str) -> Any:
        return getattr(cls.keras_class, name)


@cache
def _spelled(own: Any) -> Any:
    return _Spelled(own.__name__, (), {"keras_class": own})


def load() -> None:
    """Import every replacement.

    Raises:
        CommandFault: if one cannot be imported, or is no class.
    """
    for one in replaced.chosen.values():
        loaded(one)


@cache
def loaded(one: Replacement) -> Any:
    """The class of a replacement, registered so that files and configurations lead to it.

    Raises:
        CommandFault: if it cannot be imported, or is no class of a layer.
    """
    try:
        module = importlib.import_module(one.module)
    except Exception as error:
        raise CommandFault(
            f"{one}: {one.module} cannot be imported: {type(error).__name__}: {error}"
        ) from None
    if not hasattr(module, one.attribute):
        near = difflib.get_close_matches(one.attribute, vars(module), 1)
        meant = f"; did you mean {near[0]}?" if near else ""
        raise CommandFault(f"{one}: {module.__file__} has no {one.attribute}{meant}")
    chosen = getattr(module, one.attribute)
    if not isinstance(chosen, type):
        raise CommandFault(f"{one}: {one.attribute} is no class; name the class itself")
    if not (one.name.endswith("Cell") or issubclass(chosen, keras.layers.Layer)):
        raise CommandFault(f"{one}: {one.attribute} does not derive from keras.layers.Layer")
    registered = keras.saving.get_registered_name(chosen) != chosen.__name__
    if not registered and hasattr(chosen, "get_config"):
        keras.saving.register_keras_serializable(package=one.module)(chosen)
    return chosen


def folders() -> list[str]:
    """Where the modules of the replacements were found: what another process needs on its path."""
    roots = {one.module.partition(".")[0] for one in replaced.chosen.values()}
    files = [getattr(sys.modules[root], "__file__", None) for root in sorted(roots)]
    places = [Path(file) for file in files if file]
    return [str(p.parents[1] if p.name == "__init__.py" else p.parent) for p in places]

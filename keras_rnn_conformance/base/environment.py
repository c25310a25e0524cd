"""The backend and the Keras release under judgement, said without importing Keras."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import re
import sys
from collections.abc import Callable, Iterable
from functools import cache
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

from keras_rnn_conformance.base import backends, settings
from keras_rnn_conformance.base.backends import BACKENDS
from keras_rnn_conformance.base.errors import EnvironmentFault
from keras_rnn_conformance.base.paths import REQUIREMENT

FLOATX, FORMAT, EPSILON = "float32", "channels_last", 1e-7
"""What Keras is set to."""


def backend() -> str:
    """The backend to judge: `KERAS_BACKEND`, or TensorFlow."""
    return os.environ.get("KERAS_BACKEND") or "tensorflow"


def check() -> None:
    """See that this process can judge the backend, without importing Keras.

    Raises:
        EnvironmentFault: if something is missing or too old, or set so that verdicts depend on it.
    """
    name = backend()
    if why := _missing(name):
        raise EnvironmentFault(why)
    release = keras_release()
    if not release.split(".")[0].isdigit() or int(release.split(".")[0]) < 3:
        raise EnvironmentFault(
            f"Keras {release} cannot be judged in this process, which needs Keras 3; "
            "judge older releases through files: see README, Older Keras"
        )
    settings.refuse(name)
    if "keras" in sys.modules and hasattr(sys.modules["keras"], "config"):
        refuse_another(("backend", "release", "module"))


def _missing(name: str) -> str:
    """What there is not, without which Keras cannot load the backend; empty if all is there."""
    if importlib.util.find_spec("keras") is None:
        return _uninstalled(name, "keras")
    place = Path(keras_place())
    there = backends.of_keras(place)
    if name in BACKENDS and (name in there or not there):
        needed = BACKENDS[name][0].split()
        return next((_uninstalled(name, m) for m in needed if not _found(m)), "")
    if can_load(name):
        return ""
    if backends.known_of(name, place):
        return (
            f"the {name} backend needs {backends.package(name)}, which is not installed: "
            f"pip install --no-deps {backends.distribution(name)}, and what that needs beside Keras"
        )
    return (
        f"KERAS_BACKEND={name} is unknown; use one of {', '.join(there or BACKENDS)}, "
        f"or install a package {backends.package(name)}"
    )


def can_load(name: str) -> bool:
    """Whether this process's Keras has a backend of the name, in its tree or as a plug-in."""
    place = Path(keras_place())
    return name in backends.of_keras(place) or backends.plugged_in(name, place)


def _found(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _uninstalled(name: str, module: str) -> str:
    hint = REQUIREMENT.format(name)
    return f"the {name} backend needs {module}, which is not installed: pip install '{hint}'"


def backend_version() -> str:
    """The version of what computes, and of the package that makes a backend of it, if one does."""
    name = backend()
    known = BACKENDS[name][1].split() if name in BACKENDS else [name]
    computing = version(*known)
    if not backends.plugged_in(name, Path(keras_place())):
        return computing
    plug_in = f"{backends.distribution(name)} {version(backends.distribution(name))}"
    return plug_in if computing == "none" else f"{computing}, {plug_in}"


def keras_release() -> str:
    """The release of the Keras that `import keras` finds, whichever others are installed.

    Keras names it in a file of its own; where that is missing, the installed distribution does.
    """
    spec = _keras_on_path()
    places = spec.submodule_search_locations or [] if spec else []
    for file in (Path(place) / "src" / "version.py" for place in places):
        match = (
            re.search(r'^__version__ = "(.+)"$', file.read_text(), re.M) if file.exists() else None
        )
        if match:
            return match[1]
    return version("keras", "keras-nightly")


def keras_place() -> str:
    """The folder of the Keras that `import keras` finds."""
    spec = _keras_on_path()
    return str(Path(spec.origin).parent) if spec and spec.origin else "no place"


def _keras_on_path() -> ModuleSpec | None:
    """Where `import keras` leads, even if a plugin has imported another one before."""
    finders = (getattr(finder, "find_spec", None) for finder in sys.meta_path)
    specs = (find("keras", None) for find in finders if find)
    return next((spec for spec in specs if spec is not None), None)


def path_to_keras() -> dict[str, str]:
    """The `PYTHONPATH` that leads another process to the Keras of this one, if it needs one."""
    spec = importlib.util.find_spec("keras")
    folder = str(Path(spec.origin).parents[1]) if spec and spec.origin else ""
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return {"PYTHONPATH": folder} if folder in map(os.path.abspath, filter(None, given)) else {}


def version(*distributions: str) -> str:
    """The version of the first of the distributions that is installed."""
    for name in distributions:
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return "none"


def describe() -> dict[str, str]:
    """What is being judged, as far as it can be said without importing Keras."""
    name = backend()
    return {
        "keras": keras_release(),
        "backend": name,
        "backend version": backend_version(),
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "platform": f"{platform.system()} {platform.machine()}",
    }


_SEEN: dict[str, Callable[[Any], object]] = {
    "backend": lambda keras: keras.config.backend(),
    "release": lambda keras: keras.__version__,
    "module": lambda keras: keras.__file__,
    "floatx": lambda keras: keras.config.floatx(),
    "epsilon": lambda keras: keras.config.epsilon(),
    "image data format": lambda keras: keras.config.image_data_format(),
    "dtype policy": lambda keras: keras.mixed_precision.dtype_policy().name,
    "NNX": lambda keras: getattr(keras.config, "is_nnx_enabled", bool)(),
}
"""What decides a verdict, and how the Keras that is imported says it."""


@cache
def _announced() -> dict[str, object]:
    """What the header and the results say of Keras, by the names of `_SEEN`."""
    spec = _keras_on_path()
    return {
        "backend": backend(),
        "release": keras_release(),
        "module": spec and spec.origin,
        "floatx": FLOATX,
        "epsilon": EPSILON,
        "image data format": FORMAT,
        "dtype policy": FLOATX,
        "NNX": False,
    }


def refuse_another(names: Iterable[str] = tuple(_SEEN)) -> None:
    """See that the Keras that is imported is the one that was announced, in each of the names.

    Raises:
        EnvironmentFault: if it is another, or was set otherwise.
    """
    keras, announced = sys.modules["keras"], _announced()
    for name in names:
        actual = _SEEN[name](keras)
        if actual != announced[name]:
            raise EnvironmentFault(
                f"Keras's {name} is {actual}, and the header and results say {announced[name]}: "
                "leave out the plugin or setting that imported or changed Keras"
            )

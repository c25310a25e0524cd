"""The settings of the process under judgement: backend, precision, seeds; never the user's."""

from __future__ import annotations

import atexit
import gc
import importlib.metadata
import importlib.util
import os
import platform
import re
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

from keras_rnn_conformance.base import homes, settings
from keras_rnn_conformance.base.backends import BACKENDS
from keras_rnn_conformance.base.errors import EnvironmentFault
from keras_rnn_conformance.base.paths import REQUIREMENT

_instead: dict[str, str] = {}
_broken: list[str] = []
"""Why Keras cannot be imported, once that is known."""
_HOME = homes.Home()
atexit.register(_HOME.remove)
# Together a third of the time to compile: what is judged is Keras, not the optimizer of XLA.
_XLA_PLAIN = ("--xla_backend_optimization_level=0", "--xla_cpu_use_fusion_emitters=false")
FLOATX, FORMAT, EPSILON = "float32", "channels_last", 1e-7
"""What Keras is set to."""


def backend() -> str:
    """The backend to judge: `KERAS_BACKEND`, or TensorFlow."""
    return _instead.get("backend") or os.environ.get("KERAS_BACKEND") or "tensorflow"


def check() -> None:
    """See that this process can judge the backend, without importing Keras.

    Raises:
        EnvironmentFault: if something is missing or too old, or set so that verdicts depend on it.
    """
    name = backend()
    if name not in BACKENDS:
        raise EnvironmentFault(f"KERAS_BACKEND={name} is unknown; use one of {', '.join(BACKENDS)}")
    for needed in ("keras", *BACKENDS[name][0].split()):
        if importlib.util.find_spec(needed) is None:
            raise EnvironmentFault(
                f"the {name} backend needs {needed}, which is not installed: "
                f"pip install '{REQUIREMENT.format(name)}'"
            )
    release = keras_release()
    if not release.split(".")[0].isdigit() or int(release.split(".")[0]) < 3:
        raise EnvironmentFault(
            f"Keras {release} cannot be judged in this process, which needs Keras 3; "
            "judge older releases through files: see README, Older Keras"
        )
    settings.refuse(name)
    if "keras" in sys.modules and hasattr(sys.modules["keras"], "config"):
        _refuse_another(("backend", "release", "module"))


def keras_release() -> str:
    """The release of the Keras that `import keras` finds, whichever others are installed.

    Keras names it in a file of its own; where that is missing, the installed distribution does.
    """
    spec = _keras_on_path()
    places = spec.submodule_search_locations or [] if spec else []
    for file in (Path(place) / "src" / "version.py" for place in places):
        found = (
            re.search(r'^__version__ = "(.+)"$', file.read_text(), re.M) if file.exists() else None
        )
        if found:
            return found[1]
    return version("keras", "keras-nightly")


def keras_place() -> str:
    """The folder of the Keras that `import keras` finds."""
    spec = _keras_on_path()
    return str(Path(spec.origin).parent) if spec and spec.origin else "no place"


def _keras_on_path() -> ModuleSpec | None:
    """Where `import keras` leads, even if a plugin has imported another one before."""
    finders = (getattr(finder, "find_spec", None) for finder in sys.meta_path)
    found = (find("keras", None) for find in finders if find)
    return next((spec for spec in found if spec is not None), None)


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
        "backend version": version(*BACKENDS[name][1].split()),
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "platform": f"{platform.system()} {platform.machine()}",
        **_instead,
    }


@contextmanager
def speaking_of(judged: Mapping[str, str]) -> Iterator[None]:
    """Let `backend` and `describe` speak of another run meanwhile, for what is written about it."""
    _instead.update(judged)
    try:
        yield
    finally:
        _instead.clear()


def prepare() -> None:
    """Set everything that could change a verdict, then import Keras.

    Raises:
        EnvironmentFault: if Keras cannot be imported, or is not the one that was announced.
    """
    name = backend()
    settings.set_environment(name)
    os.environ["KERAS_HOME"] = str(_HOME.path)
    if name == "openvino":
        _openvino_in_float32()
    elif name == "jax":
        _keep_compilations()
        _compile_plainly()
    with settings.hushed(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a warning of an import is not about a layer
        if name == "torch":
            importlib.import_module("torch")
        _import_keras()
        _refuse_another(("backend", "release", "module"))
        settings.set_modules(name)
    _set_keras()
    _collect_seldom()


def _set_keras() -> None:
    import keras

    keras.config.set_floatx(FLOATX)
    keras.config.set_epsilon(EPSILON)
    keras.config.set_image_data_format(FORMAT)
    keras.config.set_dtype_policy(FLOATX)
    keras.config.enable_traceback_filtering()
    for no_limit in ("set_max_epochs", "set_max_steps_per_epoch"):
        getattr(keras.config, no_limit, lambda _: None)(None)  # Keras has them since 3.8


def ready() -> None:
    """Have Keras here, prepared once and for all, and see that nothing has set it otherwise.

    Raises:
        EnvironmentFault: if Keras cannot be imported, or is no longer what was announced.
    """
    importlib.import_module("keras_rnn_conformance.subject")
    _refuse_another(_SEEN)


_SEEN: dict[str, Callable[[Any], object]] = {
    "backend": lambda keras: keras.config.backend(),
    "release": lambda keras: keras.__version__,
    "module": lambda keras: keras.__file__,
    "floatx": lambda keras: keras.config.floatx(),
    "epsilon": lambda keras: keras.config.epsilon(),
    "image data format": lambda keras: keras.config.image_data_format(),
    "dtype policy": lambda keras: keras.config.dtype_policy().name,
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


def _refuse_another(names: Iterable[str]) -> None:
    keras, announced = sys.modules["keras"], _announced()
    for name in names:
        found = _SEEN[name](keras)
        if found != announced[name]:
            raise EnvironmentFault(
                f"Keras's {name} is {found}, and the header and results say {announced[name]}: "
                "leave out the plugin or setting that imported or changed Keras"
            )


def _import_keras() -> None:
    """Import Keras, or say once and for all why it cannot be: to try again takes as long again."""
    if not _broken:
        try:
            importlib.import_module("keras")
        except Exception as error:
            why = f"{type(error).__name__}: {error}"
            _broken.append(f"Keras {keras_release()} cannot be imported on {backend()}: {why}")
    if _broken:
        raise EnvironmentFault(_broken[0])


def _keep_compilations() -> None:
    """Let JAX find what this process has compiled already, which every new layer makes it redo.

    A process has a folder of its own: JAX writes these files in place, where others would read.
    """
    kept = {
        "jax_compilation_cache_dir": os.environ.get("JAX_COMPILATION_CACHE_DIR")
        or str(_HOME.path / "jax"),
        "jax_persistent_cache_min_compile_time_secs": 0.0,
        "jax_persistent_cache_min_entry_size_bytes": -1,
    }
    os.environ.update({option.upper(): str(value) for option, value in kept.items()})
    if "jax" in sys.modules:
        for option, value in kept.items():
            sys.modules["jax"].config.update(option, value)


def _compile_plainly() -> None:
    """Have XLA compile for the CPU without optimizing, as far as this jaxlib knows how.

    XLA ends the process at a flag that it does not know, so another process is asked first. Flags
    of the user come last and so win; where a plugin brings a device, XLA is left as it is.
    """
    if _has_plugins():
        return
    given = os.environ.get("XLA_FLAGS", "")
    flags = [flag for flag in _XLA_PLAIN if flag not in given and settings.xla_knows(flag)]
    os.environ["XLA_FLAGS"] = " ".join([*flags, given]).strip()


def _has_plugins() -> bool:
    """Whether a package brings JAX a device other than the CPU."""
    if importlib.metadata.entry_points(group="jax_plugins"):
        return True
    return any(importlib.util.find_spec(name) for name in ("jax_plugins", "libtpu"))


def _collect_seldom() -> None:
    """Leave what was imported out of garbage collections: they cost a tenth of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _openvino_in_float32() -> None:
    """Have OpenVINO compute as it is asked to: on some processors it takes bfloat16 by itself."""
    openvino: Any = importlib.import_module("openvino")
    compiled = openvino.compile_model

    def compile_model(model: Any, device_name: str = "AUTO", config: Any = None) -> Any:
        return compiled(model, device_name, {"INFERENCE_PRECISION_HINT": "f32", **(config or {})})

    openvino.compile_model = compile_model


def device() -> str:
    """The device that the backend computes on, such as `cpu` or `gpu:0`."""
    return settings.device(backend())

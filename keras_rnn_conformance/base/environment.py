"""The settings of the process under judgement: backend, precision, seeds; never the user's."""

from __future__ import annotations

import atexit
import gc
import importlib.metadata
import importlib.util
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from keras_rnn_conformance.base import homes
from keras_rnn_conformance.base.backends import BACKENDS
from keras_rnn_conformance.base.errors import EnvironmentFault

_instead: dict[str, str] = {}
_broken: list[str] = []
"""Why Keras cannot be imported, once that is known."""
_HOME = homes.Home()
atexit.register(_HOME.remove)
# Together a third of the time to compile: what is judged is Keras, not the optimizer of XLA.
_XLA_PLAIN = ("--xla_backend_optimization_level=0", "--xla_cpu_use_fusion_emitters=false")
_XLA_KNOWS = "import jaxlib.xla_client; jaxlib.xla_client.CompileOptions()"


def backend() -> str:
    """The backend to judge: `KERAS_BACKEND`, or TensorFlow."""
    return _instead.get("backend") or os.environ.get("KERAS_BACKEND") or "tensorflow"


def check() -> None:
    """See that Keras and the backend are installed, without importing them.

    Raises:
        EnvironmentFault: if one of them is missing or too old.
    """
    name = backend()
    if name not in BACKENDS:
        raise EnvironmentFault(f"KERAS_BACKEND={name} is unknown; use one of {', '.join(BACKENDS)}")
    for needed in ("keras", *BACKENDS[name][0].split()):
        if importlib.util.find_spec(needed) is None:
            raise EnvironmentFault(
                f"the {name} backend needs {needed}, which is not installed: "
                f"pip install '.[{name}]' in the checkout"
            )
    release = keras_release()
    if not release.split(".")[0].isdigit() or int(release.split(".")[0]) < 3:
        raise EnvironmentFault(
            f"Keras {release} cannot be judged in this process, which needs Keras 3; "
            "judge older releases through files: see README, Older Keras"
        )


def keras_release() -> str:
    """The release of the Keras that `import keras` finds, whichever others are installed.

    Keras names it in a file of its own; where that is missing, the installed distribution does.
    """
    spec = importlib.util.find_spec("keras")
    places = spec.submodule_search_locations or [] if spec else []
    for file in (Path(place) / "src" / "version.py" for place in places):
        found = (
            re.search(r'^__version__ = "(.+)"$', file.read_text(), re.M) if file.exists() else None
        )
        if found:
            return found[1]
    return version("keras", "keras-nightly")


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
        EnvironmentFault: if Keras cannot be imported.
    """
    os.environ["KERAS_BACKEND"] = backend()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    os.environ["KERAS_HOME"] = str(_HOME.path)
    os.environ["JAX_ENABLE_X64"] = "0"  # Keras's numpy backend asks JAX for dtypes as well
    if backend() == "torch":
        importlib.import_module("torch")
    elif backend() == "openvino":
        _openvino_in_float32()
    elif backend() == "jax":
        _keep_compilations()
        _compile_plainly()
    _import_keras()
    import keras

    keras.config.set_floatx("float32")
    keras.config.set_epsilon(1e-7)
    keras.config.set_image_data_format("channels_last")
    keras.config.set_dtype_policy("float32")
    _full_precision(keras.config.backend())
    _collect_seldom()


def ready() -> None:
    """Have Keras here, prepared for once and for all.

    Raises:
        EnvironmentFault: if Keras cannot be imported.
    """
    importlib.import_module("keras_rnn_conformance.subject")


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
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(_HOME.path / "jax"))
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")


def _compile_plainly() -> None:
    """Have XLA compile for the CPU without optimizing, as far as this jaxlib knows how.

    XLA ends the process at a flag that it does not know, so another process is asked first. Flags
    of the user come last and so win; where a plugin brings a device, XLA is left as it is.
    """
    if _has_plugins():
        return
    given = os.environ.get("XLA_FLAGS", "")
    flags = [flag for flag in _XLA_PLAIN if flag not in given and _xla_knows(flag)]
    os.environ["XLA_FLAGS"] = " ".join([*flags, given]).strip()


def _has_plugins() -> bool:
    """Whether a package brings JAX a device other than the CPU."""
    if importlib.metadata.entry_points(group="jax_plugins"):
        return True
    return any(importlib.util.find_spec(name) for name in ("jax_plugins", "libtpu"))


def _xla_knows(flag: str) -> bool:
    asked = subprocess.run(
        [sys.executable, "-c", _XLA_KNOWS],
        env={**os.environ, "XLA_FLAGS": flag},
        capture_output=True,
    )
    return asked.returncode == 0


def _collect_seldom() -> None:
    """Leave what was imported out of garbage collections: they cost a tenth of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _full_precision(name: str) -> None:
    """Turn off TF32 and its kin, which round float32 products to 10 bits on some devices."""
    if name == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_tensor_float_32_execution(False)
    elif name == "jax":
        import jax

        jax.config.update("jax_default_matmul_precision", "highest")
    elif name == "torch":
        import torch

        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.allow_tf32 = False


def _openvino_in_float32() -> None:
    """Have OpenVINO compute as it is asked to: on some processors it takes bfloat16 by itself."""
    openvino: Any = importlib.import_module("openvino")
    compiled = openvino.compile_model

    def compile_model(model: Any, device_name: str = "AUTO", config: Any = None) -> Any:
        return compiled(model, device_name, {"INFERENCE_PRECISION_HINT": "f32", **(config or {})})

    openvino.compile_model = compile_model


def device() -> str:
    """The device that the backend computes on, such as `cpu` or `gpu:0`."""
    name = backend()
    if name == "tensorflow":
        import tensorflow as tf

        return "gpu:0" if tf.config.list_logical_devices("GPU") else "cpu"
    if name == "jax":
        import jax

        return str(jax.default_backend())
    if name == "torch":
        import torch

        return "gpu:0" if torch.cuda.is_available() else "cpu"
    return "cpu"

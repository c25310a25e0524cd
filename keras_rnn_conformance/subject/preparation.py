"""Keras is imported here, and set up before and after, so that no setting of the user's counts."""

from __future__ import annotations

import atexit
import gc
import importlib
import importlib.metadata
import importlib.util
import logging
import os
import sys
import traceback
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from keras_rnn_conformance.base import backends, homes, settings
from keras_rnn_conformance.base.backends import BACKENDS
from keras_rnn_conformance.base.environment import (
    EPSILON,
    FLOATX,
    FORMAT,
    backend,
    keras_place,
    keras_release,
    refuse_another,
)
from keras_rnn_conformance.base.errors import EnvironmentFault

_broken: list[str] = []
"""Why Keras cannot be imported, once that is known."""
_HOME = homes.Home()
atexit.register(_HOME.remove)
# Together a third of the time to compile: what is judged is Keras, not the optimizer of XLA.
_XLA_PLAIN = ("--xla_backend_optimization_level=0", "--xla_cpu_use_fusion_emitters=false")


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
        _announce_plug_in(name)
        _import_keras()
        refuse_another(("backend", "release", "module"))
        _set_modules(name)
    _set_keras()
    _collect_seldom()


def _set_keras() -> None:
    import keras

    keras.config.set_floatx(FLOATX)
    keras.config.set_epsilon(EPSILON)
    keras.config.set_image_data_format(FORMAT)
    keras.mixed_precision.set_dtype_policy(FLOATX)  # in keras.config since 3.0.5
    keras.config.enable_traceback_filtering()
    for no_limit in ("set_max_epochs", "set_max_steps_per_epoch"):
        getattr(keras.config, no_limit, lambda _: None)(None)  # Keras has them since 3.8


def _import_keras() -> None:
    """Import Keras, or say once and for all why it cannot be: to try again takes as long again."""
    if not _broken:
        try:
            importlib.import_module("keras")
        except Exception as error:
            _broken.append(
                f"Keras {keras_release()} cannot be imported on {backend()}: {_why(error)}"
                f"{_whence(error)}"
            )
    if _broken:
        raise EnvironmentFault(_broken[0])


def _why(error: BaseException) -> str:
    """An error in a line, and what caused it, which Keras does not say of a plug-in."""
    message = " ".join(f"{type(error).__name__}: {error}".split())
    return f"{message}, by {_why(error.__cause__)}" if error.__cause__ else message


def _whence(error: BaseException) -> str:
    """The last line of Keras's own that an error of an import came from."""
    place = keras_place()
    lines = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith(place)]
    return f", in {lines[-1].filename}, line {lines[-1].lineno}" if lines else ""


def _announce_plug_in(name: str) -> None:
    """Import the package of a backend before a Keras that would not look for it.

    Before 3.16 Keras knows no plug-ins: a package that brings a backend hooks itself in when it is
    imported, which has to be first.
    """
    place = Path(keras_place())
    if "keras" not in sys.modules and backends.hooked_in(name, place):
        try:
            importlib.import_module(backends.package(name))
        except Exception as error:
            why = f"{backends.package(name)} cannot be imported: {_why(error)}"
            raise EnvironmentFault(why) from None


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


def _set_numpy() -> None:
    """NumPy's own ways with what overflows: warn, never raise."""
    np.seterr(divide="warn", over="warn", under="ignore", invalid="warn")


def _set_modules(backend: str) -> None:
    """Tell the backend, now that it is imported, whoever imported it.

    Raises:
        EnvironmentFault: if the backend has no device, or cannot be told.
    """
    _set_numpy()
    if "jax" in sys.modules:
        _set_jax(backend)
    if backend == "tensorflow":
        _set_tensorflow()
    elif backend == "torch":
        _set_torch()


def _set_jax(backend: str) -> None:
    import jax

    for option, value in settings.JAX.items():
        if hasattr(jax.config, option):
            jax.config.update(option, value)
    if backend == "jax":
        try:
            jax.devices()
        except RuntimeError as error:
            given = os.environ.get("JAX_PLATFORMS", "")
            why = " ".join(str(error).split())
            raise EnvironmentFault(f"JAX has no device, JAX_PLATFORMS={given!r}: {why}") from None
    else:
        jax.config.update("jax_platforms", "cpu")


def _set_tensorflow() -> None:
    import tensorflow as tf

    tf.get_logger().setLevel(logging.CRITICAL)  # it logs unread arrays of Keras as errors
    if not tf.executing_eagerly():
        raise EnvironmentFault(
            "TensorFlow does not execute eagerly, which Keras 3 needs: "
            "leave out what called tf.compat.v1.disable_eager_execution"
        )
    tf.config.run_functions_eagerly(False)
    # TF32 and its kin round float32 products to 10 bits on some devices.
    tf.config.experimental.enable_tensor_float_32_execution(False)


def _set_torch() -> None:
    import torch

    torch.set_default_dtype(torch.float32)
    torch.set_default_device(None)
    torch.set_grad_enabled(True)
    torch.set_flush_denormal(False)
    torch.set_float32_matmul_precision("highest")
    torch.autograd.set_detect_anomaly(False)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    device = getattr(_torch_core(), "DEFAULT_DEVICE", "cpu")
    if not settings.TORCH_DEVICE.fullmatch(device):
        raise EnvironmentFault(f"Keras computes on torch's device {device}: use cpu or cuda")
    try:
        torch.empty(1, device=device)
    except Exception as error:
        why = " ".join(str(error).split())
        raise EnvironmentFault(f"torch cannot use its device {device}: {why}") from None


def device() -> str:
    """The device that the backend computes on, such as `cpu` or `gpu:0`.

    Asking TensorFlow starts its threads, which no fork survives, and logs it.
    """
    name = backend()
    if name == "tensorflow":
        import tensorflow as tf

        with settings.hushed():
            return "gpu:0" if tf.config.list_logical_devices("GPU") else "cpu"
    if name == "jax":
        import jax

        return str(jax.default_backend())
    if name == "torch":
        core = _torch_core()
        place = str(core.get_device()) if core else "cpu"
        return place.replace("cuda", "gpu") if ":" in place or place == "cpu" else f"{place}:0"
    return "gpu:0" if name not in BACKENDS and _lists_gpu() else "cpu"


def _torch_core() -> Any:
    """The module of the backend that chooses its device, which has moved between releases."""
    return next(
        (
            module
            for name, module in sorted(sys.modules.items())
            if name.startswith("keras.src.backend.torch") and hasattr(module, "DEFAULT_DEVICE")
        ),
        None,
    )


def _lists_gpu() -> bool:
    """Whether Keras lists a GPU on a backend that the suite does not know; most list nothing."""
    import keras

    try:
        return bool(keras.distribution.list_devices("gpu"))
    except Exception:
        return False

"""What NumPy and the backends are told, so that no verdict depends on the user's settings.

Everything is set outright. A package that a plugin imported before is told through its own
configuration; what cannot be taken back is refused, in one line, by `refuse`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import Any

from keras_rnn_conformance.base.errors import EnvironmentFault

try:
    import resource
except ImportError:  # Windows
    _limits: dict[str, tuple[int, int]] = {}
else:
    _limits = {
        "-f": (resource.RLIMIT_FSIZE, 64 << 20),
        "-n": (resource.RLIMIT_NOFILE, 256),
    }

_GIVEN = dict(os.environ)
"""The environment as it was given."""
_EARLY = frozenset(sys.modules)
"""The modules that were here before any setting of ours."""

SETTINGS = {
    "KERAS_NNX_ENABLED": "0",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",  # a convolution with oneDNN refuses an empty kernel otherwise
    "ONEDNN_DEFAULT_FPMATH_MODE": "STRICT",  # torch and JAX use oneDNN too
    "DNNL_DEFAULT_FPMATH_MODE": "STRICT",
    "NVIDIA_TF32_OVERRIDE": "0",
}
"""Environment variables with the value that they are given."""

UNSET = frozenset({"KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH", "TF_XLA_FLAGS"})
"""Environment variables that are taken out."""

JAX: dict[str, Any] = {
    "jax_check_tracer_leaks": False,
    "jax_debug_infs": False,
    "jax_debug_key_reuse": False,
    "jax_debug_nans": False,
    "jax_default_device": None,
    "jax_default_matmul_precision": "highest",
    "jax_default_prng_impl": "threefry2x32",
    "jax_disable_jit": False,
    "jax_disable_most_optimizations": False,
    "jax_enable_checks": False,
    "jax_enable_custom_prng": False,
    "jax_enable_x64": False,  # Keras's numpy backend asks JAX for dtypes as well
    "jax_explain_cache_misses": False,
    "jax_log_compiles": False,
    "jax_no_tracing": False,
    "jax_numpy_dtype_promotion": "standard",
    "jax_numpy_rank_promotion": "allow",
    "jax_random_seed_offset": 0,
    "jax_transfer_guard": "allow",
}
"""JAX's options. Those that it has not are left out; those not named keep JAX's defaults."""

_JAX_OF_USER = re.compile(r"JAX_(PLATFORMS|PLATFORM_NAME|.*_VISIBLE_DEVICES|COMPILATION_CACHE_DIR)")
"""What stays the user's: which device computes, and where what is compiled is kept."""
TORCH_DEVICE = re.compile(r"(cpu|cuda|mps|xpu)(:\d+)?")
_XLA_KNOWS = {
    "jax": "import jaxlib.xla_client; jaxlib.xla_client.CompileOptions()",
    "tensorflow": "import tensorflow as tf\n"
    "tf.function(lambda: tf.constant(1.0) + 1.0, jit_compile=True)()",
}
_HAS_DEVICE = {
    "jax": ("JAX_PLATFORMS", "import jax; jax.devices()"),
    "torch": (
        "KERAS_TORCH_DEVICE",
        "import os, torch; torch.empty(1, device=os.environ['KERAS_TORCH_DEVICE'])",
    ),
}
"""By backend, the variable by which a user chooses the device, and code that fails without it."""
_NOISE = re.compile(
    rb"WARNING: All log messages before absl::InitializeLog|[IWE]\d{4} .*\.cc:\d+\]"
)


def refuse(backend: str) -> None:
    """Refuse, without importing anything, what would make verdicts depend on the user's settings.

    Raises:
        EnvironmentFault: with one line that says what to change.
    """
    for why in (_limited(), _early_onednn(backend), _early_jax(backend), _torch_device(backend)):
        if why:
            raise EnvironmentFault(why)
    _refuse_flags(backend)
    _refuse_device(backend)


def _limited() -> str:
    for option, (limit, least) in _limits.items():
        given = resource.getrlimit(limit)[0]
        if given != resource.RLIM_INFINITY and given < least:
            return (
                f"ulimit {option} lets this process have {given}, and Keras and its backends need "
                f"{least}: raise it, ulimit {option} {least if option == '-n' else 'unlimited'}"
            )
    return ""


def _early_onednn(backend: str) -> str:
    if backend != "tensorflow" or "tensorflow" not in _EARLY:
        return ""
    if _GIVEN.get("TF_ENABLE_ONEDNN_OPTS") == "0":
        return ""
    return (
        "TensorFlow was imported before the suite could turn oneDNN off, and would raise other "
        "errors: export TF_ENABLE_ONEDNN_OPTS=0, or leave out the plugin that imports it"
    )


def _early_jax(backend: str) -> str:
    if "jax" not in _EARLY or backend not in ("jax", "numpy"):
        return ""
    read = [
        name
        for name in _GIVEN
        if _is_of_jax(name)
        and name.lower() not in JAX
        and not name.startswith("JAX_PERSISTENT_CACHE")
    ]
    if not read:
        return ""
    return (
        f"JAX was imported before the suite could set {', '.join(sorted(read))} aside: "
        "unset it, or leave out the plugin that imports JAX"
    )


def _torch_device(backend: str) -> str:
    given = _GIVEN.get("KERAS_TORCH_DEVICE", "cpu")
    if backend != "torch" or TORCH_DEVICE.fullmatch(given):
        return ""
    return f"KERAS_TORCH_DEVICE={given} computes nothing: use cpu or cuda, or unset it"


def _refuse_flags(backend: str) -> None:
    given = _GIVEN.get("XLA_FLAGS", "")
    if given and backend in _XLA_KNOWS and not xla_knows(given, backend):
        raise EnvironmentFault(
            f"XLA_FLAGS={given} ends {backend}'s XLA, which does not know these flags: unset it"
        )


def _refuse_device(backend: str) -> None:
    """Ask another process whether there is the device that the user chose."""
    variable, code = _HAS_DEVICE.get(backend, ("", ""))
    given = _GIVEN.get(variable, "")
    if given in ("", "cpu"):
        return
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    if asked.returncode:
        why = (asked.stderr.strip().splitlines() or ["the process ended"])[-1]
        raise EnvironmentFault(f"{variable}={given} names no device of {backend}: {why}")


def xla_knows(flags: str, backend: str = "jax") -> bool:
    """Whether XLA goes on with the flags; it ends the process at one that it does not know."""
    asked = subprocess.run(
        [sys.executable, "-c", _XLA_KNOWS[backend]],
        env={**os.environ, "XLA_FLAGS": flags},
        capture_output=True,
    )
    return asked.returncode == 0


def _is_of_jax(name: str) -> bool:
    return name.startswith("JAX_") and not _JAX_OF_USER.fullmatch(name)


def set_environment(backend: str, environ: MutableMapping[str, str] = os.environ) -> None:
    """Set what is read from the environment, for this process and for those that it starts."""
    environ["KERAS_BACKEND"] = backend
    environ.update(SETTINGS)
    for name in [name for name in environ if name in UNSET or _is_of_jax(name)]:
        del environ[name]
    for option, value in JAX.items():
        if value is not None:
            environ[option.upper()] = str(int(value)) if isinstance(value, bool) else str(value)
    if backend not in _XLA_KNOWS:
        environ.pop("XLA_FLAGS", None)
    if backend != "jax":
        environ["JAX_PLATFORMS"] = "cpu"  # numpy's dtypes come from JAX, and no device is wanted


@contextmanager
def hushed() -> Iterator[None]:
    """Keep off standard error what C++ logs in the block before its log level is read.

    Everything else that was written comes out at the end, in its order.
    """
    try:
        kept = os.dup(2)
    except OSError:  # no standard error
        yield
        return
    try:
        with TemporaryFile() as held:
            os.dup2(held.fileno(), 2)
            try:
                yield
            finally:
                if sys.stderr is not None:
                    sys.stderr.flush()
                os.dup2(kept, 2)
                held.seek(0)
                _pass_on(held.read())
    finally:
        os.close(kept)


def _pass_on(written: bytes) -> None:
    lines = [line for line in written.splitlines(keepends=True) if not _NOISE.match(line)]
    if lines:
        os.write(2, b"".join(lines))

"""The environments that a user may have, one row each, with what the suite must do in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

EVERY = ("tensorflow", "numpy", "torch", "jax")
"""The backends that every row is run on."""

_KERAS_JSON = (
    '{"backend": "BACKEND", "floatx": "float16", "epsilon": 0.001, '
    '"image_data_format": "channels_first"}'
)
_OF_OTHERS = _KERAS_JSON.replace("BACKEND", "openvino")
_OF_THIS = _KERAS_JSON.replace("BACKEND", "{backend}")


@dataclass(frozen=True)
class Row:
    """An environment. In texts, `{folder}` is a folder of the row's own, `{backend}` the backend.

    Attributes:
        name: what it is.
        settings: environment variables; None takes one out.
        pytest: further arguments of pytest.
        python: options of the interpreter.
        before: what a shell does before.
        files: by path in the folder, the text of a file.
        plugin: the code of a pytest plugin that is loaded first of all.
        packages: what is installed for it, beside the environment, by pip.
        refused: by backend, words of the refusal; the other backends are green.
        may_run: whether it is green, instead of refused, where the installed releases allow it.
        copied: the path in the folder of a copy of the checkout to run in.
        read_only: whether nothing can be written in the copy.
        elsewhere: whether it is run from another folder than the checkout.
    """

    name: str
    settings: Mapping[str, str | None] = field(default_factory=dict)
    pytest: tuple[str, ...] = ()
    python: tuple[str, ...] = ()
    before: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    plugin: str = ""
    packages: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    may_run: bool = False
    copied: str = ""
    read_only: bool = False
    elsewhere: bool = False


def _everywhere(words: str) -> dict[str, str]:
    return dict.fromkeys(EVERY, words)


def _settings(name: str, refused: Mapping[str, str] | None = None, **settings: str | None) -> Row:
    return Row(name, settings=settings, refused=refused or {})


_QUIET = {"TF_ENABLE_ONEDNN_OPTS": "0", "TF_CPP_MIN_LOG_LEVEL": "3"}
_LATE_ONEDNN = {"tensorflow": "TensorFlow was imported before the suite could turn oneDNN off"}
_STRICT = {
    "JAX_NUMPY_RANK_PROMOTION": "raise",
    "JAX_NUMPY_DTYPE_PROMOTION": "strict",
    "JAX_CHECK_TRACER_LEAKS": "1",
}
_ANOTHER = (
    "import os, sys\n"
    "given = os.environ['KERAS_BACKEND']\n"
    "os.environ['KERAS_BACKEND'] = 'numpy' if given == 'torch' else 'torch'\n"
    "import keras\n"
    "os.environ['KERAS_BACKEND'] = given\n"
)
_FROM_ELSEWHERE = (
    "import os, sys\nsys.path.insert(0, os.environ['EARLY'])\nimport keras\ndel sys.path[0]\n"
)
_TORCH_SET = (
    "import torch\ntorch.set_default_dtype(torch.float64)\ntorch.set_grad_enabled(False)\n"
    "torch.set_float32_matmul_precision('medium')\n"
)
_KERAS_SET = (
    "import keras\nkeras.config.set_floatx('float16')\nkeras.config.set_epsilon(0.1)\n"
    "keras.config.set_image_data_format('channels_first')\n"
    "keras.config.set_dtype_policy('mixed_float16')\nkeras.config.disable_traceback_filtering()\n"
)
_STUB = {"site/keras/__init__.py": "raise ImportError('no arms')\n"}
_KERAS_2 = {"site/keras/__init__.py": "", "site/keras/src/version.py": '__version__ = "2.15.0"\n'}

ROWS = (
    _settings("nothing set"),
    # Keras
    _settings("an unknown backend", _everywhere("is unknown; use one"), KERAS_BACKEND="nonsense"),
    Row("keras.json with other settings", {"HOME": "{folder}"},
        files={".keras/keras.json": _OF_OTHERS}),
    Row("KERAS_HOME with other settings", {"KERAS_HOME": "{folder}"},
        files={"keras.json": _OF_OTHERS}),
    Row("the backend of keras.json, Keras imported early",
        {**_QUIET, "KERAS_BACKEND": None, "HOME": "{folder}"}, plugin="import keras\n",
        files={".keras/keras.json": _OF_THIS},
        refused=dict.fromkeys(("numpy", "torch", "jax"), "results say tensorflow")),
    Row("Keras imported early", _QUIET, plugin="import keras\n"),
    Row("Keras imported early on another backend", _QUIET, plugin=_ANOTHER,
        refused=_everywhere("Keras's backend is")),
    Row("Keras imported and set early", _QUIET, plugin=_KERAS_SET),
    Row("Keras of another path imported early", {**_QUIET, "EARLY": "{folder}/site"},
        plugin=_FROM_ELSEWHERE,
        files={"site/keras/__init__.py": "from types import SimpleNamespace\n"
               "__version__ = '3.99.0'\n"
               "config = SimpleNamespace(backend=lambda: '{backend}')\n"},
        refused=_everywhere("Keras's release is 3.99.0")),
    Row("a broken Keras", {"PYTHONPATH": "{folder}/site"}, files=_STUB,
        refused=_everywhere("cannot be imported")),
    Row("Keras 2", {"PYTHONPATH": "{folder}/site"}, files=_KERAS_2,
        refused=_everywhere("which needs Keras 3")),
    _settings("NNX asked for", KERAS_NNX_ENABLED="1"),
    _settings("training cut short", KERAS_MAX_EPOCHS="1", KERAS_MAX_STEPS_PER_EPOCH="1"),
    # TensorFlow
    _settings("oneDNN on", TF_ENABLE_ONEDNN_OPTS="1"),
    _settings("TensorFlow's log level 0", TF_CPP_MIN_LOG_LEVEL="0"),
    Row("TensorFlow imported early", _QUIET, plugin="import tensorflow\n"),
    Row("TensorFlow imported early with oneDNN", {"TF_ENABLE_ONEDNN_OPTS": "1"},
        plugin="import tensorflow\n", refused=_LATE_ONEDNN),
    Row("Keras imported early with oneDNN", plugin="import keras\n", refused=_LATE_ONEDNN),
    Row("TensorFlow without eager execution", _QUIET,
        plugin="import tensorflow\ntensorflow.compat.v1.disable_eager_execution()\n",
        refused={"tensorflow": "TensorFlow does not execute eagerly"}),
    Row("TensorFlow's functions run eagerly", _QUIET,
        plugin="import tensorflow\ntensorflow.config.run_functions_eagerly(True)\n"),
    _settings("TensorFlow compiles by itself", TF_XLA_FLAGS="--tf_xla_auto_jit=2"),
    # JAX and XLA
    Row("JAX in strict mode", _STRICT),
    Row("JAX imported early in strict mode", _STRICT, plugin="import jax\n"),
    Row("JAX imported early with float64", {"JAX_ENABLE_X64": "1"}, plugin="import jax\n"),
    Row("JAX imported early with an option that stays", {"JAX_NO_EXECUTION": "1"},
        plugin="import jax\n",
        refused=dict.fromkeys(("jax", "numpy"), "could set JAX_NO_EXECUTION aside")),
    _settings("JAX debugs", JAX_DEBUG_NANS="1", JAX_DISABLE_JIT="1"),
    _settings("JAX without a device", {"jax": "JAX_PLATFORMS=nonsense names"},
              JAX_PLATFORMS="nonsense"),
    _settings("unknown XLA_FLAGS", dict.fromkeys(("jax", "tensorflow"), "XLA_FLAGS="),
              XLA_FLAGS="--xla_nonsense=1"),
    _settings("two devices of XLA", XLA_FLAGS="--xla_force_host_platform_device_count=2"),
    # torch
    _settings("torch's meta device", {"torch": "KERAS_TORCH_DEVICE=meta"},
              KERAS_TORCH_DEVICE="meta"),
    _settings("torch's CPU", KERAS_TORCH_DEVICE="cpu"),
    _settings("a GPU of torch", {"torch": "KERAS_TORCH_DEVICE=cuda:99 names no device"},
              KERAS_TORCH_DEVICE="cuda:99"),
    Row("torch set early", plugin=_TORCH_SET),
    # arithmetic and processors
    _settings("products in bfloat16", ONEDNN_DEFAULT_FPMATH_MODE="BF16"),
    Row("NumPy raises", plugin="import numpy\nnumpy.seterr(all='raise')\n"),
    _settings("one thread", OMP_NUM_THREADS="1"),
    _settings("no GPU to be seen", CUDA_VISIBLE_DEVICES=""),
    # Python
    Row("python -O", python=("-O",)),
    _settings("PYTHONOPTIMIZE=2", PYTHONOPTIMIZE="2"),
    Row("python -X dev", python=("-X", "dev")),
    Row("pytest -W error", pytest=("-W", "error")),
    _settings("another hash seed", PYTHONHASHSEED="1"),
    _settings("PYTHONSAFEPATH", PYTHONSAFEPATH="1"),
    _settings("no bytecode", PYTHONDONTWRITEBYTECODE="1"),
    # the system
    Row("ulimit -f", before="ulimit -f 100", refused=_everywhere("ulimit -f")),
    Row("ulimit -n 64", before="ulimit -n 64", refused=_everywhere("ulimit -n")),
    Row("ulimit -n 256", before="ulimit -n 256"),
    Row("ulimit -s 1024", before="ulimit -s 1024"),
    Row("no standard input", before="exec 0<&-"),
    Row("a full standard error", before="exec 2>/dev/full"),
    _settings("Turkish", LANG="tr_TR.UTF-8", LC_ALL="tr_TR.UTF-8"),
    _settings("ASCII alone", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0"),
    _settings("a zone 14 hours off", TZ="Pacific/Kiritimati"),
    Row("temporary files in a folder with a strange name", {"TMPDIR": "{folder}/ü b"},
        files={"ü b/.keep": ""}),
    _settings("temporary files in a folder that is not there", TMPDIR="{folder}/missing"),
    _settings("no HOME", HOME=None),
    _settings("a HOME that cannot be written", HOME="/proc"),
    Row("a checkout with a strange name", copied="ünï cöde"),
    Row("a read-only checkout", copied="checkout", read_only=True),
    Row("run from elsewhere", elsewhere=True),
    # pytest
    _settings("PYTEST_ADDOPTS", PYTEST_ADDOPTS="-v --tb=native -p no:warnings"),
    Row("pytest.ini of the user", files={"pytest.ini": "[pytest]\naddopts = -v --strict-config\n"},
        copied="checkout"),
    _settings("colour and a narrow screen", FORCE_COLOR="1", COLUMNS="20"),
    Row("two workers", pytest=("-n", "2")),
    Row("two workers without a device", {"JAX_PLATFORMS": "nonsense"}, pytest=("-n", "2"),
        refused={"jax": "JAX_PLATFORMS=nonsense names no device"}),
    Row("pytest-randomly", packages=("pytest-randomly",)),
    Row("pytest-rerunfailures", pytest=("--reruns", "2"), packages=("pytest-rerunfailures",)),
    Row("pytest-timeout", pytest=("--timeout", "300"), packages=("pytest-timeout",)),
    # NumPy
    # JAX of 2026 needs NumPy 2, and Keras and TensorFlow import JAX wherever it is installed.
    Row("NumPy 1.26", packages=("numpy==1.26.4",),
        refused=_everywhere("cannot be imported on"), may_run=True),
    Row("the newest NumPy", packages=("numpy",)),
)  # fmt: skip

"""What is mutated: sets of sources of the installed Keras, and what is left out of them."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from tests.quality.mutation import exporting, surroundings

LAYERS = (
    "layers/rnn/rnn.py",
    "layers/rnn/lstm.py",
    "layers/rnn/gru.py",
    "layers/rnn/simple_rnn.py",
    "layers/rnn/stacked_rnn_cells.py",
    "layers/rnn/bidirectional.py",
    "layers/rnn/time_distributed.py",
    "layers/rnn/dropout_rnn_cell.py",
    "layers/rnn/conv_lstm.py",
    "layers/rnn/conv_lstm1d.py",
    "layers/rnn/conv_lstm2d.py",
    "layers/rnn/conv_lstm3d.py",
)
"""Sources below `keras/src` that every backend shares."""

_CUDNN = "runs on NVIDIA GPUs only"
_STUB = "always raises NotImplementedError, for want of a fused kernel"
_GATE = "decides whether a GPU kernel is tried; without a GPU nothing follows from it"

EXCLUDED: dict[str, dict[str, str]] = {
    "backend/tensorflow/rnn.py": {
        "gru": _CUDNN,
        "lstm": _CUDNN,
        "_cudnn_gru": _CUDNN,
        "_cudnn_lstm": _CUDNN,
        "cudnn_ok": _CUDNN,
        "_do_gru_arguments_support_cudnn": _CUDNN,
        "_do_lstm_arguments_support_cudnn": _CUDNN,
        "_has_fully_masked_sequence": _CUDNN,
        "_assert_valid_mask": _CUDNN,
        "_standardize_cudnn_weights": _CUDNN,
        "_is_sequence_right_padded": _CUDNN,
        "_compute_sequence_length_from_mask": _CUDNN,
        "_is_gpu_available": _CUDNN,
        "bidirectional_lstm": _STUB,
        "bidirectional_gru": _STUB,
    },
    "backend/jax/rnn.py": {
        "_is_gpu_available": _CUDNN,
        "cudnn_ok": _CUDNN,
        "lstm": _CUDNN,
        "bidirectional_lstm": _CUDNN,
        "gru": _STUB,
        "bidirectional_gru": _STUB,
    },
    "backend/torch/rnn.py": {
        "_is_sequence_right_padded": _CUDNN,
        "_has_fully_masked_sequence": _CUDNN,
        "_assert_valid_mask": _CUDNN,
        "_compute_sequence_length_from_mask": _CUDNN,
        "prepare_lstm_params": _CUDNN,
        "prepare_gru_params": _CUDNN,
        "_is_cuda_cudnn_available": _CUDNN,
        "cudnn_ok": _CUDNN,
        "_cudnn_lstm": _CUDNN,
        "_cudnn_gru": _CUDNN,
        "bidirectional_lstm": _CUDNN,
        "bidirectional_gru": _CUDNN,
    },
    "backend/numpy/rnn.py": {
        "lstm": _STUB,
        "gru": _STUB,
        "bidirectional_lstm": _STUB,
        "bidirectional_gru": _STUB,
        "cudnn_ok": _CUDNN,
    },
    "layers/rnn/bidirectional.py": {
        "Bidirectional._can_attempt_fused_lstm": _GATE,
        "Bidirectional._can_attempt_fused_gru": _GATE,
        "Bidirectional._call_fused_lstm": _CUDNN,
        "Bidirectional._call_fused_gru": _CUDNN,
    },
    **surroundings.EXCLUDED,
    **exporting.EXCLUDED,
}
"""By source, the functions whose faults no process without a GPU can show, with the reason."""

EXCLUDED_KEYWORDS = {
    "tensor_array_name": "names a node of TensorFlow's graph, which no documented call shows",
    "parallel_iterations": "a hint to TensorFlow's scheduler that changes no result",
    "swap_memory": "a hint to TensorFlow's memory allocator that changes no result",
}
"""Keyword arguments whose value has no documented effect, with the reason."""


@dataclass(frozen=True)
class Targets:
    """A set of sources.

    Attributes:
        title: what a report calls them.
        shared: those below `keras/src` that every backend shares.
        own: the file that each backend has of its own.
        tests: Keras's own tests of them, as patterns below `keras/src`.
        scenarios: what is done in the cases that are tried; empty for all cases. Where there are
            some, the mutants are those that one of these cases reaches, since most of the sources
            is about other things, and samples are spread evenly over sources.
        mark: what tells files of its figures from those of another set.
    """

    title: str
    shared: tuple[str, ...]
    own: str
    tests: tuple[str, ...]
    scenarios: tuple[str, ...] = ()
    mark: str = ""

    def files(self, backend: str) -> tuple[str, ...]:
        """The sources to mutate for a backend, below `keras/src`."""
        return (*self.shared, f"backend/{backend}/{self.own}")


SETS = {
    "recurrent": Targets(
        "the recurrent layers",
        LAYERS,
        "rnn.py",
        ("layers/rnn/*_test.py",),
    ),
    "surroundings": Targets(
        "what surrounds the recurrent layers",
        surroundings.SHARED,
        "trainer.py",
        surroundings.TESTS,
        surroundings.SCENARIOS,
        "surroundings-",
    ),
    "exports": Targets(
        "what exports models",
        exporting.SHARED,
        "export.py",
        exporting.TESTS,
        exporting.SCENARIOS,
        "exports-",
    ),
}
"""By name, what can be mutated."""


def keras_root() -> Path:
    """The folder `keras/src` of the installed Keras, found without importing it."""
    spec = importlib.util.find_spec("keras")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("Keras is not installed: pip install keras")
    return Path(spec.origin).parent / "src"


def files(backend: str, of: str = "recurrent") -> tuple[str, ...]:
    """The sources of a set to mutate for a backend, below `keras/src`."""
    return SETS[of].files(backend)


def left_out(file: str, member: str) -> bool:
    """Whether a function of a source is not mutated."""
    only = surroundings.ONLY.get(file, (member,))
    return member not in only or member in EXCLUDED.get(file, {})


def module_name(file: str) -> str:
    """The module of a source."""
    return "keras.src." + file.removesuffix(".py").replace("/", ".")

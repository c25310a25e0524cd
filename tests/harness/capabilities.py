"""What a backend cannot do, declared once, with the reason; never as scattered skips."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from tests.harness import environment
from tests.harness.case import Case


@dataclass(frozen=True)
class Capability:
    """Something that some backends lack.

    Attributes:
        name: what it is.
        needs: the cases that need it.
        absent: by backend that lacks it, the reason.
        device: the device that has it after all, if one does.
        provable: whether a case that needs it and conforms proves that it is there after all;
            not so where Keras falls back without a word, or where it is left out for its cost.
    """

    name: str
    needs: Callable[[Case], bool]
    absent: dict[str, str]
    device: str = ""
    provable: bool = True


_NO_GRADIENTS = {
    "numpy": "NumPy computes no gradients",
    "openvino": "OpenVINO is an inference engine: it computes no gradients",
}

_NO_GPU = "cuDNN runs on NVIDIA GPUs, and this process sees none"

CAPABILITIES = (
    Capability(
        "cuDNN",
        lambda case: case["cudnn"] == "true" and case["do"] == "call",
        {
            "tensorflow": _NO_GPU,
            "jax": _NO_GPU,
            "torch": _NO_GPU,
            "numpy": "NumPy has no cuDNN",
            "openvino": "OpenVINO has no cuDNN",
        },
        device="gpu",
        provable=False,
    ),
    Capability(
        "convolution with channels first",
        lambda case: case["fmt"] == "first" and case.layer in ("ConvLSTM1D", "ConvLSTM2D"),
        {"tensorflow": "TensorFlow's convolutions on the CPU take channels last alone"},
        device="gpu",
    ),
    Capability("gradients", lambda case: case["do"] in ("grad", "fit"), _NO_GRADIENTS),
    Capability(
        "transform of functions",
        lambda case: case["via"] == "graph",
        {
            "numpy": "NumPy has nothing that corresponds to tf.function or jax.jit",
            "openvino": "OpenVINO compiles models alone, in predict",
        },
    ),
    Capability(
        "compilation with XLA",
        lambda case: case["via"] == "jit",
        {
            "torch": "jit_compile=True is torch.compile here, which builds C++ code for minutes",
            "numpy": "NumPy computes eagerly",
            "openvino": "OpenVINO has a compiler of its own, which runs in every predict",
        },
        provable=False,
    ),
    Capability(
        "float64 arithmetic",
        lambda case: case["dtype"] == "f64",
        dict.fromkeys(
            ("jax", "torch", "numpy", "openvino"),
            "keras.backend.result_type resolves float64 to float32 on every backend but TensorFlow",
        ),
    ),
)


def lacking(case: Case, backend: str) -> Capability | None:
    """The first capability that the case needs and the backend lacks."""
    wanted = (c for c in CAPABILITIES if backend in c.absent and c.needs(case))
    return next((c for c in wanted if not (c.device and _device().startswith(c.device))), None)


@cache
def _device() -> str:
    return environment.device()

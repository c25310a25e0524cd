"""What a backend cannot do, declared once, with the reason; never as scattered skips."""

from __future__ import annotations

from packaging.version import Version

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.models.course import ASSESSING
from keras_rnn_conformance.cases.models.courses import COURSES
from keras_rnn_conformance.cases.models.deeds.conditions import MAP_DEFAULTS, PICKLING
from keras_rnn_conformance.cases.models.edges import BUNDLED, QUANTIZED, TRAINING
from keras_rnn_conformance.cases.models.shelf import FILES
from keras_rnn_conformance.judging.capability import EVERY, Capability, device, importable
from keras_rnn_conformance.judging.exporting import EXPORTS
from keras_rnn_conformance.judging.needs import (
    carries_masks,
    computes_in_float64,
    convolves_first,
    learns,
    loads,
    not_bad,
)

_NO_GRADIENTS = {
    "numpy": "NumPy computes no gradients",
    "openvino": "OpenVINO is an inference engine: it computes no gradients",
}


def _every(reason: str) -> dict[str, str]:
    return {EVERY: reason}


_NO_FLOAT64 = (
    "keras.backend.result_type resolves float64 to float32 on every backend but TensorFlow"
)

_NEW_ACTIVATIONS = {
    "3.7": "celu hard_shrink hard_tanh log_sigmoid soft_shrink squareplus tanh_shrink",
    "3.8": "sparse_plus sparsemax",
    "3.10": "sparse_sigmoid",
}
"""By release, the activations that it added."""


def _activations(release: str, names: str) -> Capability:
    added = frozenset(names.split())
    return Capability(
        f"activations of Keras {release}",
        lambda case: not added.isdisjoint((case["act"], case["ract"])),
        _every(f"Keras {release} added this activation"),
        since=release,
    )


_NO_GPU = "cuDNN runs on NVIDIA GPUs, and this process sees none"


def _files(release: str) -> Capability:
    return Capability(
        f"files of Keras {release}",
        lambda case: case["do"] == "file" and FILES[str(case["what"])][2] == release,
        _every(f"Keras {release} wrote this file: an older one need not load it"),
        since=release,
        provable=False,
    )


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
        probe="cudnn",
    ),
    Capability(
        "use_cudnn",
        lambda case: case["what"] == "use_cudnn" or not_bad(case, "cudnn"),
        _every("LSTM and GRU take use_cudnn since Keras 3.2"),
        since="3.2",
    ),
    Capability(
        "keras.config.set_dtype_policy",
        lambda case: case.has(do="settings", what="policy"),
        _every("keras.config has set_dtype_policy since Keras 3.0.5"),
        since="3.0.5",
    ),
    Capability(
        "ragged inputs",
        lambda case: case.has(do="edge", what="ragged"),
        _every("keras.Input takes ragged since Keras 3.9"),
        since="3.9",
    ),
    Capability(
        "recursive copies",
        lambda case: case.has(do="edge", what="shared_within"),
        _every("keras.models.clone_model takes recursive since Keras 3.3"),
        since="3.3",
    ),
    Capability(
        "maps of dtype policies",
        lambda case: case["do"] == "edge" and case["what"] in MAP_DEFAULTS,
        _every("the patterns of DTypePolicyMap match whole paths since Keras 3.12"),
        since="3.12",
    ),
    Capability(
        "quantization",
        lambda case: case.has(do="edge", what="quantized"),
        _every("keras.Model has quantize since Keras 3.1"),
        since="3.1",
    ),
    Capability(
        "masks that arrays carry",
        carries_masks,
        {"numpy": "before Keras 3.14 Layer.__call__ ignores masks on NumPy, and warns of it"},
        since="3.14",
    ),
    Capability(
        "implementation of GRU",
        lambda case: (
            case.layer == "GRU"
            and case["as"] in ("layer", "bi", "td")
            and (case["what"] == "implementation" or not_bad(case, "impl"))
        ),
        _every("GRU takes implementation since Keras 3.4; GRUCell always did"),
        since="3.4",
    ),
    *(_files(release) for release in dict.fromkeys(r for *_, r in FILES.values()) if release > "3"),
    *(_activations(release, names) for release, names in _NEW_ACTIVATIONS.items()),
    *EXPORTS,
    Capability(
        "convolution with channels first",
        lambda case: convolves_first(case) and case.layer in ("ConvLSTM1D", "ConvLSTM2D"),
        {"tensorflow": "TensorFlow's convolutions on the CPU take channels last alone"},
        device="gpu",
        since="3.16.dev0",
        probe="channels_first",
    ),
    Capability(
        "3D convolution with channels first",
        lambda case: convolves_first(case) and case.layer == "ConvLSTM3D",
        {"tensorflow": "TensorFlow's take channels last alone; Keras transposes since 3.4"},
        device="gpu",
        since="3.4",
        probe="channels_first",
    ),
    Capability(
        "gradients",
        lambda case: (
            case["do"] in ("grad", "fit")
            or (case["do"] == "cost" and case["what"] in ("epochs", "batches"))
            or (case["do"] == "edge" and case["what"] in TRAINING)
            or (case["do"] == "learn" and COURSES[str(case["what"])].way not in ASSESSING)
            or (case["do"] == "train" and case["what"] in ("fit", "heldfit", "steps"))
        ),
        _NO_GRADIENTS,
        probe="gradients",
    ),
    Capability(
        "tf.data",
        lambda case: learns("tfdata", "fixed")(case) or case.has(do="edge", what="windows"),
        dict.fromkeys(
            ("jax", "torch", "numpy", "openvino"),
            "tf.data is TensorFlow's, which this process has not",
        ),
        provable=False,
        probe="tf_data",
    ),
    Capability(
        "several steps an execution",
        lambda case: (
            (case["do"] == "edge" and case["what"] in BUNDLED)
            or (case["do"] == "learn" and COURSES[str(case["what"])].bundle > 1)
        ),
        {"torch": "before Keras 3.16, compile takes steps_per_execution=1 alone on PyTorch"},
        since="3.16.dev0",
        provable=False,
    ),
    Capability(
        "reductions of losses",
        lambda case: case.has(do="edge", what="reduced"),
        _every("losses take the reduction mean, and one by sample weights, since Keras 3.7"),
        since="3.7",
    ),
    Capability(
        "optional inputs",
        lambda case: case["do"] == "edge" and str(case["what"]).startswith("optional"),
        _every("Input takes optional since Keras 3.4"),
        since="3.4",
    ),
    Capability(
        "quantization",
        lambda case: case["do"] == "edge" and case["what"] in QUANTIZED,
        {"openvino": "OpenVINO does not run Keras's quantized products"},
        provable=False,
        probe="quantization",
    ),
    Capability(
        "losses of regions",
        lambda case: case.has(do="edge", what="regions_defined"),
        _every("keras.losses has Dice and Tversky since Keras 3.3"),
        since="3.3",
    ),
    Capability(
        "RematScope",
        lambda case: case.has(do="edge", what="rematerialized"),
        _every("keras has RematScope since Keras 3.9"),
        since="3.9",
    ),
    Capability(
        "texts",
        lambda case: (
            case["do"] == "edge" and case["what"] in ("texts", "words_kept", "misused_windows")
        ),
        dict.fromkeys(
            ("jax", "torch", "numpy", "openvino"),
            "texts and windows are read by TensorFlow, which is not installed",
        ),
        provable=False,
        modules=("tensorflow",),
    ),
    Capability(
        "weights in several files",
        lambda case: case.has(do="edge", what="sharded"),
        _every("save_weights takes max_shard_size since Keras 3.10"),
        since="3.10",
    ),
    Capability(
        "dtypes of losses",
        lambda case: case.has(do="edge", what="losses_in"),
        _every("losses take a dtype since Keras 3.4, and a policy for it since 3.5"),
        since="3.5",
    ),
    Capability(
        "the strength of LoRA",
        lambda case: case["do"] == "edge" and case["what"] in ("lora_scaled", "lora_made"),
        _every("Dense, EinsumDense and Embedding take lora_alpha since Keras 3.10"),
        since="3.10",
    ),
    Capability(
        "an Embedding of 4 bits",
        lambda case: case["do"] == "edge" and case["what"] in ("lora_int4", "quantized_table"),
        _every("Embedding can be quantized to 4 bits since Keras 3.12"),
        since="3.12",
    ),
    Capability(
        "a quantized model",
        lambda case: case.has(do="edge", what="quantized_whole"),
        _every("models have been quantized in whole, layers that cannot be left out, since 3.5"),
        since="3.5",
        provable=False,
    ),
    Capability(
        "DataLoader",
        loads,
        dict.fromkeys(
            ("jax", "numpy", "openvino"), "DataLoader is torch's, which is not installed"
        ),
        provable=False,
        probe="data_loader",
        modules=("torch",),
    ),
    Capability(
        "DataLoader",
        loads,
        {"tensorflow": "DataLoader is torch's, which may end a process that has TensorFlow"},
        provable=False,
    ),
    Capability(
        "compiled training on JAX",
        lambda case: (
            (case["do"] == "train" and case["what"] in ("heldfit", "steps"))
            or (case["do"] == "fit" and case["what"] != "batch")
        ),
        {"jax": "before Keras 3.10 a compiled step asks jax.spmd_mode, which newer JAX has not"},
        since="3.10",
        provable=False,
    ),
    Capability(
        "pickling",
        lambda case: (
            case["do"] in ("pickle", "copy") or (case["do"] == "edge" and case["what"] in PICKLING)
        ),
        _every("layers go through pickle and deepcopy since Keras 3.3.3"),
        since="3.3.3",
        provable=False,
    ),
    Capability(
        "unknown sizes while tracing",
        lambda case: case["what"] == "unroll_unknown",
        dict.fromkeys(
            ("jax", "torch", "numpy"), "the backend traces with sizes of its own for unknown ones"
        ),
        probe="unknown_sizes",
    ),
    Capability(
        "transform of functions",
        lambda case: case["via"] == "graph",
        {
            "numpy": "NumPy has nothing that corresponds to tf.function or jax.jit",
            "openvino": "OpenVINO compiles models alone, in predict",
        },
        probe="transform",
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
        probe="jit",
    ),
    Capability(
        "reproducible float16 arithmetic",
        lambda case: case["dtype"] in ("f16", "mf16"),
        {
            "openvino": "in a process that has computed before, OpenVINO 2026.4 now and then gives "
            "other numbers for float16 constants; no case shows it alone"
        },
        provable=False,
        probe="dtype",
    ),
    Capability(
        "float64 arithmetic",
        computes_in_float64,
        {"jax": _NO_FLOAT64},
        probe="dtype",
    ),
    Capability(
        "float64 arithmetic",
        lambda case: case["dtype"] == "f64",
        {"openvino": _NO_FLOAT64},
    ),
    Capability(
        "bfloat16 arithmetic", lambda case: case["dtype"] in ("bf16", "mbf16"), {}, probe="dtype"
    ),
    Capability(
        "float64 arithmetic",
        computes_in_float64,
        {"numpy": f"since Keras 3.12 {_NO_FLOAT64}"},
        until="3.12",
    ),
    Capability(
        "float64 arithmetic",
        computes_in_float64,
        {"torch": f"since Keras 3.12 {_NO_FLOAT64}; what runs fused keeps its dtype"},
        until="3.12",
        provable=False,
    ),
)


def lacking(case: Case, backend: str) -> Capability | None:
    """The first capability that the case needs and the backend lacks."""
    wanted = (c for c in CAPABILITIES if c.concerns(backend) and c.needs(case))
    return next((c for c in wanted if not _there_after_all(c) and c.reason(case, backend)), None)


def _there_after_all(capability: Capability) -> bool:
    if capability.device and device().startswith(capability.device):
        return True
    if capability.modules:
        return all(map(importable, capability.modules))
    release = Version(environment.keras_release())
    if capability.until:
        return release < Version(capability.until)
    return bool(capability.since) and release >= Version(capability.since)

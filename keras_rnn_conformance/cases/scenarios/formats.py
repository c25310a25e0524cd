"""The formats that `Model.export` writes: since when, on which backends, and what that takes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Writer:
    """What a backend needs to export a model in a format, and to run it.

    Attributes:
        since: the first release that writes the format on the backend.
        modules: the modules to import, beside those of the backend itself.
        extra: the extra of this project that brings them, if one does.
        unsized: why a model with unknown sizes is not to be exported, if it is not.
    """

    since: str
    modules: tuple[str, ...] = ()
    extra: str = ""
    unsized: str = ""


@dataclass(frozen=True)
class Format:
    """A format of exported models.

    Attributes:
        title: what people call it.
        name: what `Model.export` calls it.
        suffix: how the name of its file has to end.
        sized: whether a signature with the sizes that the case knows is handed to the export;
            without one, Keras makes its own, in which the number of samples is open.
        writers: by backend that writes it, what that takes.
    """

    title: str
    name: str
    suffix: str
    sized: bool
    writers: dict[str, Writer]


_ONNX = {
    "tensorflow": Writer("3.8", ("onnx", "onnxruntime", "tf2onnx"), "onnx"),
    "jax": Writer("3.15", ("onnx", "onnxruntime", "jax2onnx"), "onnx-jax"),
    "torch": Writer("3.8", ("onnx", "onnxruntime", "onnxscript"), "onnx"),
}
FORMATS = {
    "saved_model": Format(
        "a SavedModel",
        "tf_saved_model",
        "",
        False,
        {
            "tensorflow": Writer("3.8"),
            "jax": Writer("3.8", ("tensorflow",), "tensorflow"),
            "torch": Writer("3.8", ("tensorflow", "torch_xla")),
        },
    ),
    "onnx": Format("ONNX", "onnx", ".onnx", True, _ONNX),
    "onnx_unsigned": Format("ONNX without a signature", "onnx", ".onnx", False, _ONNX),
    "openvino": Format(
        "OpenVINO",
        "openvino",
        ".xml",
        True,
        {
            "tensorflow": Writer("3.11", ("openvino",), "openvino"),
            "jax": Writer("3.11", ("openvino", "tensorflow"), "openvino"),
            "torch": Writer("3.11", ("openvino",), "openvino"),
            "openvino": Writer("3.14"),
        },
    ),
    "litert": Format(
        "LiteRT",
        "litert",
        ".tflite",
        True,
        {
            "tensorflow": Writer(
                "3.13",
                ("ai_edge_litert",),
                "litert",
                "loops over unknown sizes take Select TF ops, which ai-edge-litert has not",
            ),
            "torch": Writer(
                "3.15",
                ("ai_edge_litert", "litert_torch"),
                "litert-torch",
                "Keras documents that it exports no unknown sizes from torch to LiteRT",
            ),
        },
    ),
    "torch": Format("an ExportedProgram", "torch", ".pt2", True, {"torch": Writer("3.15")}),
}
"""By variant of the scenario `export`."""

BACKENDS = tuple(dict.fromkeys(name for row in FORMATS.values() for name in row.writers))
"""The backends that export to anything."""

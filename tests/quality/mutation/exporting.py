"""What exports models: the other sources of Keras that write programs for other runtimes."""

from __future__ import annotations

SHARED = (
    "export/export_utils.py",
    "export/saved_model.py",
    "export/saved_model_export_archive.py",
    "export/tfsm_layer.py",
    "export/onnx.py",
    "export/openvino.py",
    "export/litert.py",
    "export/torch.py",
    "export/tf2onnx_lib.py",
)
"""Sources below `keras/src` that every backend shares."""

SCENARIOS = ("export", "edge")
"""What is done in the cases that are tried: a model is exported."""

TESTS = ("export/*_test.py",)
"""Keras's own tests of these sources, as patterns below `keras/src`."""

_SHOWN = "text for people, whose wording is not documented"
_OLD = "acts with releases of TensorFlow that are older than the one that is installed"

EXCLUDED: dict[str, dict[str, str]] = {
    "export/saved_model_export_archive.py": {
        "_print_signature": _SHOWN,
        "_patch_tf_is_tf_type_for_object_proxy": _OLD,
    },
}
"""By source, the functions whose faults no run here can show, with the reason."""

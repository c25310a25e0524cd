"""What it takes to export models, and to use what was exported."""

from __future__ import annotations

from keras_rnn_conformance.base.backends import BACKENDS
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.models.deeds.exporting import IN_FORMAT, SAVED
from keras_rnn_conformance.cases.scenarios.formats import FORMATS, Writer
from keras_rnn_conformance.judging.capability import EVERY, Capability


def _exports(variant: str) -> list[Capability]:
    """What it takes to export in a format, by backend."""
    row = FORMATS[variant]
    titles = ("TensorFlow", "JAX", "torch", "OpenVINO")

    deeds = {deed for deed, format_ in IN_FORMAT.items() if format_ == variant}
    deeds |= set(SAVED) if variant == "saved_model" else set()

    def exported(case: Case) -> bool:
        return case.has(do="export", what=variant) or (
            case["do"] == "edge" and case["what"] in deeds
        )

    def unsized(case: Case) -> bool:
        return case.has(do="export", what=variant) and case["static"] != "all"

    name = f"export to {row.title}"
    writers = [title for title in titles if title.lower() in row.writers]
    alone = f"Keras exports to {row.title} on {', '.join(writers)} alone"
    others = {backend: alone for backend in BACKENDS if backend not in row.writers}
    needed = [Capability(name, exported, others, provable=False, probe="export")]
    for backend, writer in row.writers.items():
        old = f"Model.export writes {row.title} in this way since Keras {writer.since}"
        needed.append(
            Capability(name, exported, {backend: old}, since=writer.since, provable=False)
        )
        if writer.modules:
            missing = {backend: _missing(writer)}
            needed.append(
                Capability(name, exported, missing, modules=writer.modules, provable=False)
            )
        if writer.unsized:
            open_ = {backend: writer.unsized}
            needed.append(Capability(f"{name} of unknown sizes", unsized, open_, provable=False))
    return needed


def _missing(writer: Writer) -> str:
    bring = f"; the extra {writer.extra} brings them" if writer.extra else ""
    return f"needs {', '.join(writer.modules)}, which are not all installed{bring}"


EXPORTS = (
    *(capability for name in FORMATS for capability in _exports(name)),
    Capability(
        "SavedModel",
        lambda case: case.has(do="edge", what="exported"),
        {
            "jax": "export goes through TensorFlow, which this process has not",
            "torch": "export goes through TensorFlow, which this process has not",
            "numpy": "NumPy has nothing that could be exported",
            "openvino": "OpenVINO exports in a format of its own",
        },
        provable=False,
    ),
    Capability(
        "TFSMLayer",
        lambda case: case.has(do="edge", what="served_again"),
        dict.fromkeys(
            ("jax", "torch", "numpy", "openvino"), "Keras has TFSMLayer on TensorFlow alone"
        ),
        probe="export",
    ),
    Capability(
        "TFSMLayer with a safe mode",
        lambda case: case.has(do="edge", what="served_again"),
        {EVERY: "TFSMLayer.from_config takes safe_mode since Keras 3.12.1"},
        since="3.12.1",
        provable=False,
    ),
)
"""The capabilities of the scenario `export`, and of the deeds that export."""

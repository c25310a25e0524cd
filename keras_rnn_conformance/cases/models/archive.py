"""Models in files that older releases of Keras wrote: one row, one model, and who wrote it.

The files lie under `fixtures/files`, one folder a release, beside an index that says how they were
made and what the release computed. Each is one case: its `what` names the model, the format and the
release, such as `both_h5_2_3_1`. The numbers in a file do not follow from the data seed, as it is
there already; what the model is fed does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from keras_rnn_conformance.base.errors import FixtureFault
from keras_rnn_conformance.base.paths import FIXTURES
from keras_rnn_conformance.base.reading import json_document
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models.parts import (
    VOCABULARY,
    Part,
    U,
    W,
    Whole,
    embedding,
    part,
    resolved,
    whole,
)
from keras_rnn_conformance.cases.models.shelf import FILES, FORMATS, ROWS, SIZES, what_of
from keras_rnn_conformance.cases.models.sources import fed

FOLDER = FIXTURES / "files"


@dataclass(frozen=True)
class Filed:
    """A model as it was written.

    Attributes:
        model: as today's Keras has it, made with the release's own defaults.
        chain: whether it is a Sequential whose first layer has the shape of the input.
        stateful: whether that shape has the number of samples.
        kind: the class of the recurrent layer as it was written, if that is gone today.
        gone: what Keras no longer has: a refusal that names it is an answer.
    """

    model: Whole
    chain: bool = False
    stateful: bool = False
    kind: str = ""
    gone: str = ""


def _chain(*parts: Part, **fields: Any) -> Filed:
    return Filed(whole(*parts, part("number", "Dense", units=1)), chain=True, **fields)


def _graph(*parts: Part, **fields: Any) -> Filed:
    return Filed(whole(*parts, part("number", "Dense", units=1)), **fields)


_SIGMOID = {"recurrent_activation": "sigmoid"}
_CELLS = [
    ("LSTM", {"units": U, **_SIGMOID}),
    ("GRU", {"units": W, **_SIGMOID, "reset_after": False}),
]

FILED: dict[str, Filed] = {
    "simple": _chain(part("first", "SimpleRNN", "plain", units=U)),
    "lstm": _chain(part("first", "LSTM", "plain", units=U)),
    "gru": _chain(part("first", "GRU", "plain", units=U, return_sequences=True)),
    "hard": _graph(part("first", "LSTM", "plain", units=U, recurrent_activation="hard_sigmoid")),
    "before": _graph(part("first", "GRU", "plain", units=U, reset_after=False, **_SIGMOID)),
    "after": _graph(part("first", "GRU", "plain", units=U, reset_after=True, **_SIGMOID)),
    "both": _graph(
        part(
            "first",
            "Bidirectional",
            "plain",
            layer=("LSTM", {"units": U, "return_sequences": True, **_SIGMOID}),
        ),
        part(
            "second",
            "Bidirectional",
            layer=("GRU", {"units": W, "reset_after": False, **_SIGMOID}),
            merge_mode="sum",
        ),
    ),
    "padded": _graph(
        embedding(),
        part("first", "LSTM", units=W, return_sequences=True, **_SIGMOID),
        part("each", "TimeDistributed", layer=("Dense", {"units": U, "activation": "tanh"})),
        part("second", "SimpleRNN", units=U),
    ),
    "masked": _chain(
        part("masking", "Masking", "x"),
        part("first", "GRU", units=U, reset_after=False, **_SIGMOID),
    ),
    "stack": _graph(part("first", "RNN", "plain", cells=_CELLS, return_sequences=True)),
    "states": Filed(
        whole(
            part("a", "Embedding", "tokens", input_dim=VOCABULARY, output_dim=W),
            part("encoder", "LSTM", units=W, return_state=True, **_SIGMOID),
            part("b", "Embedding", "others", input_dim=VOCABULARY, output_dim=W),
            part(
                "decoder",
                "LSTM",
                "b",
                "encoder:1",
                "encoder:2",
                units=W,
                return_sequences=True,
                **_SIGMOID,
            ),
            part("tags", "Dense", units=3, activation="softmax"),
        )
    ),
    "stateful": _chain(
        part("first", "LSTM", "plain", units=U, stateful=True, **_SIGMOID), stateful=True
    ),
    "reverse": _chain(
        part(
            "first",
            "LSTM",
            "plain",
            units=U,
            go_backwards=True,
            return_sequences=True,
            unroll=True,
            **_SIGMOID,
        )
    ),
    "major": _graph(part("first", "LSTM", "plain", units=U, time_major=True), gone="time_major"),
    "cudnnlstm": _graph(
        part("first", "LSTM", "plain", units=U, **_SIGMOID), kind="CuDNNLSTM", gone="CuDNNLSTM"
    ),
    "cudnngru": _graph(
        part("first", "GRU", "plain", units=U, reset_after=True, **_SIGMOID),
        kind="CuDNNGRU",
        gone="CuDNNGRU",
    ),
}


def folder_of(release: str) -> str:
    """The folder of the files of a release."""
    return f"keras-{release}"


_GENERATIONS = {"2.0": "keras2.0", "2.1": "keras2.0", "2.2": "keras2.0", "2.3": "keras2.3"}


@dataclass(frozen=True)
class File:
    """A file of the archive.

    Attributes:
        row: the name in `FILED`.
        form: a key of `FORMATS`.
        release: of the Keras that wrote it.
    """

    row: str
    form: str
    release: str

    @property
    def path(self) -> str:
        """Where it lies, below `fixtures/files`."""
        return f"{folder_of(self.release)}/{self.row}{FORMATS[self.form]}"

    @property
    def whole(self) -> bool:
        """Whether it holds the model, and not the weights alone."""
        return self.form in ("h5", "keras")

    @property
    def filed(self) -> Filed:
        return FILED[self.row]

    @property
    def gone(self) -> str:
        """What a refusal may name; weights in the layout of cuDNN have another shape."""
        return "shape" if self.filed.kind and not self.whole else self.filed.gone

    @property
    def generation(self) -> str:
        """What the names and defaults of the release mean."""
        later = "keras3" if self.release.startswith("3.") else "tfkeras2"
        return _GENERATIONS.get(self.release.rpartition(".")[0], later)

    @property
    def case(self) -> Case:
        """The case that loads it."""
        row, what = ROWS[self.row], what_of(self.row, self.form, self.release)
        return Case.of(row.layer, **SIZES, mask=row.mask, do="file", what=what)

    @property
    def model(self) -> Whole:
        """The model with its sizes."""
        return resolved(self.filed.model, ROWS[self.row].layer, SIZES["u"], SIZES["in"])


def files() -> Iterator[File]:
    """Every file."""
    for row, form, release in FILES.values():
        yield File(row, form, release)


def file_of(case: Case) -> File:
    """The file that a case loads."""
    return File(*FILES[str(case["what"])])


def files_of(case: Case) -> tuple[Path, ...]:
    """The fixtures that a case reads beside its data."""
    return (FOLDER / file_of(case).path,) if case["do"] == "file" else ()


def written(data: Data) -> Data:
    """The numbers that a file was written with: those of data seed 0."""
    return replace(data, seed=0)


AS_WRITTEN = "as written: "
"""Before the names of outputs on what a file's own release was fed, where other numbers are fed."""


def as_written(data: Data) -> str:
    """What stands before the names of the outputs that a release is known to have computed."""
    return AS_WRITTEN if data.seed else ""


def laid_out(file: File, data: Data) -> dict[str, Any]:
    """What the model of a file is fed, by name; with timesteps first where it says so."""
    swapped = any("time_major" in part.options for part in file.model.parts)
    given = fed(file.model, data)
    return {name: np.swapaxes(a, 0, 1) if swapped else a for name, a in given.items()}


@cache
def index(release: str) -> dict[str, Any]:
    """How the files of a release were made, and what it computed.

    Raises:
        FixtureFault: if the index is missing, or is no JSON.
    """
    listing: dict[str, Any] = json_document(
        FOLDER / folder_of(release) / "index.json", FixtureFault
    )
    return listing


def outputs_of(file: File) -> dict[str, Any] | None:
    """What the release computed with the model of a file, by name; None if it could not."""
    name = file.path.partition("/")[2]
    listing = next(row for row in index(file.release)["files"] if row["file"] == name)
    outputs: dict[str, Any] | None = listing["outputs"]
    return outputs

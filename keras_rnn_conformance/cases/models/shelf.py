"""Which releases wrote which files of `archive`: names and sizes, from which axes are made."""

from __future__ import annotations

from dataclasses import dataclass

_OLD = "2.1.6 2.2.5 2.3.1"
_TF = "2.6.0 2.11.0 2.15.0"
_NEW = "3.0.5 3.3.3 3.8.0 3.12.4 3.15.1"

SIZES: dict[str, int] = {"u": 2, "t": 4, "n": 3, "in": 5}
"""Of every model in a file."""

FORMATS = {"h5": ".h5", "keras": ".keras", "weights": ".weights.h5", "bare": "-bare.h5"}
"""How a file ends: a whole model in the old and the new way, then weights alone, new and old."""


@dataclass(frozen=True)
class Row:
    """A model that releases wrote.

    Attributes:
        sentence: what is in it, in words.
        layer: its first recurrent layer, which the case is named after.
        mask: the pattern of what it is fed.
        releases: by format, those that wrote it.
    """

    sentence: str
    layer: str
    mask: str
    releases: dict[str, str]


def _row(sentence: str, layer: str, mask: str = "none", **releases: str) -> Row:
    return Row(sentence, layer, mask, releases)


ROWS: dict[str, Row] = {
    "simple": _row("a Sequential of SimpleRNN", "SimpleRNN", h5="2.1.6 2.6.0 2.15.0 3.8.0"),
    "lstm": _row(
        "a Sequential of LSTM, with its defaults",
        "LSTM",
        h5=f"{_OLD} {_TF} 3.0.5",
        bare="2.3.1",
        weights="2.15.0 3.3.3",
        keras=_NEW,
    ),
    "gru": _row("a Sequential of GRU, with its defaults", "GRU", h5=f"{_OLD} {_TF} 3.12.4"),
    "hard": _row(
        "LSTM with hard_sigmoid", "LSTM", h5="2.1.6 2.3.1 2.6.0 2.15.0 3.0.5", keras="2.15.0 3.8.0"
    ),
    "before": _row(
        "GRU with reset_after=False", "GRU", h5="2.2.5 2.6.0 2.11.0 2.15.0", keras="3.3.3"
    ),
    "after": _row("GRU with reset_after=True", "GRU", h5="2.2.5 2.3.1 2.11.0 2.15.0"),
    "both": _row(
        "Bidirectional of LSTM and of GRU",
        "LSTM",
        h5=f"{_OLD} {_TF} 3.3.3",
        bare="2.1.6 2.3.1 2.6.0",
        weights="2.15.0 3.0.5 3.15.1",
        keras=f"2.15.0 {_NEW}",
    ),
    "padded": _row(
        "Embedding with a mask, LSTM and TimeDistributed",
        "LSTM",
        "right",
        h5=f"{_OLD} {_TF}",
        bare="2.2.5 2.11.0",
        weights="2.15.0 3.3.3",
        keras=f"2.15.0 {_NEW}",
    ),
    "masked": _row("Masking before GRU", "GRU", "left", h5="2.2.5 2.11.0", keras="3.12.4"),
    "stack": _row(
        "RNN over a list of cells",
        "LSTM",
        h5="2.1.6 2.3.1 2.6.0 2.15.0",
        bare="2.2.5 2.11.0",
        weights="3.8.0",
        keras="3.0.5 3.12.4",
    ),
    "states": _row(
        "an encoder whose states start a decoder",
        "LSTM",
        h5="2.2.5 2.3.1 2.11.0 2.15.0",
        keras="2.15.0 3.0.5 3.15.1",
    ),
    "stateful": _row("a stateful LSTM", "LSTM", h5="2.2.5 2.15.0", keras="3.3.3"),
    "reverse": _row("LSTM with go_backwards and unroll", "LSTM", h5="2.3.1 2.11.0", keras="3.8.0"),
    "major": _row("LSTM with time_major=True", "LSTM", h5="2.6.0 2.15.0"),
    "cudnnlstm": _row("CuDNNLSTM", "LSTM", h5="2.1.6 2.3.1", bare="2.2.5"),
    "cudnngru": _row("CuDNNGRU", "GRU", h5="2.2.5", bare="2.3.1"),
}
"""By name of a model; `archive.FILED` says what it is made of."""


def what_of(row: str, form: str, release: str) -> str:
    """The variant of `file` that a file is."""
    return f"{row}_{form}_{release.replace('.', '_')}"


FILES: dict[str, tuple[str, str, str]] = {
    what_of(name, form, release): (name, form, release)
    for name, row in ROWS.items()
    for form, releases in row.releases.items()
    for release in releases.split()
}
"""By variant, the model, the format and the release, in the order of the table."""

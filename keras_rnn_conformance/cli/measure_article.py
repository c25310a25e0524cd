"""Print what the installed Keras gives for listing 4, in the form of the recorded fixtures.

Each line is a record: the listing itself or one of its variants, with one recurrent layer. The
format is that of `fixtures/article/recorded.json`.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.scenarios.article import variant
from keras_rnn_conformance.expected.scenarios.article import MEANING

ROWS = (
    ("LSTM", "listing4"), ("LSTM", "named4"), ("LSTM", "printed4"), ("LSTM", "zerobias4"),
    ("GRU", "listing4"), ("GRU", "printed4"), ("SimpleRNN", "listing4"),
)  # fmt: skip


def configure(_: argparse.ArgumentParser) -> None:
    """The command has no options."""


def main(_: argparse.Namespace) -> int:
    """Print the records."""
    environment.check()
    for layer, what in ROWS:
        case = Case.of(layer, seq=1, state=1, u=1, t=3, n=1, in_=2, do="article", what=what)
        print(json.dumps(record(case)), flush=True)
    return 0


def record(case: Case) -> dict[str, Any]:
    """One record."""
    from keras_rnn_conformance.subject.observing import observe

    seen = observe(case, Data(case))
    if seen.error is not None:
        raise CommandFault(f"{case}: {seen.error.brief()}")
    numbers = {name: _digits(array) for name, array in seen.arrays.items()}
    return {
        "keras": environment.keras_release(),
        "backend": environment.backend(),
        "layer": case.layer,
        "variant": variant(case),
        "generation": MEANING[variant(case)]["generation"],
        "output": numbers["output"],
        **({"carry": numbers["carry"][0]} if "carry" in numbers else {}),
    }


def _digits(array: np.ndarray[Any, Any]) -> list[str]:
    """Nine significant digits, which tell every float32 from its neighbours."""
    return [f"{number:.9g}" for number in array.ravel()]

"""Two ways to the same numbers: checks that need no oracle, and tell where a fault lies."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from keras_rnn_conformance.cases.axes import RECURRENT, SCENARIOS
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging.rules import Failure, Trial, rule

SENTENCES = {
    "chunks": "A sequence in two parts, with the states handed on, gives what the whole gives.",
    "padding": "A sequence with masked timesteps behind it gives what it gives without them.",
    "unroll": "Unrolled, a layer gives what it gives looped.",
    "reversal": "go_backwards gives what the reversed sequence gives forwards.",
    "sequences": "The last output of return_sequences is the output without it.",
    "implementation": "implementation=1 gives what implementation=2 gives.",
    "rows": "A sample gives the same whatever else is in its batch.",
    "again": "A layer that is not stateful gives the same whenever it is called.",
}


def cases(profile: str) -> Iterator[Case]:
    """Every pair of ways, on every layer that has both."""
    layers = ("LSTM",) if profile == "smoke" else RECURRENT
    for layer, what in product(layers, SCENARIOS["twin"]):
        if what != "implementation" or layer != "SimpleRNN":
            yield Case.of(layer, seq=1, state=1, t=4, n=3, do="twin", what=what)


def _register(number: int, what: str, sentence: str) -> None:
    @rule(
        f"TWIN-{number}", sentence, source="keras.layers.RNN",
        applies=lambda c: c["do"] == "twin" and c["what"] == what,
    )  # fmt: skip
    def agree(trial: Trial) -> Iterator[Failure]:
        for name in trial.want.names:
            one = trial.seen.arrays[name]
            yield from trial.close(f"twin {name}", one, trial.want.arrays[name].bound)


for _number, (_what, _sentence) in enumerate(SENTENCES.items(), 1):
    _register(_number, _what, _sentence)

"""What users do with recurrent layers beside calling and training them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging.rules import Failure, Trial, rule

SIZES: dict[str, int | str] = {"u": 2, "t": 4, "n": 3, "in": 5, "do": "edge"}
MASKED = ("ragged", "numpy_units", "threads")
LAYERS = {
    "reset_model": "GRU", "reset_given": "LSTM", "own_layer": "LSTM SimpleRNN",
    "no_timesteps": "GRU LSTM", "ragged": "GRU", "numpy_units": "SimpleRNN LSTM", "threads": "LSTM",
    "quantized": "SimpleRNN", "decoder": "GRU",
}  # fmt: skip


def cases(profile: str) -> Iterator[Case]:
    """Each deed with one or two layers."""
    for what, layers in LAYERS.items():
        for layer in layers.split() if profile != "smoke" else ():
            mask = {"mask": "right"} if what in MASKED else {}
            yield Case.of(layer, **SIZES, **mask, what=what)


def _deed(*names: str) -> Callable[[Case], bool]:
    return lambda case: case["do"] == "edge" and case["what"] in names


def _done(trial: Trial, refusal: str = "") -> Iterator[Failure]:
    """The deed ends with the right numbers; or with a ValueError of these words."""
    came = str(trial.seen.facts["came"])
    if refusal and came.startswith("ValueError") and refusal in came:
        return
    if came != "arrays":
        yield Failure("error", "what came", came, "no error")
        return
    yield from trial.compare()


@rule(
    "EDGE-1", "reset_state of a model resets the states of every stateful layer in it.",
    source="keras.layers.RNN, Note on using statefulness: on your entire model",
    applies=_deed("reset_model"),
)  # fmt: skip
def model_reset(trial: Trial) -> Iterator[Failure]:
    yield from _done(trial)


@rule(
    "EDGE-2", "reset_state(states=...) sets the states of a stateful layer to the given ones.",
    source="keras.layers.RNN, Note on specifying the initial state of RNNs: numerically",
    applies=_deed("reset_given"),
)  # fmt: skip
def states_given(trial: Trial) -> Iterator[Failure]:
    yield from _done(trial)


@rule(
    "EDGE-3",
    "A layer of one's own that holds a cell with dropout can be trained by fit and then "
    "called with other batch sizes, in training and in inference.",
    source="keras.layers.LSTMCell, SimpleRNNCell: a layer that processes one step",
    applies=_deed("own_layer"),
)  # fmt: skip
def own_layer(trial: Trial) -> Iterator[Failure]:
    yield from _done(trial)


@rule(
    "EDGE-4",
    "A sequence without timesteps leaves the initial states unchanged, or is refused with "
    "a ValueError that says so.",
    source="keras.layers.RNN, initial_state; keras.ops.while_loop: zero iterations",
    applies=_deed("no_timesteps"),
)  # fmt: skip
def no_timesteps(trial: Trial) -> Iterator[Failure]:
    yield from _done(trial, refusal="timestep")


@rule(
    "EDGE-5",
    "For each sequence of a ragged batch, a layer gives what it gives for that sequence "
    "alone; a backend without ragged tensors refuses the batch with a ValueError that says"
    " so.",
    source="keras.Input, ragged", applies=_deed("ragged"),
)  # fmt: skip
def ragged(trial: Trial) -> Iterator[Failure]:
    yield from _done(trial, refusal="is not supported with the")


@rule(
    "EDGE-6",
    "A NumPy integer is an integer: given as units, it makes the same layer, whose "
    "configuration can be written as JSON.",
    source="keras.layers.LSTM, units: positive integer; keras.Layer.get_config",
    applies=_deed("numpy_units"),
)  # fmt: skip
def numpy_units(trial: Trial) -> Iterator[Failure]:
    yield from _done(trial)


@rule(
    "EDGE-7", "Threads that call one model at the same time each get what they would get alone.",
    source="keras.layers.RNN: a layer that is not stateful has no memory between calls",
    applies=_deed("threads"),
)  # fmt: skip
def threads(trial: Trial) -> Iterator[Failure]:
    yield from _done(trial)
    if not trial.seen.facts.get("alike", True):
        yield Failure("fact", "answers to the same sample", "different ones", "one")


@rule(
    "EDGE-8",
    "Quantized to 8 bits, TimeDistributed(Dense) is off by at most half a step of each "
    "input and each weight.",
    source="keras.Model.quantize; keras.layers.TimeDistributed; keras.quantizers.abs_max_quantize",
    applies=_deed("quantized"),
)  # fmt: skip
def quantized(trial: Trial) -> Iterator[Failure]:
    yield from _done(trial)


@rule(
    "EDGE-9",
    "An encoder and a decoder that are taken from a loaded sequence-to-sequence model by "
    "layer.input and layer.output compute what they compute inside it.",
    source="keras.Layer.input, output; example: Sequence-to-sequence, inference",
    applies=_deed("decoder"),
)  # fmt: skip
def decoder(trial: Trial) -> Iterator[Failure]:
    yield from _done(trial)

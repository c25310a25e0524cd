"""`ConvLSTM1D`, `ConvLSTM2D` and `ConvLSTM3D`: an LSTM whose two products are convolutions."""

from __future__ import annotations

from collections.abc import Iterator

from keras_rnn_conformance.cases.axes import CONVOLUTIONAL
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging import form_rules as forms
from keras_rnn_conformance.judging.rules import Failure, Trial, governs, rule, value_rule

CONV = "keras.layers.ConvLSTM1D, keras.layers.ConvLSTM2D, keras.layers.ConvLSTM3D"
SMALL = {"u": 3, "t": 3, "n": 2, "in": 2}
FULL = {**SMALL, "seq": 1, "state": 1}


def cases(profile: str) -> Iterator[Case]:
    """The window, strides, padding, dilation and data format; then the options of a layer."""
    yield _of("ConvLSTM1D", **FULL)
    if profile == "smoke":
        return
    for layer in CONVOLUTIONAL:
        yield _of(layer, **SMALL)
        yield _of(layer, **FULL, kern=3, pad="same")
    # TensorFlow compiles each of its convolutions with channels first anew
    yield _of("ConvLSTM3D", **{**FULL, "t": 1}, fmt="first", kern=3, stride=2)
    for layer in ("ConvLSTM1D", "ConvLSTM2D"):
        yield _of(layer, **FULL, fmt="first", kern=3, stride=2)
        yield _of(layer, **FULL, kern=3, dil=2)
        yield _of(layer, **FULL, kern=3, stride=2)
        yield _of(layer, **FULL, stride=2, pad="same")
        yield _of(layer, **FULL, dil=2, pad="same", fmt="first")
        yield _of(layer, **FULL, mask="gap")
        yield _of(layer, **FULL, fmt="first", mask="right", back=1)
    for layer in CONVOLUTIONAL:
        yield _of(layer, **{**FULL, "t": 1}, fmt="first", fmtby="config")
    for layer in ("ConvLSTM1D", "ConvLSTM2D"):
        yield _of(layer, **FULL, stride=3)
        yield _of(layer, **FULL, dil=3)
        yield _of(layer, **FULL, dil=3, pad="same")
        yield _of(layer, **FULL, stride=3, pad="same")
    yield from _sequence()
    if profile == "thorough":
        yield from _thorough()


def _of(layer: str, **options: int | str) -> Case:
    return Case.from_options(layer, options)


def _sequence() -> Iterator[Case]:
    yield _of("ConvLSTM1D", **FULL, kern=1)
    yield _of("ConvLSTM1D", **FULL, fmt="first")
    yield _of("ConvLSTM2D", **FULL, back=1)
    yield _of("ConvLSTM1D", **FULL, unroll=1)
    yield _of("ConvLSTM1D", **FULL, unroll=1, mask="right", zero=1)
    yield _of("ConvLSTM1D", **FULL, mask="right", zero=1)
    yield _of("ConvLSTM2D", **SMALL, state=1, init="list", mask="left")
    yield _of("ConvLSTM1D", **FULL, init="list")
    yield _of("ConvLSTM1D", **FULL, stateful=1, calls=2)
    yield _of("ConvLSTM2D", **FULL, stateful=1, calls=2, reset="between")
    yield _of("ConvLSTM1D", **FULL, bias=0, act="relu", ract="hard_sigmoid")
    yield _of("ConvLSTM2D", **FULL, act="none", bias=0)
    yield _of("ConvLSTM1D", **FULL, static="none")
    for policy in ("mf16", "f16", "bf16", "f64"):
        yield _of("ConvLSTM1D", **FULL, dtype=policy)
    yield _of("ConvLSTM1D", **FULL, **{"as": "bi"})
    yield from _together()


def _together() -> Iterator[Case]:
    """Many options at once, as the covering arrays have them for the other layers."""
    kept = {"stateful": 1, "calls": 2}
    yield _of("ConvLSTM1D", **FULL, **kept, back=1, kern=3, pad="same", dtype="mf16")
    yield _of("ConvLSTM1D", **FULL, **kept, dil=2, init="list", bias=0, unroll=1, x="f64")
    yield _of("ConvLSTM2D", **SMALL, back=1, init="list", stride=2, static="batch", act="relu")
    yield _of("ConvLSTM1D", **FULL, **kept, mask="gap", zero=1, back=1, stride=2)
    yield _of("ConvLSTM1D", **SMALL, state=1, mask="right", init="list", stride=2, static="time")
    yield _of("ConvLSTM1D", **FULL, init="list", merge="none", **{"as": "bi"})
    yield _of("ConvLSTM1D", **FULL, fmt="first", init="list", mask="gap")
    yield _of("ConvLSTM1D", **FULL, fmt="first", init="list", **kept)
    yield _of("ConvLSTM1D", **SMALL, **kept, seq=1, mask="gap", merge="sum", **{"as": "bi"})


def _thorough() -> Iterator[Case]:
    for layer in CONVOLUTIONAL:
        for pad in ("valid", "same"):
            for fmt in ("last", "first"):
                for kern in (1, 2, 3):
                    yield _of(layer, **FULL, pad=pad, fmt=fmt, kern=kern, stride=2)
                    yield _of(layer, **FULL, pad=pad, fmt=fmt, kern=kern, dil=2)


conv = forms.called("conv")

value_rule(
    "CONV-1",
    "A ConvLSTM computes the LSTM's equations with convolutions of the input and of the "
    "hidden state in place of products; the convolution of the hidden state has padding "
    "`same` and stride 1.",
    source=f"{CONV}; Shi et al. 2015, arXiv 1506.04214",
    applies=lambda c: conv(c) and governs("", "n", "in", "train")(c),
)

value_rule(
    "CONV-2",
    "strides, dilation_rate, padding and kernel_size apply to the convolution of the "
    "input; only kernel_size also applies to that of the hidden state.",
    source=CONV,
    applies=lambda c: conv(c) and governs("stride", "dil", "pad", "kern")(c),
)

value_rule(
    "CONV-3",
    "With data_format channels_first, the channels come before the spatial axes in the "
    "input, the outputs and the states; without data_format, "
    "keras.config.image_data_format decides.",
    source=f"{CONV}, data_format",
    applies=lambda c: conv(c) and governs("fmt")(c),
)


@rule(
    "CONV-4",
    "A ConvLSTM returns the output, followed by the hidden state and the carry with return_state.",
    source=f"{CONV}, return_state",
    applies=conv,
)
def output_then_states(trial: Trial) -> Iterator[Failure]:
    yield from forms.structure(trial)


@rule(
    "CONV-5",
    "The symbolic output of a ConvLSTM has the shapes and dtypes of the computed one.",
    source=f"{CONV}; keras.Layer.compute_output_spec",
    applies=conv,
)
def foretold(trial: Trial) -> Iterator[Failure]:
    yield from forms.foretold(trial)


@rule(
    "CONV-6",
    "The weights are kernel (*kernel_size, channels, 4 filters), recurrent_kernel "
    "(*kernel_size, filters, 4 filters) and bias (4 filters,).",
    source=CONV,
    applies=conv,
)
def weights(trial: Trial) -> Iterator[Failure]:
    yield from forms.weights(trial)


@rule(
    "CONV-7",
    "get_initial_state(batch_size) returns zeros of the shape of the states, in the compute dtype.",
    source=f"{CONV}; keras.layers.RNN, cell",
    applies=conv,
)
def zeros_first(trial: Trial) -> Iterator[Failure]:
    yield from forms.first_states(trial)

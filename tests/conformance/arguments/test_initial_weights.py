"""The weights of a fresh layer: their names, number and shapes, and what is in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import numpy as np

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.dtypes import VARIABLE
from keras_rnn_conformance.cases.scenarios.initial_weights import GAIN, weight_shapes
from keras_rnn_conformance.expected.scenarios.initial_weights import (
    count,
    described,
    first_states,
    glorot_limit,
    obliqueness,
    obliqueness_bound,
    of_uniform,
)
from keras_rnn_conformance.judging.rules import At, Failure, Measure, Trial, rule

CELLS = "keras.layers.SimpleRNNCell, keras.layers.LSTMCell, keras.layers.GRUCell"
PLAIN: tuple[tuple[str, dict[str, int]], ...] = (
    ("SimpleRNN", {}),
    ("LSTM", {}),
    ("GRU", {}),
    ("GRU", {"after": 0}),
)

STANDARD = ("standard", "beside")
"""The variants with the default initializers."""

POLICIES = ("f16", "bf16", "f64", "mf16", "mbf16")


def cases(profile: str) -> Iterator[Case]:
    """Every variant on every layer; every policy on one of them."""
    for (layer, options), what in product(PLAIN, ("standard", "callables")):
        yield _case(layer, what, **options)
    if profile == "smoke":
        return
    for (layer, options), what in product(PLAIN, ("words", "objects", "again", "oncall", "frozen")):
        yield _case(layer, what, **options)
    for layer, what in product(("SimpleRNN", "LSTM", "GRU"), ("standard", "callables", "frozen")):
        yield _case(layer, what, as_="cell", t=1)
    for layer, what in product(("LSTM", "GRU"), ("objects", "frozen")):
        yield _case(layer, what, as_="bi")
    yield _case("LSTM", "frozen", as_="rnn")
    yield _case("SimpleRNN", "frozen", as_="td")
    for layer, form in (("LSTM", "bi"), ("GRU", "rnn"), ("SimpleRNN", "td")):
        yield _case(layer, "inside", as_=form)
    for layer, dtype in product(("SimpleRNN", "LSTM", "GRU"), POLICIES):
        yield _case(layer, "callables", dtype=dtype)
    for layer in ("SimpleRNN", "LSTM", "GRU"):
        yield _case(layer, "callables", bias=0)
    yield from _unread()
    yield _case("LSTM", "forget")
    yield _case("LSTM", "forget", as_="cell", t=1)
    for layer, dtype in product(("SimpleRNN", "LSTM", "GRU", "ConvLSTM1D"), ("f16", "mbf16")):
        yield _case(layer, "asked", dtype=dtype)
    yield from _convolutional(profile)


def _unread() -> Iterator[Case]:
    """Default initializers in half precision or beside others, and weights of Bidirectional."""
    for layer, size in (("SimpleRNN", 67), ("LSTM", 67)):
        yield _case(layer, "standard", u=size)
    for layer, options in PLAIN:
        yield _case(layer, "beside", **options)
    for layer in ("SimpleRNN", "GRU"):
        yield _case(layer, "scaled")
        yield _case(layer, "scaled", u=33)
    for layer in ("SimpleRNN", "LSTM", "GRU"):
        yield _case(layer, "frozen", dtype="f16")
        yield _case(layer, "weights", as_="bi")


def _convolutional(profile: str) -> Iterator[Case]:
    for layer in ("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"):
        yield _case(layer, "standard", **({"in_": 3} if layer != "ConvLSTM1D" else {}))
        yield _case(layer, "callables")
        yield _case(layer, "callables", fmt="first")
    for what in ("words", "objects", "again", "frozen"):
        yield _case("ConvLSTM2D", what)
    yield _case("ConvLSTM2D", "oncall", kern=1)
    for layer in ("ConvLSTM2D", "ConvLSTM3D"):
        yield _case(layer, "oncall", kern=1, unroll=1)


def _case(layer: str, what: str, **options: int | str) -> Case:
    # Enough elements that a sample of the default initializers tells its distribution.
    size = {"u": 16, "in_": 17} if what in STANDARD and not layer.startswith("Conv") else {}
    return Case.of(layer, **{"t": 2, **size, **options}, do="init", what=what)


def initial(*variants: str) -> Callable[[Case], bool]:
    """A predicate: the cases of this scenario, of the given variants if any are given."""
    return lambda c: c["do"] == "init" and (not variants or c["what"] in variants)


@rule(
    "INITW-1",
    "A built layer has kernel, recurrent_kernel and, with use_bias, bias: in this "
    "order, of the documented shapes, in the policy's variable dtype, all of them trainable.",
    source=CELLS,
    applies=initial(),
)
def names_and_shapes(trial: Trial) -> Iterator[Failure]:
    facts, dtype = trial.seen.facts, VARIABLE[str(trial.case["dtype"])]
    want = described(trial.case, trial.data, dtype)
    names = [name for name, *_ in want]
    yield from _fact("weights", facts.get("weights"), want)
    yield from _fact("parameters", facts.get("count"), count(trial.case, trial.data))
    yield from _fact("trainable and other weights", facts.get("trainability"), [names, []])
    yield from _fact("built", facts.get("built"), True)


@rule(
    "INITW-2",
    "The path of a weight starts with the name that its layer was given.",
    source="keras.Layer, name",
    applies=lambda c: initial()(c) and c["what"] != "forget",
)
def paths(trial: Trial) -> Iterator[Failure]:
    every = trial.seen.facts.get("paths", [""])
    for place, path in enumerate(every):
        if not path.startswith("named/"):
            pair = (At(every, place), f"named/{path.partition('/')[2]}")
            yield Failure("fact", "path of a weight", path, "named/...", compared=pair)


@rule(
    "INITW-3",
    "The default kernel is uniform within Glorot's limit, sqrt(6 / (fan in + fan out)).",
    source=f"{CELLS}, kernel_initializer; keras.initializers.GlorotUniform",
    applies=initial(*STANDARD),
)
def glorot_uniform(trial: Trial) -> Iterator[Failure]:
    shape = weight_shapes(trial.case, trial.data)["kernel"]
    given = {"limit": glorot_limit(shape)}
    for what, bounds in of_uniform(trial.seen.arrays["kernel"].size).items():
        yield from _measured(
            trial, f"kernel, {what}", Measure(bounds[0], ("kernel",), *bounds[1:], given)
        )


@rule(
    "INITW-4",
    "The default recurrent kernel is orthogonal: its rows are orthonormal.",
    source=f"{CELLS}, recurrent_initializer; keras.initializers.Orthogonal",
    applies=initial(*STANDARD),
)
def orthogonal(trial: Trial) -> Iterator[Failure]:
    yield from _orthonormal(trial, "recurrent_kernel times its transpose", 1.0)


def _orthonormal(trial: Trial, where: str, gain: float) -> Iterator[Failure]:
    most = obliqueness_bound(trial.seen.arrays["recurrent_kernel"])
    measure = Measure(obliqueness, ("recurrent_kernel",), 0.0, most, {"gain": gain})
    yield from _measured(trial, f"{where}, off the identity", measure)


def _measured(trial: Trial, where: str, measure: Measure) -> Iterator[Failure]:
    if not measure.holds(trial.seen):
        got, want = f"{measure.of(trial.seen):.6g}", f"{measure.low:.6g} to {measure.high:.6g}"
        yield Failure("value", where, got, want, name=measure.arrays[0], compared=(measure,))


@rule(
    "INITW-5",
    "The default bias is zero, except that of an LSTM's forget gate, which is one.",
    source=f"{CELLS}, bias_initializer and unit_forget_bias",
    applies=initial(*STANDARD),
)
def default_bias(trial: Trial) -> Iterator[Failure]:
    yield from trial.compare()


@rule(
    "INITW-6",
    "Each initializer, given as a name, an object or a callable, fills its own weight.",
    source=CELLS,
    applies=initial("words", "objects", "callables"),
)
def own_weight(trial: Trial) -> Iterator[Failure]:
    yield from trial.compare()


@rule(
    "INITW-7",
    "unit_forget_bias=True forces bias_initializer to zeros and adds one to the forget "
    "gate's bias.",
    source="keras.layers.LSTM, unit_forget_bias",
    applies=initial("forget"),
)
def forces_zeros(trial: Trial) -> Iterator[Failure]:
    yield from trial.compare()


@rule(
    "INITW-8",
    "Two layers start with different kernels, and with the same ones under the same global seed.",
    source="keras.utils.set_random_seed",
    applies=initial("standard"),
)
def seeded(trial: Trial) -> Iterator[Failure]:
    for name in ("kernel", "recurrent_kernel"):
        first, second = trial.seen.arrays[name], trial.seen.arrays[f"second {name}"]
        if np.array_equal(first, second):
            where, pair = f"{name} of a second layer", (second, first, "!=")
            yield Failure("value", where, "the same", "another", name=name, compared=pair)
        yield from trial.close(f"repeated {name}", first)


@rule(
    "INITW-9",
    "Building a built layer again changes nothing.",
    source="keras.Layer.build",
    applies=initial("again"),
)
def built_again(trial: Trial) -> Iterator[Failure]:
    yield from trial.compare()


@rule(
    "INITW-10",
    "A layer that is not built yet is built by its first call, and computes with the "
    "values of its initializers.",
    source="keras.Layer.build",
    applies=initial("oncall"),
)
def built_by_call(trial: Trial) -> Iterator[Failure]:
    yield from _fact("built before the call", trial.seen.facts.get("built before"), False)
    yield from trial.compare([name for name in trial.want.arrays if name != "output"])
    yield from trial.compare(["output"])


@rule(
    "INITW-11",
    "With trainable=False, of the layer or of the layer that it wraps, no weight is "
    "trainable, though all are there, until trainable is set to True.",
    source="keras.Layer, trainable",
    applies=initial("frozen", "inside"),
)
def frozen(trial: Trial) -> Iterator[Failure]:
    names = [name for name, *_ in described(trial.case, trial.data, "")]
    yield from _fact("frozen weights", trial.seen.facts.get("frozen"), [[], names])
    inside = trial.seen.facts.get("frozen inside")
    yield from _fact("frozen weights inside a model", inside, [[], names])
    parameters = trial.seen.facts.get("frozen parameters")
    yield from _fact("frozen parameters", parameters, count(trial.case, trial.data))
    yield from _fact("thawed weights", trial.seen.facts.get("thawed"), [names, []])


@rule(
    "INITW-12",
    "An initializer is called with the dtype of its weight, also the bias initializer with"
    " unit_forget_bias.",
    source="keras.initializers.Initializer, dtype; keras.Layer.add_weight, initializer and dtype",
    applies=initial("asked"),
)
def asked_for_the_dtype(trial: Trial) -> Iterator[Failure]:
    dtype = VARIABLE[str(trial.case["dtype"])]
    want = {name: [dtype] for name, *_ in described(trial.case, trial.data, "")}
    yield from _fact("dtypes asked of the initializers", trial.seen.facts.get("asked"), want)


@rule(
    "INITW-13",
    "The initial states are zeros of the shape that the output of one timestep has.",
    source="keras.layers.RNN, get_initial_state",
    applies=lambda c: initial("words", "objects", "callables")(c) and c["as"] in ("layer", "cell"),
)
def first_zeros(trial: Trial) -> Iterator[Failure]:
    want = first_states(trial.case, trial.data)
    yield from _fact("first states", trial.seen.facts.get("first states"), want)


@rule(
    "INITW-14",
    "The weights given to Bidirectional become the initial weights of its layers, the "
    "first half those of the forward layer.",
    source="keras.layers.Bidirectional, the argument weights",
    applies=initial("weights"),
)
def given_to_both(trial: Trial) -> Iterator[Failure]:
    yield from trial.compare()


@rule(
    "INITW-15",
    "An Orthogonal initializer multiplies by its gain.",
    source=f"{CELLS}, recurrent_initializer; keras.initializers.Orthogonal, gain",
    applies=initial("scaled"),
)
def gained(trial: Trial) -> Iterator[Failure]:
    yield from _orthonormal(trial, f"recurrent_kernel by {GAIN}, times its transpose", GAIN)


def _fact(where: str, got: object, want: object) -> Iterator[Failure]:
    if got != want:
        yield Failure("fact", where, str(got), str(want))

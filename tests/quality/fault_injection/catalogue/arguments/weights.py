"""Weights: how they start, what they are called, which are trained, penalised and constrained."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops
from keras.layers import GRU, LSTM, RNN, GRUCell, LSTMCell, SimpleRNN, SimpleRNNCell

from tests.quality.fault_injection.faults import Garden, fault

LAYERS = (SimpleRNN, LSTM, GRU)
CELLS = (SimpleRNNCell, LSTMCell, GRUCell)
STANDARD = "SimpleRNN-seq0-state0-u16-t2-in17-do.init-what.standard"
WORDS = (
    "GRU-seq0-state0-u3-t2-do.init-what.words SimpleRNN-seq0-state0-u3-t2-do.init-what.callables"
)
PLAIN = "SimpleRNN-seq1-state1-u3-t5"


def constructed(garden: Garden, owners: tuple[type, ...], change: Any) -> None:
    """Let `change(arguments)` alter the keyword arguments of constructors."""

    def init(original: Any, self: Any, *args: Any, **options: Any) -> None:
        change(options)
        original(self, *args, **options)

    for owner in owners:
        garden.around(owner, "__init__", init)


def refusing(garden: Garden, owner: type, argument: str) -> None:
    """Let the constructor refuse an argument as Python does one that it does not know."""

    def refuse(options: dict[str, Any]) -> None:
        if argument in options:
            raise TypeError(f"__init__() got an unexpected keyword argument '{argument}'")

    constructed(garden, (owner,), refuse)


def built(garden: Garden, change: Any) -> None:
    """Let `change(cell)` have the last word when a cell is built."""

    def build(original: Any, self: Any, *args: Any, **shapes: Any) -> None:
        original(self, *args, **shapes)
        change(self)

    for cell in CELLS:
        garden.around(cell, "build", build)


def ignored(garden: Garden, *names: str) -> None:
    """Let the constructors of the layers and cells ignore arguments."""

    def change(options: dict[str, Any]) -> None:
        for name in names:
            options.pop(name, None)

    constructed(garden, (*LAYERS, *CELLS), change)


def crossed(garden: Garden, one: str, other: str) -> None:
    """Let the constructors of the layers take one argument for another and the reverse."""

    def change(options: dict[str, Any]) -> None:
        options[one], options[other] = options.get(other), options.get(one)

    constructed(garden, LAYERS, change)


@fault(
    "kernel of normal numbers",
    "Starts from a kernel of normal numbers, wider than Glorot's limit.",
    "INITW-3",
    STANDARD,
)
def _kernel_of_normal_numbers(garden: Garden) -> None:
    built(garden, lambda cell: cell.kernel.assign(2 * cell.kernel))


@fault("kernel of zeros", "Starts from a kernel of zeros.", "INITW-3 INITW-8", STANDARD)
def _kernel_of_zeros(garden: Garden) -> None:
    built(garden, lambda cell: cell.kernel.assign(ops.zeros_like(cell.kernel)))


@fault(
    "oblique recurrent kernel",
    "Starts from a recurrent kernel that is not orthogonal.",
    "INITW-4",
    STANDARD,
)
def _oblique_recurrent_kernel(garden: Garden) -> None:
    built(
        garden,
        lambda cell: cell.recurrent_kernel.assign(
            cell.recurrent_kernel + 0.1 * ops.ones_like(cell.recurrent_kernel)
        ),
    )


@fault("bias of ones", "Starts from a bias of ones.", "INITW-5", STANDARD)
def _bias_of_ones(garden: Garden) -> None:
    built(garden, lambda cell: cell.bias.assign(ops.ones_like(cell.bias)))


@fault(
    "no forget bias",
    "Ignores unit_forget_bias: every bias starts from zero.",
    "INITW-5 ARTICLE-1",
    "LSTM-seq0-state0-u16-t2-in17-do.init-what.standard "
    "LSTM-seq1-state0-u1-t3-n1-in2-do.article-what.listing1",
)
def _no_forget_bias(garden: Garden) -> None:
    constructed(garden, (LSTMCell,), lambda options: options.update(unit_forget_bias=False))


@fault(
    "forget bias of the wrong gate",
    "Adds the forget gate's one to the input gate.",
    "INITW-5",
    "LSTM-seq0-state0-u16-t2-in17-do.init-what.standard",
)
def _forget_bias_of_the_wrong_gate(garden: Garden) -> None:
    def move(cell: Any) -> None:
        if isinstance(cell, LSTMCell):
            cell.bias.assign(ops.roll(cell.bias, -cell.units))

    built(garden, move)


@fault("initializers ignored", "Ignores kernel_initializer.", "INITW-6", WORDS)
def _initializers_ignored(garden: Garden) -> None:
    ignored(garden, "kernel_initializer")


@fault(
    "initializers crossed",
    "Takes kernel_initializer for recurrent_initializer and the reverse.",
    "INITW-6",
    WORDS,
)
def _initializers_crossed(garden: Garden) -> None:
    crossed(garden, "kernel_initializer", "recurrent_initializer")


@fault("one start for all", "Starts every layer from the same kernel.", "INITW-8", STANDARD)
def _one_start_for_all(garden: Garden) -> None:
    def same(cell: Any) -> None:
        start = keras.initializers.GlorotUniform(seed=1)
        cell.kernel.assign(start(tuple(cell.kernel.shape)))

    built(garden, same)


@fault(
    "unseeded start", "Starts from another kernel under the same global seed.", "INITW-8", STANDARD
)
def _unseeded_start(garden: Garden) -> None:
    calls = iter(range(1, 10**6))

    def different(cell: Any) -> None:
        start = keras.initializers.GlorotUniform(seed=next(calls))
        cell.kernel.assign(start(tuple(cell.kernel.shape)))

    built(garden, different)


@fault(
    "starts again",
    "Gives its weights new numbers when it is built again.",
    "INITW-9",
    "SimpleRNN-seq0-state0-u3-t2-do.init-what.again",
)
def _starts_again(garden: Garden) -> None:
    def build(original: Any, self: Any, *args: Any, **shapes: Any) -> None:
        if self.cell.built:
            self.cell.kernel.assign(self.cell.kernel + 1)
        original(self, *args, **shapes)

    garden.around(RNN, "build", build)


@fault(
    "lazy start",
    "Computes with a kernel of ones in the call that builds it.",
    "INITW-10",
    "SimpleRNN-seq0-state0-u3-t2-do.init-what.oncall",
)
def _lazy_start(garden: Garden) -> None:
    def call(original: Any, self: Any, sequences: Any, *args: Any, **options: Any) -> Any:
        if self.built:
            return original(self, sequences, *args, **options)
        self.build(sequences.shape)
        kept = ops.convert_to_tensor(self.cell.kernel)
        self.cell.kernel.assign(ops.ones_like(kept))
        given = original(self, sequences, *args, **options)
        self.cell.kernel.assign(kept)
        return given

    garden.around(SimpleRNN, "__call__", call)


@fault(
    "asks for no dtype",
    "Calls the bias initializer without the dtype of the bias.",
    "INITW-12",
    "LSTM-seq0-state0-u3-t2-mbf16-do.init-what.asked",
)
def _asks_for_no_dtype(garden: Garden) -> None:
    def build(original: Any, self: Any, *args: Any, **shapes: Any) -> None:
        asked = self.bias_initializer
        self.bias_initializer = lambda shape, dtype=None: asked(shape)
        original(self, *args, **shapes)

    garden.around(LSTMCell, "build", build)


@fault(
    "never frozen",
    "Ignores trainable=False.",
    "INITW-11",
    "SimpleRNN-seq0-state0-u3-t2-do.init-what.frozen",
)
def _never_frozen(garden: Garden) -> None:
    ignored(garden, "trainable")


@fault(
    "frozen for good",
    "Stays frozen when trainable is set to True.",
    "INITW-11",
    "GRU-seq0-state0-u3-t2-do.init-what.frozen",
)
def _frozen_for_good(garden: Garden) -> None:
    def freeze(cell: Any) -> None:
        if not cell.trainable:
            cell.kernel.trainable = False
            garden.put(cell, "_trainable_variables", [])

    built(garden, freeze)


@fault(
    "trained though frozen",
    "Moves its weights in training though trainable is False.",
    "FIT-3",
    "GRU-seq0-state0-u4-t4-n2-do.fit-what.frozen",
)
def _trained_though_frozen(garden: Garden) -> None:
    garden.put(GRU, "trainable", property(lambda self: True, lambda self, value: None))


@fault("fixed bias", "Does not train its bias.", "INITW-1", STANDARD)
def _fixed_bias(garden: Garden) -> None:
    built(garden, lambda cell: setattr(cell.bias, "trainable", False))


def added(garden: Garden, change: Any) -> None:
    """Let `change(options)` alter how a cell adds a weight."""

    def add(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        change(options)
        return original(self, *args, **options)

    for cell in CELLS:
        garden.around(cell, "add_weight", add)


@fault("renamed kernel", "Calls its recurrent kernel `kernel`.", "WEIGHT-1", PLAIN)
def _renamed_kernel(garden: Garden) -> None:
    added(garden, lambda options: options.update(name=options["name"].replace("recurrent_", "")))


@fault("weights sorted", "Lists its weights by their names.", "WEIGHT-2", PLAIN)
def _weights_sorted(garden: Garden) -> None:
    listed = keras.layers.Layer.weights.fget
    by_name = property(lambda self: sorted(listed(self), key=lambda weight: weight.name))
    garden.put(keras.layers.Layer, "weights", by_name)


@fault(
    "half variables",
    "Keeps its weights in half precision.",
    "WEIGHT-1 INITW-1",
    f"{PLAIN} SimpleRNN-seq0-state0-u3-t2-do.init-what.words",
)
def _half_variables(garden: Garden) -> None:
    added(garden, lambda options: options.update(dtype="float16"))


@fault(
    "bias forbidden",
    "Has a bias in spite of use_bias=False.",
    "INITW-1",
    "SimpleRNN-seq0-state0-u3-t2-bias0-do.init-what.callables",
)
def _bias_forbidden(garden: Garden) -> None:
    constructed(garden, CELLS, lambda options: options.update(use_bias=True))


@fault("nameless", "Ignores its name.", "INITW-2", "SimpleRNN-seq0-state0-u3-t2-do.init-what.words")
def _nameless(garden: Garden) -> None:
    constructed(garden, LAYERS, lambda options: options.pop("name", None))


@fault(
    "first states of ones",
    "The first states are ones.",
    "INITW-13",
    "LSTM-seq0-state0-u3-t2-do.init-what.callables",
)
def _first_states_of_ones(garden: Garden) -> None:
    def ones(original: Any, self: Any, batch_size: Any = None) -> Any:
        return [ops.ones_like(state) for state in original(self, batch_size)]

    garden.around(keras.layers.LSTMCell, "get_initial_state", ones)


@fault(
    "gains nothing",
    "Leaves an orthogonal matrix as it is, whatever the gain.",
    "INITW-15",
    "SimpleRNN-seq0-state0-u3-t2-do.init-what.scaled",
)
def _gains_nothing(garden: Garden) -> None:
    garden.made(keras.initializers.Orthogonal, lambda made: setattr(made, "gain", 1.0))


LENT = "LSTM-seq1-state1-u2-t3-n4-calls3-then.lent"


@fault(
    "reads the array again",
    "Computes with whatever the arrays hold that set_weights was given.",
    "HIST-9",
    LENT,
)
def _reads_the_array_again(garden: Garden) -> None:
    lent: dict[int, Any] = {}

    def taken(original: Any, self: Any, weights: Any) -> None:
        lent[id(self)] = weights
        original(self, weights)

    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        for variable, array in zip(self.weights, lent.get(id(self), ()), strict=False):
            variable.assign(array)
        return original(self, *args, **options)

    garden.around(keras.Layer, "set_weights", taken)
    garden.around(LSTM, "call", call)


@fault("gives its own array", "Has for a weight what get_weights gave.", "HIST-9", LENT)
def _gives_its_own_array(garden: Garden) -> None:
    given: dict[int, Any] = {}

    def weights(original: Any, self: Any) -> Any:
        given[id(self)] = original(self)
        return given[id(self)]

    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        for variable, array in zip(self.weights, given.get(id(self), ()), strict=False):
            variable.assign(array)
        return original(self, *args, **options)

    garden.around(keras.Layer, "get_weights", weights)
    garden.around(LSTM, "call", call)


@fault(
    "along columns alone",
    "MaxNorm bounds the norms of columns, whatever its axis.",
    "REG-3",
    "GRU-seq0-state0-u3-t2-do.constraint-what.rows",
)
def _along_columns_alone(garden: Garden) -> None:
    garden.made(keras.constraints.MaxNorm, lambda made: setattr(made, "axis", 0))


@fault(
    "a rate once alone",
    "MinMaxNorm goes all of the way from the second time on.",
    "REG-3",
    "SimpleRNN-seq0-state0-u3-t2-do.constraint-what.between",
)
def _a_rate_once_alone(garden: Garden) -> None:
    def constrain(original: Any, self: Any, weight: Any) -> Any:
        given = original(self, weight)
        self.rate = 1.0
        return given

    garden.around(keras.constraints.MinMaxNorm, "__call__", constrain)

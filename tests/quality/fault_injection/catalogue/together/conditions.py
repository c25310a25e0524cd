"""Faults that need a condition: what came before, what a mask hides, whose array it is."""

from __future__ import annotations

import functools
from typing import Any

import keras
import numpy as np
from keras import ops
from keras.layers import RNN, GRUCell, SimpleRNNCell

from tests.quality.fault_injection.catalogue.layer.loop import given, inner
from tests.quality.fault_injection.faults import Garden, fault

HISTORY = "SimpleRNN-seq1-state1-u3-t3-n4-calls3-then"
COST = "SimpleRNN-seq1-state0-u4-t4-n2"
ARRAYS = "SimpleRNN-seq1-state1-u3-t3-n4-mask.right-init.list-given.array"


def called(garden: Garden, wrong: Any) -> None:
    """Let `wrong(call, sequences, options)` make every call of a loop, from outside."""

    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        if not isinstance(self, RNN):
            return original(self, *args, **options)
        with_self = functools.partial(original, self)
        return wrong(with_self, *args, options)

    garden.around(keras.Layer, "__call__", call)


def outside(garden: Garden, before: Any) -> None:
    """Let `before(layer, sequences, options)` run ahead of every call of a loop that computes."""

    def call(original: Any, self: Any, sequences: Any, *args: Any, **options: Any) -> Any:
        if self.built and not keras.backend.is_keras_tensor(sequences):
            before(self, options)
        return original(self, sequences, *args, **options)

    garden.around(RNN, "call", call)


@fault(
    "scales the caller's array",
    "Doubles the NumPy array it is handed once it has used it.",
    "ALIAS-1",
    ARRAYS,
)
def _scales_the_callers_array(garden: Garden) -> None:
    def call(original: Any, sequences: Any, options: Any) -> Any:
        given = original(sequences, **options)
        if isinstance(sequences, np.ndarray):
            sequences *= 2
        return given

    called(garden, call)


@fault(
    "empties the states",
    "Takes the states that it is handed out of their list.",
    "ALIAS-1",
    "LSTM-seq1-state1-u3-t5-init.list",
)
def _empties_the_states(garden: Garden) -> None:
    def call(original: Any, sequences: Any, options: Any) -> Any:
        given = original(sequences, **options)
        if isinstance(options.get("initial_state"), list):
            options["initial_state"].clear()
        return given

    called(garden, call)


@fault(
    "one list of results",
    "Hands out one list for the results of all calls.",
    "ALIAS-2",
    "SimpleRNN-seq1-state1-u3-t3-n4-calls3-then.dtype",
)
def _one_list_of_results(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        given = original(self, *args, **options)
        if not isinstance(given, tuple):
            return given
        results = self.__dict__.setdefault("results", [])
        results[:] = given
        return results

    garden.around(RNN, "call", call)


@fault(
    "loses the first result",
    "Takes its first output out of the list that it returned.",
    "ALIAS-2",
    "SimpleRNN-seq1-state1-u3-t5-stateful1-calls3",
)
def _loses_the_first_result(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        given = original(self, *args, **options)
        if isinstance(given, tuple):
            given = list(given)
            for earlier in self.__dict__.setdefault("returned", []):
                earlier.reverse()
            self.__dict__["returned"].append(given)
        return given

    garden.around(RNN, "call", call)


@fault(
    "wears out",
    "Rubs off a little of its kernel in every call.",
    "ALIAS-3",
    "SimpleRNN-seq1-state1-u3-t5 GRU-seq1-state1-u3-t5",
)
def _wears_out(garden: Garden) -> None:
    def worn(self: Any, options: Any) -> None:
        self.cell.kernel.assign(0.75 * self.cell.kernel.value)

    outside(garden, worn)


@fault(
    "learns in training",
    "Moves its bias in a call in training.",
    "ALIAS-3",
    "SimpleRNN-seq1-state1-u3-t3-n4-mask.right-init.list-train1-given.array",
)
def _learns_in_training(garden: Garden) -> None:
    def learnt(self: Any, options: Any) -> None:
        if options.get("training"):
            self.cell.bias.assign(self.cell.bias.value + 1)

    outside(garden, learnt)


@fault(
    "takes the cells",
    "Empties the list of cells that it is made of.",
    "ALIAS-4",
    "LSTM-seq1-state1-u2-t3-n4-as.list",
)
def _takes_the_cells(garden: Garden) -> None:
    def init(original: Any, self: Any, cell: Any, *args: Any, **options: Any) -> None:
        original(self, list(cell) if isinstance(cell, list) else cell, *args, **options)
        if isinstance(cell, list):
            cell.clear()

    garden.around(RNN, "__init__", init)


@fault(
    "sorts the cells",
    "Turns the list of cells of a stack round once it is made.",
    "ALIAS-4",
    "LSTM-seq1-state1-u2-t3-n4-as.stack",
)
def _sorts_the_cells(garden: Garden) -> None:
    def init(original: Any, self: Any, cells: Any, **options: Any) -> None:
        original(self, list(cells), **options)
        cells.reverse()

    garden.around(keras.layers.StackedRNNCells, "__init__", init)


@fault("refuses arrays", "Takes NumPy arrays for integers.", "GIVEN-1", ARRAYS)
def _refuses_arrays(garden: Garden) -> None:
    def call(original: Any, self: Any, sequences: Any, *args: Any, **options: Any) -> Any:
        state = options.get("initial_state")
        if isinstance(state, list) and isinstance(state[0], np.ndarray):
            options["initial_state"] = [np.round(item) for item in state]
        return original(self, sequences, *args, **options)

    garden.around(RNN, "__call__", call)


def _remembering(garden: Garden, key: Any, wrong: Any) -> None:
    """Let `wrong(inputs)` be run over where `key(layer, inputs)` differs from the call before."""

    def loop(original: Any, self: Any, sequences: Any, *args: Any, **options: Any) -> Any:
        now = key(self, sequences)
        other = self.__dict__.get("before", now) != now
        self.__dict__["before"] = now
        return original(self, wrong(sequences) if other else sequences, *args, **options)

    garden.around(RNN, "inner_loop", loop)


@fault(
    "another batch",
    "Computes wrongly where the batch before was larger or smaller.",
    "HIST-1",
    f"{HISTORY}.batch",
)
def _another_batch(garden: Garden) -> None:
    _remembering(garden, lambda self, x: x.shape[0], lambda x: -x)


@fault(
    "another length",
    "Computes wrongly where the sequence before was longer or shorter.",
    "HIST-1",
    f"{HISTORY}.length",
)
def _another_length(garden: Garden) -> None:
    _remembering(garden, lambda self, x: x.shape[1], lambda x: 2 * x)


@fault(
    "once in double",
    "Counts its input twice in every call whose dtype is another.",
    "HIST-2",
    f"{HISTORY}.dtype",
)
def _once_in_double(garden: Garden) -> None:
    def call(original: Any, self: Any, sequences: Any, *args: Any, **options: Any) -> Any:
        now = str(sequences.dtype)
        other = self.__dict__.setdefault("first dtype", now) != now
        return original(self, 2 * sequences if other else sequences, *args, **options)

    garden.around(RNN, "__call__", call)


@fault(
    "keeps its masks",
    "Goes on dropping in inference once it has dropped in training.",
    "HIST-3",
    "GRU-seq1-state1-u3-t3-n4-calls3-drop50-then.train",
)
def _keeps_its_masks(garden: Garden) -> None:
    def call(original: Any, self: Any, x: Any, states: Any, training: Any = False) -> Any:
        trained = self.__dict__.get("trained")
        self.__dict__["trained"] = bool(trained or training)
        return original(self, 0.5 * x if trained and not training else x, states, training)

    garden.around(GRUCell, "call", call)


@fault("after training", "Starts from ones after a call in training.", "HIST-3", f"{HISTORY}.train")
def _after_training(garden: Garden) -> None:
    def call(original: Any, self: Any, x: Any, *args: Any, **options: Any) -> Any:
        if self.__dict__.get("trained") and options.get("initial_state") is None:
            options["initial_state"] = [ops.ones_like(s) for s in self.get_initial_state(4)]
        self.__dict__["trained"] = bool(options.get("training"))
        return original(self, x, *args, **options)

    garden.around(RNN, "__call__", call)


@fault(
    "old kernel",
    "Goes on with the kernel of its first call.",
    "HIST-4",
    f"{HISTORY}.assign {HISTORY}.set {HISTORY}.step",
)
def _old_kernel(garden: Garden) -> None:
    def call(original: Any, self: Any, x: Any, *args: Any, **options: Any) -> Any:
        kept = self.__dict__.setdefault("kept", ops.copy(self.kernel.value))
        drift = ops.matmul(x, kept - self.kernel.value)
        output, states = original(self, x, *args, **options)
        return output + drift, [state + drift for state in states]

    garden.around(SimpleRNNCell, "call", call)


@fault(
    "old bias",
    "Forgets its bias once its weights are no longer those of its first call.",
    "HIST-4",
    f"{HISTORY}.step {HISTORY}.set",
)
def _old_bias(garden: Garden) -> None:
    def call(original: Any, self: Any, x: Any, *args: Any, **options: Any) -> Any:
        first = self.__dict__.setdefault("first", ops.copy(self.bias.value))
        output, states = original(self, x, *args, **options)
        change = ops.cast(ops.any(first != self.bias.value), output.dtype)
        return output - change, [state - change for state in states]

    garden.around(SimpleRNNCell, "call", call)


@fault(
    "runs the cell twice",
    "Runs its cell twice at each timestep.",
    "COST-1 COST-2",
    f"{COST}-do.cost-what.eager {COST}-do.cost-what.predictions",
)
def _runs_the_cell_twice(garden: Garden) -> None:
    def loop(original: Any, step: Any, *args: Any, **options: Any) -> Any:
        original(step, *args, **options)
        return original(step, *args, **options)

    def predict(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        self.predict_function = None
        return original(self, *args, **options)

    inner(garden, loop)
    garden.around(keras.Model, "predict", predict)


@fault("never forgets", "Keeps every output in a list.", "COST-3", f"{COST}-do.cost-what.memory")
def _never_forgets(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        given = original(self, *args, **options)
        self.__dict__.setdefault("history", []).append(given)
        return given

    garden.around(RNN, "call", call)


@fault(
    "keeps its inputs",
    "Keeps an object for every call in a list of its module.",
    "COST-3",
    f"{COST}-do.cost-what.memory",
)
def _keeps_its_inputs(garden: Garden) -> None:
    kept: list[Any] = []
    outside(garden, lambda self, options: kept.append([self, [self]]))


@fault(
    "starts from the beginning",
    "Runs over all timesteps before each once more.",
    "COST-4",
    f"{COST}-do.cost-what.growth",
)
def _starts_from_the_beginning(garden: Garden) -> None:
    def loop(original: Any, step: Any, x: Any, states: Any, **options: Any) -> Any:
        for count in range(1, x.shape[1]):
            original(step, x[:, :count], states, **options)
        return original(step, x, states, **options)

    inner(garden, loop)


@fault(
    "counts on its fingers",
    "Counts to the square of the number of timesteps.",
    "COST-4",
    f"{COST}-do.cost-what.growth",
)
def _counts_on_its_fingers(garden: Garden) -> None:
    def counted(x: Any) -> Any:
        for number in range(256 * x.shape[1] ** 2):
            abs(number)
        return x

    given(garden, counted)

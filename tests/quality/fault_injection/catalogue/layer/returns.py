"""What a layer returns: structure, shapes, dtypes, and what it foretells of them."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops
from keras.layers import LSTM, RNN, SimpleRNN, SimpleRNNCell

from tests.quality.fault_injection.faults import Garden, View, fault

SIMPLE = "SimpleRNN-seq1-state1-u3-t5"
FULL = "LSTM-seq1-state1-u3-t5"
BARE = "SimpleRNN-seq0-state0-u3-t5 SimpleRNN-seq1-state0-u3-t5"


def returned(garden: Garden, layer: type, change: Any) -> None:
    """Let `change(layer, returned)` have the last word on what a layer returns."""
    garden.around(
        layer,
        "call",
        lambda call, self, *args, **options: change(self, call(self, *args, **options)),
    )


@fault("a list of one", "Returns a list of one tensor without return_state.", "STRUCT-1", BARE)
def _a_list_of_one(garden: Garden) -> None:
    returned(garden, SimpleRNN, lambda self, given: given if self.return_state else [given])


@fault("states always", "Returns its states whatever return_state.", "STRUCT-1", BARE)
def _states_always(garden: Garden) -> None:
    garden.around(
        RNN,
        "call",
        lambda call, self, *args, **options: call(View(self, return_state=True), *args, **options),
    )


@fault("states never", "Ignores return_state.", "STRUCT-2", SIMPLE)
def _states_never(garden: Garden) -> None:
    returned(garden, SimpleRNN, lambda self, given: given[0] if self.return_state else given)


@fault("nested states", "Returns its states in a list of their own.", "STRUCT-2", FULL)
def _nested_states(garden: Garden) -> None:
    returned(garden, LSTM, lambda self, given: (given[0], list(given[1:])))


@fault("one state of two", "Returns no carry.", "STRUCT-2", FULL)
def _one_state_of_two(garden: Garden) -> None:
    returned(garden, LSTM, lambda self, given: given[:-1])


@fault("states first", "Returns its states before its output.", "SHAPE-1 SHAPE-2", SIMPLE)
def _states_first(garden: Garden) -> None:
    returned(garden, SimpleRNN, lambda self, given: given[::-1])


@fault("a timestep of one", "Keeps a time axis of one without return_sequences.", "SHAPE-1", BARE)
def _a_timestep_of_one(garden: Garden) -> None:
    returned(
        garden, SimpleRNN, lambda self, given: given if self.return_sequences else given[:, None]
    )


@fault("sequences always", "Returns the whole sequence whatever return_sequences.", "SHAPE-1", BARE)
def _sequences_always(garden: Garden) -> None:
    garden.around(
        RNN,
        "call",
        lambda call, self, *args, **options: call(
            View(self, return_sequences=True), *args, **options
        ),
    )


@fault("sequences never", "Ignores return_sequences.", "SHAPE-1", BARE)
def _sequences_never(garden: Garden) -> None:
    garden.around(
        RNN,
        "call",
        lambda call, self, *args, **options: call(
            View(self, return_sequences=False), *args, **options
        ),
    )


@fault("time first", "Returns the sequence with its time axis first.", "SHAPE-1", SIMPLE)
def _time_first(garden: Garden) -> None:
    returned(
        garden, SimpleRNN, lambda self, given: (ops.transpose(given[0], (1, 0, 2)), *given[1:])
    )


@fault("flat states", "Returns each state without its batch axis.", "SHAPE-2", SIMPLE)
def _flat_states(garden: Garden) -> None:
    returned(garden, SimpleRNN, lambda self, given: (given[0], *(ops.ravel(s) for s in given[1:])))


@fault("transposed states", "Returns each state with its units first.", "SHAPE-2", SIMPLE)
def _transposed_states(garden: Garden) -> None:
    returned(
        garden, SimpleRNN, lambda self, given: (given[0], *(ops.transpose(s) for s in given[1:]))
    )


@fault("double precision", "Returns float64 whatever its policy.", "DTYPE-1", SIMPLE)
def _double_precision(garden: Garden) -> None:
    returned(garden, SimpleRNN, lambda self, given: [ops.cast(value, "float64") for value in given])


@fault(
    "variable dtype",
    "Returns the variable dtype of a mixed policy.",
    "DTYPE-1",
    "SimpleRNN-seq1-state1-u3-t5-mf16 SimpleRNN-seq1-state1-u3-t5-mbf16",
)
def _variable_dtype(garden: Garden) -> None:
    returned(
        garden,
        SimpleRNN,
        lambda self, given: [ops.cast(value, self.variable_dtype) for value in given],
    )


@fault(
    "states in single precision",
    "Returns its states in float32 under a policy of half.",
    "DTYPE-1",
    "SimpleRNN-seq1-state1-u3-t5-f16",
)
def _states_in_single_precision(garden: Garden) -> None:
    returned(
        garden,
        SimpleRNN,
        lambda self, given: (given[0], *(ops.cast(state, "float32") for state in given[1:])),
    )


@fault(
    "coarser than its policy",
    "Computes in half precision under a policy of float64.",
    "DTYPE-2",
    "SimpleRNN-seq1-state1-u3-t5-f64",
)
def _coarser_than_its_policy(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        return keras.tree.map_structure(
            lambda value: ops.cast(ops.cast(value, "float32"), value.dtype),
            original(self, *args, **options),
        )

    garden.around(SimpleRNNCell, "call", call)


@fault(
    "integers halved",
    "Divides the input by two where it is not of the compute dtype.",
    "DTYPE-3",
    "SimpleRNN-seq1-state1-u3-t5-x.i32 SimpleRNN-seq1-state1-u3-t5-x.f16",
)
def _integers_halved(garden: Garden) -> None:
    def call(original: Any, self: Any, sequences: Any, *args: Any, **options: Any) -> Any:
        dtype = keras.backend.standardize_dtype(sequences.dtype)
        if dtype != self.compute_dtype:
            sequences = ops.cast(sequences, self.compute_dtype) / 2
        return original(self, sequences, *args, **options)

    garden.around(SimpleRNN, "__call__", call)


def foretold(garden: Garden, change: Any) -> None:
    """Let `change(layer, shape)` have the last word on the shapes that a layer foretells."""
    garden.around(
        RNN,
        "compute_output_shape",
        lambda original, self, *args, **shapes: change(self, original(self, *args, **shapes)),
    )


@fault(
    "foretells no time",
    "Foretells the shape of one output for a sequence.",
    "SYMBOL-1",
    "SimpleRNN-seq1-state0-u3-t5",
)
def _foretells_no_time(garden: Garden) -> None:
    foretold(garden, lambda self, shape: (shape[0], shape[-1]))


@fault("foretells no states", "Foretells no states with return_state.", "SYMBOL-1", SIMPLE)
def _foretells_no_states(garden: Garden) -> None:
    foretold(garden, lambda self, shapes: shapes[0] if self.return_state else shapes)


@fault("foretells wide states", "Foretells states of twice the size.", "SYMBOL-1", SIMPLE)
def _foretells_wide_states(garden: Garden) -> None:
    foretold(
        garden, lambda self, shapes: (shapes[0], *((batch, 2 * size) for batch, size in shapes[1:]))
    )


@fault(
    "foretells the input",
    "Foretells an output as wide as the input.",
    "SYMBOL-1",
    "SimpleRNN-seq1-state0-u3-t5",
)
def _foretells_the_input(garden: Garden) -> None:
    garden.around(
        RNN,
        "compute_output_shape",
        lambda original, self, sequences_shape, **rest: tuple(sequences_shape),
    )


@fault(
    "foretells single precision",
    "Foretells float32 whatever its policy.",
    "SYMBOL-1",
    "SimpleRNN-seq1-state1-u3-t5-f16",
)
def _foretells_single_precision(garden: Garden) -> None:
    def spec(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        found = original(self, *args, **options)
        return keras.tree.map_structure(
            lambda tensor: keras.KerasTensor(tensor.shape, dtype="float32"), found
        )

    garden.around(SimpleRNN, "compute_output_spec", spec)

"""What a correct Keras may do otherwise in the recurrent layers themselves."""

from __future__ import annotations

import io
import math
import warnings
from contextlib import redirect_stdout
from types import FunctionType
from typing import Any

import keras
import numpy as np
from keras import ops
from keras.initializers import Orthogonal
from keras.layers import RNN, GRUCell, LSTMCell, SimpleRNN, SimpleRNNCell

from tests.quality.fault_injection.catalogue.arguments.weights import constructed, refusing
from tests.quality.fault_injection.faults import Garden
from tests.quality.fault_injection.harmless import harmless


def _plain(cell: Any, states: Any) -> bool:
    """Whether a cell has a bias and drops nothing, resets before the product, and fits."""
    drops = cell.dropout or cell.recurrent_dropout or not cell.use_bias
    fits = isinstance(states, (list, tuple)) and all(len(s.shape) == 2 for s in states)
    return fits and not drops and not getattr(cell, "reset_after", False)


def _weights(cell: Any) -> tuple[Any, Any, Any]:
    return tuple(map(ops.convert_to_tensor, (cell.kernel, cell.recurrent_kernel, cell.bias)))


@harmless(
    "bias first",
    "Adds the products in another order.",
    "SimpleRNN-seq1-state1-u33-t50 SimpleRNN-seq1-state1-u3-t3-n4-f16",
)
def _bias_first(garden: Garden) -> None:
    def call(original: Any, self: Any, x: Any, states: Any, training: Any = False) -> Any:
        if not _plain(self, states):
            return original(self, x, states, training=training)
        kernel, recurrent, bias = _weights(self)
        output = self.activation((bias + ops.matmul(states[0], recurrent)) + ops.matmul(x, kernel))
        return output, [output]

    garden.around(SimpleRNNCell, "call", call)


@harmless(
    "product by product",
    "Computes each gate by a product of its own, summed backwards.",
    "LSTM-seq1-state1-u33-t50 LSTM-seq1-state1-u3-t3-n4-bf16",
)
def _product_by_product(garden: Garden) -> None:
    def gates(x: Any, weight: Any) -> list[Any]:
        parts = ops.split(ops.flip(weight, axis=0), 4, axis=1)
        return [ops.matmul(ops.flip(x, axis=-1), part) for part in parts]

    def call(original: Any, self: Any, x: Any, states: Any, training: Any = False) -> Any:
        if not _plain(self, states):
            return original(self, x, states, training=training)
        kernel, recurrent, bias = _weights(self)
        each = zip(gates(states[0], recurrent), gates(x, kernel), ops.split(bias, 4), strict=True)
        i, f, c, o = (h + (z + b) for h, z, b in each)
        gate = self.recurrent_activation
        carry = gate(i) * self.activation(c) + gate(f) * states[1]
        hidden = gate(o) * self.activation(carry)
        return hidden, [hidden, carry]

    garden.around(LSTMCell, "call", call)


@harmless(
    "by the difference",
    "Mixes the old state and the candidate as h~ + z (h - h~).",
    "GRU-seq1-state1-u33-t50-after0 GRU-seq1-state1-u3-t5-after0-bf16",
)
def _by_the_difference(garden: Garden) -> None:
    def call(original: Any, self: Any, x: Any, states: Any, training: Any = False) -> Any:
        if not _plain(self, states):
            return original(self, x, states, training=training)
        kernel, recurrent, bias = _weights(self)
        xs, us = ops.split(ops.matmul(x, kernel) + bias, 3, axis=1), ops.split(recurrent, 3, axis=1)
        h = states[0]
        z, r = (self.recurrent_activation(xs[k] + ops.matmul(h, us[k])) for k in (0, 1))
        candidate = self.activation(xs[2] + ops.matmul(r * h, us[2]))
        new = candidate + z * (h - candidate)
        return new, [new]

    garden.around(GRUCell, "call", call)


@harmless(
    "half a tanh",
    "Computes the sigmoid as a half of 1 + tanh(x / 2).",
    "LSTM-seq1-state1-u33-t50 GRU-seq1-state1-u33-t50-after0",
    alone="its activation is a function that no configuration can hold",
)
def _half_a_tanh(garden: Garden) -> None:
    def through(self: Any) -> None:
        self.recurrent_activation = lambda z: 0.5 + 0.5 * ops.tanh(0.5 * z)

    for cell in (LSTMCell, GRUCell):
        garden.made(cell, through)


@harmless(
    "a tuple of states",
    "Returns the states of a cell in a tuple.",
    "LSTM-seq0-state0-u3-t1-as.cell-init.list GRU-seq0-state0-u3-t1-as.cell-init.list",
    alone="a Keras that does so has loops that take both",
)
def _tuple_of_states(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        output, states = original(self, *args, **options)
        return output, tuple(states)

    for cell in (LSTMCell, GRUCell):
        garden.around(cell, "call", call)


@harmless(
    "a list of outputs",
    "Returns output and states in a list.",
    "SimpleRNN-seq1-state1-u3-t5 SimpleRNN-seq1-state1-u2-t3-n2-as.rnn",
)
def _list_of_outputs(garden: Garden) -> None:
    def call(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        given = original(self, *args, **options)
        return list(given) if isinstance(given, tuple) else given

    garden.around(RNN, "call", call)


@harmless(
    "another loop",
    "Runs its loop by a function of another name, which nobody documents.",
    "SimpleRNN-seq1-state1-u3-t5 SimpleRNN-seq1-state1-u3-t5-unroll1",
)
def _another_loop(garden: Garden) -> None:
    original = RNN.inner_loop
    backend = original.__globals__["backend"]
    named = backend.rnn if callable(backend.rnn) else backend.rnn.rnn

    class Renamed:
        rnn = staticmethod(named)

        def __getattr__(self, name: str) -> Any:
            return getattr(backend, name)

    elsewhere = {**original.__globals__, "backend": Renamed()}
    loop = FunctionType(
        original.__code__, elsewhere, original.__name__, original.__defaults__, original.__closure__
    )
    garden.put(RNN, "inner_loop", loop)


@harmless(
    "an error of its own",
    "Raises a class derived from ValueError, in other words.",
    "SimpleRNN-seq0-state0-u3-t2-n2-in4-do.bad-what.rank2 "
    "SimpleRNN-seq0-state0-u3-t2-n2-in4-do.bad-what.units_zero",
    alone="the next change does the same to every layer",
)
def _error_of_its_own(garden: Garden) -> None:
    class InvalidArgument(ValueError):
        pass

    def reworded(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        try:
            return original(self, *args, **options)
        except ValueError as error:
            text = str(error).replace("expected ndim=", "a tensor of rank ").replace("ndim=", "")
            raise InvalidArgument(text) from error

    for method in ("__init__", "__call__"):
        garden.around(SimpleRNN, method, reworded)


@harmless(
    "errors of its own",
    "Raises classes derived from ValueError, in every layer and model.",
    "SimpleRNN-seq0-state0-u2-t4-n3-in5-do.edge-what.unfit "
    "SimpleRNN-seq0-state0-u2-t4-n3-in5-do.edge-what.refused",
)
def _errors_of_its_own(garden: Garden) -> None:
    class InvalidInput(ValueError):
        pass

    def reworded(original: Any, self: Any, *args: Any, **options: Any) -> Any:
        try:
            return original(self, *args, **options)
        except ValueError as error:
            raise InvalidInput(f"{error} See the guide.") from error

    garden.around(keras.Layer, "__call__", reworded)


@harmless(
    "read only",
    "Hands out weights in arrays that cannot be written to.",
    "LSTM-seq1-state1-u2-t3-n4-calls3-then.lent SimpleRNN-seq0-state0-u3-t3-do.keras",
)
def _read_only(garden: Garden) -> None:
    def locked(original: Any, self: Any) -> list[Any]:
        arrays = [np.array(array) for array in original(self)]
        for array in arrays:
            array.flags.writeable = False
        return arrays

    garden.around(keras.Layer, "get_weights", locked)


@harmless(
    "other words",
    "Tells of epochs in other words.",
    "SimpleRNN-seq0-state0-u2-t4-n3-in5-do.edge-what.printed",
)
def _other_words(garden: Garden) -> None:
    logger = keras.callbacks.ProgbarLogger

    def begin(original: Any, self: Any, epoch: int, logs: Any = None) -> None:
        with redirect_stdout(io.StringIO()):
            original(self, epoch, logs)
        print(f"Training: {epoch + 1} of {self.epochs}")

    garden.around(logger, "on_epoch_begin", begin)


@harmless(
    "as Python has it",
    "Refuses an unknown keyword argument as Python does, by TypeError.",
    "SimpleRNN-seq0-state0-u3-t2-n2-in4-do.bad-what.keyword",
)
def _as_python_has_it(garden: Garden) -> None:
    refusing(garden, SimpleRNN, "nonsense")


@harmless(
    "chatty",
    "Warns of what will go, holds a layer without weights, and looks otherwise.",
    "LSTM-seq1-state1-u3-t5 LSTM-seq0-state0-u3-t2-do.init-what.callables "
    "LSTM-seq1-state1-u3-t3-stateful1-calls2-do.keras",
)
def _chatty(garden: Garden) -> None:
    def more(self: Any) -> None:
        warnings.warn("something else will go", DeprecationWarning, stacklevel=2)
        self.helper = keras.layers.Activation("linear")

    garden.made(LSTMCell, more)
    garden.put(keras.layers.LSTM, "__repr__", lambda self: "<a layer>")


@harmless(
    "more to configure",
    "Has a further key in its configuration, and takes it back.",
    "GRU-seq0-state0-u3-t3-do.config-what.signature "
    "GRU-seq0-state0-u3-t3-do.config-what.again "
    "GRU-seq1-state1-u3-t3-after0-mf16-do.config-what.numbers",
)
def _more_to_configure(garden: Garden) -> None:
    constructed(garden, (keras.layers.GRU,), lambda options: options.pop("schema", None))
    garden.around(
        keras.layers.GRU, "get_config", lambda original, self: {**original(self), "schema": 2}
    )


@harmless(
    "other draws",
    "Draws the recurrent mask first, all gates at once, from another seed.",
    "LSTM-seq1-state0-u8-t3-n128-in4-drop25-rdrop50-do.train-what.masks "
    "GRU-seq1-state0-u3-t3-n8-in4-drop50-rdrop50-do.train-what.seed",
)
def _other_draws(garden: Garden) -> None:
    def create(original: Any, self: Any, step_input: Any, rate: float) -> Any:
        self.seed_generator.next()
        count = getattr(self, "dropout_mask_count", 1)
        ones = ops.stack([ops.ones_like(step_input)] * count)
        masks = ops.unstack(keras.random.dropout(ones, rate, seed=self.seed_generator), count)
        return masks if hasattr(self, "dropout_mask_count") else masks[0]

    def configure(original: Any, self: Any, cell: Any, x: Any, states: Any) -> None:
        if isinstance(cell, (LSTMCell, GRUCell)):
            first = states[0] if isinstance(states, (list, tuple)) else states
            cell.get_recurrent_dropout_mask(first)
        original(self, cell, x, states)

    garden.around(LSTMCell, "_create_dropout_mask", create)
    garden.around(GRUCell, "_create_dropout_mask", create)
    garden.around(RNN, "_maybe_config_dropout_masks", configure)


@harmless(
    "orthogonal by SVD",
    "Draws its orthogonal matrices by another factorization.",
    "SimpleRNN-seq0-state0-u16-t2-in17-do.init-what.standard "
    "LSTM-seq0-state0-u16-t2-in17-do.init-what.standard",
)
def _orthogonal_by_svd(garden: Garden) -> None:
    def draw(original: Any, self: Any, shape: Any, dtype: Any = None) -> Any:
        flat = (math.prod(shape[:-1]), shape[-1])
        drawn = keras.random.normal(flat, seed=self.seed, dtype=dtype or "float32")
        left, _, right = ops.linalg.svd(drawn, full_matrices=False)
        return ops.cast(ops.reshape(self.gain * -ops.matmul(left, right), shape), drawn.dtype)

    garden.around(Orthogonal, "__call__", draw)


@harmless(
    "other names",
    "Gives its cells another name.",
    "GRU-seq0-state0-u3-t2-do.init-what.callables",
    alone="a Keras that does so has names of its own in legacy files, too",
)
def _other_names(garden: Garden) -> None:
    constructed(garden, (GRUCell,), lambda options: options.setdefault("name", "the_cell"))

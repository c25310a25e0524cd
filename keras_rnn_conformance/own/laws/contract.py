"""What a layer and a cell say of themselves, and what they are."""

from __future__ import annotations

import keras
import numpy as np

from keras_rnn_conformance.own.kit import array, dtypes, pairs, run
from keras_rnn_conformance.own.laws.registry import law


@law("A call gives an output of finite numbers, one row for each sample.")
def check_call(make, x, full):
    """Everything else rests on this one."""
    for i, got in enumerate(run(make(**full), x)):
        yield f"rows of array {i}", got.shape[0], x.shape[0]
        yield f"array {i}, finite numbers", bool(np.isfinite(got).all()), True


@law("A cell returns its states nested and shaped as state_size says.", cells_only=True)
def check_cell_states(make, x):
    cell = make().cell
    sizes = cell.state_size if isinstance(cell.state_size, (list, tuple)) else [cell.state_size]
    states = make().get_initial_state(batch_size=x.shape[0])
    _, new = cell(keras.ops.convert_to_tensor(x[:, 0]), states)
    new = new if keras.tree.is_nested(new) else [new]
    for when, states_then in (("initial", states), ("new", new)):
        yield f"{when} states, number", len(states_then), len(sizes)
        for i, (state, size) in enumerate(zip(states_then, sizes, strict=True)):
            shapes = [tuple(s.shape) for s in keras.tree.flatten(state)]
            wanted = [(x.shape[0], *np.atleast_1d(s)) for s in keras.tree.flatten(size)]
            yield (
                f"{when} state {i}, nested",
                keras.tree.is_nested(state),
                keras.tree.is_nested(size),
            )
            yield f"{when} state {i}, shapes", shapes, wanted


@law("A cell's output has the size that output_size says.", cells_only=True)
def check_cell_output_size(make, x, output_size):
    layer = make()
    output = run(layer, x)[0]
    first = keras.tree.flatten(layer.cell.state_size)[0]
    declared_size = getattr(layer.cell, "output_size", None)
    yield "output_size", output.shape[-1], first if declared_size is None else declared_size
    if output_size is not None:
        yield "declared output_size", output.shape[-1], output_size


@law("RNN gives what the cell gives when it is called step by step.", cells_only=True)
def check_cell_step_by_step(make, x):
    layer = make(return_sequences=True, return_state=True)
    states = layer.get_initial_state(batch_size=x.shape[0])
    outputs = []
    for t in range(x.shape[1]):
        output, states = layer.cell(keras.ops.convert_to_tensor(x[:, t]), states)
        states = states if keras.tree.is_nested(states) else [states]
        outputs.append(array(output))
    steps = [np.stack(outputs, 1), *(array(s) for s in keras.tree.flatten(states))]
    yield from pairs("output", run(layer, x), steps)


@law(
    "Giving the layer's own initial state gives what giving none gives.",
    needs="initial_state own_initial_state",
)
def check_initial_state(make, x, full):
    layer = make(**full)
    own = layer.get_initial_state(batch_size=x.shape[0])
    yield from pairs("output", run(layer, x, initial_state=own), run(layer, x))


@law("The shapes and dtypes of a symbolic call are those of a real one.")
def check_symbolic_call(make, x, full):
    layer = make(**full)
    real = keras.tree.flatten(layer(keras.ops.convert_to_tensor(x)))
    for shape in (x.shape, (None, *x.shape[1:]), (None, None, *x.shape[2:])):
        seen = keras.tree.flatten(layer(keras.KerasTensor(shape, "float32")))
        yield f"arrays returned for {shape}", len(seen), len(real)
        for i, (s, r) in enumerate(zip(seen, real, strict=True)):
            ranks = f"array {i} for {shape}, axes"
            yield ranks, len(s.shape), len(r.shape)
            known = [a if b is not None else None for a, b in zip(r.shape, s.shape, strict=True)]
            yield f"array {i} for {shape}, shape", list(s.shape), known
        yield f"dtypes for {shape}", dtypes(seen), dtypes(real)


@law("compute_output_shape gives the shapes that a call returns.", needs="output_shape")
def check_compute_output_shape(make, x, full):
    for options in (full, {}):
        layer = make(**options)
        real = keras.tree.flatten(layer(keras.ops.convert_to_tensor(x)))
        shape = layer.compute_output_shape(x.shape)
        shape = [shape] if all(n is None or isinstance(n, int) for n in shape) else shape
        flat = keras.tree.flatten(keras.tree.map_shape_structure(lambda s: [repr(tuple(s))], shape))
        yield f"shapes with {options}", flat, [repr(tuple(r.shape)) for r in real]

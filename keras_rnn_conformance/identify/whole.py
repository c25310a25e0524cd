"""Is this only rounding? A model file, its inputs, and outputs from one or two places."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_rnn_conformance.identify import configs
from keras_rnn_conformance.identify.question import QuestionFault
from keras_rnn_conformance.identify.search import Miss, worst
from keras_rnn_conformance.judging import readiness
from reference_impl import Given, Model, ReferenceInputError
from reference_impl.models.model import evaluate, rounded_in, weight_shapes

Arrays = dict[str, NDArray[Any]]
SUFFIXES = (".keras", ".h5", ".hdf5")
"""Of a file that holds a whole model."""
_LARGEST = 256 << 20


@dataclass(frozen=True)
class Part:
    """What the layers do to the bound of one output, at one place.

    Attributes:
        where: the place of the largest bound, or of the largest share of it.
        shares: by layer, its part of the bound; they add up to 1.
    """

    where: tuple[int, ...]
    shares: dict[str, float]


@dataclass(frozen=True)
class Assessed:
    """One output of the model.

    Attributes:
        name: that of its layer.
        bound: the largest bound.
        misses: how far each of the given outputs is from what the model documents.
        apart: how far two given outputs are from each other; 0 if one is given.
        part: where its bound comes from.
    """

    name: str
    shape: tuple[int, ...]
    bound: float
    misses: tuple[Miss, ...]
    apart: float
    part: Part


def asks(paths: list[Path]) -> bool:
    """Whether the files of a question are a model, inputs, and one or two files of outputs."""
    return bool(paths) and paths[0].suffix in SUFFIXES


def assess(paths: list[Path]) -> tuple[str, list[Assessed]]:
    """The precision of a model and, output by output, whether the given ones are its own.

    Raises:
        QuestionFault: if a file cannot be used.
        ConfigFault: if the model has what the equations do not.
    """
    if len(paths) not in (3, 4):
        raise QuestionFault("a model is asked about with its inputs and one or two outputs")
    kind, config, stored = _read(paths[0])
    model, precision = configs.model_of(kind, config), configs.precision_of(config)
    inputs = _ready(model, _arrays(paths[1], model.inputs), precision)
    given = [_arrays(path, model.outputs) for path in paths[2:]]
    try:
        start = Given(inputs, _weights(model, inputs, stored))
        values = evaluate(model, start, precision).values
        coarse = "float32" if precision == "float64" else precision
        alone = {n.name: rounded_in(model, start, n.name, coarse).values for n in model.nodes}
    except (ReferenceInputError, TypeError, KeyError) as error:
        raise QuestionFault(f"{paths[0]}: {error}") from None
    return precision, [
        _assessed(name, values[name], [arrays[name] for arrays in given], alone)
        for name in model.outputs
    ]


def _assessed(
    name: str, want: Any, given: list[NDArray[Any]], alone: Mapping[str, Mapping[str, Any]]
) -> Assessed:
    for array in given:
        if array.shape != want.shape:
            raise QuestionFault(f"output {name} must be {want.shape}, got {array.shape}")
    misses = tuple(worst([(array, want)]) for array in given)
    missed = max(misses, key=lambda miss: miss.ratio)
    where = missed.where or _place(want.bound)
    parts = {node: _at(values.get(name), where) for node, values in alone.items()}
    whole = sum(parts.values())
    shares = {node: part / whole for node, part in parts.items() if whole > 0}
    apart = float(np.abs(given[0] - given[-1]).max(initial=0.0))
    bound = float(want.bound.max(initial=0.0))
    return Assessed(name, want.shape, bound, misses, apart, Part(where, shares))


def _place(bound: NDArray[np.float64]) -> tuple[int, ...]:
    return tuple(int(k) for k in np.unravel_index(int(np.argmax(bound)), bound.shape))


def _at(value: Any, where: tuple[int, ...]) -> float:
    bound = float(value.bound[where])
    return bound if np.isfinite(bound) else 0.0


def _read(path: Path) -> tuple[str, dict[str, Any], dict[str, list[NDArray[Any]]]]:
    if not path.is_file():
        raise QuestionFault(f"{path}: no such file")
    readiness.ready()
    from keras_rnn_conformance.subject import model_files

    try:
        return model_files.contents(path)
    except model_files.UnreadableModel as error:
        raise QuestionFault(f"{path}: Keras does not load it: {error}") from None


def _arrays(path: Path, names: tuple[str, ...]) -> Arrays:
    """The arrays of a file by their names: one of `.npy`, or those of `.npz`, named or in order."""
    try:
        if path.stat().st_size > _LARGEST:
            raise QuestionFault(f"{path}: larger than {_LARGEST >> 20} MiB")
        loaded = np.load(path, allow_pickle=False)
        held = dict(loaded) if isinstance(loaded, np.lib.npyio.NpzFile) else {"arr_0": loaded}
    except OSError as error:
        raise QuestionFault(f"{path}: {error.strerror or 'no array of NumPy'}") from None
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise QuestionFault(f"{path}: no array of NumPy: {str(error)[:100]}") from None
    in_order = [f"arr_{number}" for number in range(len(names))]
    if set(held) == set(in_order):
        held = {name: held[key] for name, key in zip(names, in_order, strict=True)}
    if set(held) != set(names):
        raise QuestionFault(
            f"{path}: must hold {', '.join(names)}, got {', '.join(sorted(held))[:100]}"
        )
    for name, array in held.items():
        if array.dtype.kind not in "fiub" or not np.isfinite(array).all():
            raise QuestionFault(f"{path}: {name} must hold finite numbers")
    return held


def _ready(model: Model, given: Arrays, precision: str) -> Arrays:
    """The inputs as the model gets them: tokens are integers, and the others of its precision."""
    tokens = {node.inputs[0] for node in model.nodes if node.kind == "Embedding"}
    ready = {}
    for name, array in given.items():
        if name in tokens:
            ready[name] = array.astype(np.intp)
        elif array.dtype.kind == "b":
            ready[name] = array
        else:
            ready[name] = array.astype(precision).astype(np.float64)
    return ready


def _weights(
    model: Model, inputs: Arrays, stored: Mapping[str, list[NDArray[Any]]]
) -> dict[str, NDArray[np.float64]]:
    """The weights of the file by the names that the equations have for them."""
    shapes = weight_shapes(model, {name: array.shape for name, array in inputs.items()})
    named: dict[str, NDArray[np.float64]] = {}
    for node in (node for node in model.nodes if node.layer is None):
        own = [name for name in shapes if name.startswith(f"{node.name}/")]
        arrays = stored[node.name]
        if len(own) != len(arrays):
            raise ReferenceInputError(
                f"layer {node.name} has {len(arrays)} weights where {len(own)} are expected"
            )
        named |= {
            name: np.atleast_1d(np.asarray(array, np.float64))
            for name, array in zip(own, arrays, strict=True)
        }
    return named


def assessment_lines(paths: list[Path], precision: str, outputs: list[Assessed]) -> list[str]:
    """The answer, in lines."""
    lines = [f"{paths[0].name}, {precision}: {_counted(len(outputs), 'output')}"]
    for output in outputs:
        shape = ", ".join(map(str, output.shape))
        lines.append(f"output {output.name} ({shape}): a bound of {output.bound:.3g} at most")
        lines += [
            f"  {path.name}: {_of(miss)}"
            for path, miss in zip(paths[2:], output.misses, strict=True)
        ]
        if len(output.misses) == 2:
            lines.append(f"  the two are {output.apart:.3g} apart at most")
        lines += _dominating(output.part)
    return lines


def _of(miss: Miss) -> str:
    if miss.ratio <= 1:
        return f"within the derived bound: {miss.ratio:.2g} of it at most"
    where = ", ".join(map(str, miss.where))
    return (
        f"not only rounding: off by {miss.error:.3g} at [{where}], "
        f"{miss.ratio:.3g} times the bound {miss.bound:.3g}"
    )


def _dominating(part: Part) -> list[str]:
    first = sorted(part.shares.items(), key=lambda item: -item[1])[:3]
    if not first:
        return []
    where = ", ".join(map(str, part.where))
    shares = ", ".join(f"{name} {share:.0%}" for name, share in first)
    return [f"  of the bound at [{where}], by the layer that rounds: {shares}"]


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def only_rounding(outputs: list[Assessed]) -> bool:
    """Whether every given output is the model's own, within the bound."""
    return all(miss.ratio <= 1 for output in outputs for miss in output.misses)

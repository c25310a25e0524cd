"""The paths by which a layer is called: what comes before the first call, and the call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.cases.arguments import input_dtype, masking_policy
from keras_rnn_conformance.cases.axes import FRONTS, MARKS
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import form
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.dtypes import COMPUTE
from keras_rnn_conformance.cases.masking import mark
from keras_rnn_conformance.cases.shapes import given_states
from keras_rnn_conformance.report.script.layers import packed
from keras_rnn_conformance.report.script.text import Lines, NoText, called, indented


@dataclass(frozen=True)
class Path:
    """How the layer is called.

    Attributes:
        once: lines that come before the first call.
        call: an expression for what a call gives, of `x` and what else is fed.
    """

    call: str
    once: Lines = field(default_factory=list)


Writer = Callable[[Case, Data], Path]


def path(case: Case, data: Data) -> Path:
    """The path of a case."""
    via = "functional" if case.has(via="call", init="symbolic") else str(case["via"])
    return WRITERS[via](case, data)


def front(case: Case, data: Data, x: str) -> str:
    """The expression of the input behind the layer that makes the mask, if there is one."""
    if case["maskby"] == "embedding":
        return f"embedding({'tokens' if x == 'x' else x})"
    if case["maskby"] in MARKS:
        return f"{masking(case, data)}({x})"
    return f"Front(~mask)({x})" if case["maskby"] == "both" else x


def masking(case: Case, data: Data) -> str:
    """An expression that makes the layer that makes the mask."""
    value = mark(case, data)
    own = masking_policy(case)
    dtype = {"dtype": own} if own != "float32" else {}
    return called("keras.layers.Masking", *([str(value)] if value else []), **dtype)


def tensor(case: Case, x: str = "x") -> str:
    """The input as the layer gets it; NumPy has no bfloat16."""
    if input_dtype(case) == "bfloat16" and case["maskby"] != "embedding":
        return f'keras.ops.cast({x}, "bfloat16")'
    if form(case) == "cell" or case["x"] == "same" or case["maskby"] == "embedding":
        return x
    return f'keras.ops.convert_to_tensor({x}, "{input_dtype(case)}")'


def call_arguments(case: Case, **names: str) -> Lines:
    """The arguments of the call behind the input."""
    given: Lines = []
    if form(case) == "cell":
        given.append(packed(case, "states" if case["init"] == "none" else "initial"))
    if case["mask"] != "none" and case["maskby"] not in FRONTS:
        given.append(f"mask={names.get('mask', 'mask')}")
    if case["init"] != "none" and form(case) != "cell":
        given.append(f"initial_state={packed(case, names.get('initial', 'initial'))}")
    return given


def _training(case: Case) -> Lines:
    return ["training=True"] if case["train"] else []


def _joined(*items: Any) -> str:
    return ", ".join(part for item in items for part in ([item] if isinstance(item, str) else item))


def _call(case: Case, data: Data) -> Path:
    arguments = _joined(front(case, data, tensor(case)), call_arguments(case), _training(case))
    return Path(f"layer({arguments})")


def _shape(case: Case, data: Data) -> tuple[Any, ...]:
    shape: list[Any] = list(data.x.shape)
    shape[0] = None if case["static"] in ("batch", "none") else shape[0]
    shape[1] = None if case["static"] in ("time", "none") else shape[1]
    return tuple(shape)


def entry(case: Case, data: Data) -> str:
    """The symbolic input."""
    shape = _shape(case, data)
    if case["maskby"] == "embedding":
        return f'keras.Input(batch_shape={shape[:2]}, dtype="int32")'
    dtype = input_dtype(case)
    named = "" if dtype == "float32" else f", dtype={dtype!r}"
    return f"keras.Input(batch_shape={shape}{named})"


def _model(case: Case, data: Data) -> tuple[Lines, str, bool]:
    """A functional model, what it is fed, and whether that is a list."""
    batch, fed = _shape(case, data)[0], ["tokens" if case["maskby"] == "embedding" else "x"]
    lines = [f"inputs = [{entry(case, data)}]"]
    names = {}
    if case["mask"] != "none" and case["maskby"] == "arg":
        lines.append(
            f'inputs.append(keras.Input(batch_shape={_shape(case, data)[:2]}, dtype="bool"))'
        )
        fed.append("mask")
        names["mask"] = "inputs[1]"
    if case["init"] != "none":
        shapes = [tuple(state.shape[1:]) for state in given_states(case, data)]
        dtype = COMPUTE[str(case["dtype"])]
        symbolic = f"keras.Input(batch_shape=({batch}, *shape), dtype={dtype!r})"
        lines += [f"start = [{symbolic} for shape in {shapes}]"]
        names["initial"] = "start"
        fed.append("*initial")
    single = len(fed) == 1
    every = "inputs" if case["init"] == "none" else "inputs + start"
    if single:
        lines, every = [lines[0].replace("[", "", 1)[:-1]], "inputs"
    first = "inputs" if single else "inputs[0]"
    call = f"layer({_joined(front(case, data, first), call_arguments(case, **names))})"
    lines.append(f"model = keras.Model({every}, {call})")
    return lines, fed[0] if single else f"[{', '.join(fed)}]", not single


def _functional(case: Case, data: Data) -> Path:
    lines, fed, _ = _model(case, data)
    return Path(f"model({_joined(fed, _training(case))})", lines)


def _predicted(case: Case, data: Data, fed: str) -> str:
    size = data.batch if case["static"] not in ("batch", "none") else max(1, data.batch - 1)
    return f"model.predict({fed}, batch_size={size}, verbose=0)"


def _predict(case: Case, data: Data) -> Path:
    lines, fed, _ = _model(case, data)
    return Path(_predicted(case, data, fed), lines)


def _jit(case: Case, data: Data) -> Path:
    lines, fed, _ = _model(case, data)
    return Path(_predicted(case, data, fed), [*lines, "model.compile(jit_compile=True)"])


def _batch(case: Case, data: Data) -> Path:
    lines, fed, _ = _model(case, data)
    return Path(f"model.predict_on_batch({fed})", lines)


def _stream(case: Case, data: Data) -> Path:
    raise NoText("batches of one predict have no standalone script")


def _sequential(case: Case, data: Data) -> Path:
    marks = [masking(case, data)] if case["maskby"] in MARKS else []
    layers = [*marks, *["embedding"] * (case["maskby"] == "embedding"), "layer"]
    if case["static"] != "none":
        layers.insert(0, entry(case, data))
    x = "tokens" if case["maskby"] == "embedding" else "x"
    masked = [a for a in call_arguments(case) if a.startswith("mask=")]
    return Path(
        f"model({_joined(x, masked, _training(case))})",
        [f"model = keras.Sequential([{', '.join(layers)}])"],
    )


def _nested(case: Case, data: Data) -> Path:
    bare = case.but(maskby="arg", mask="none") if case["maskby"] != "arg" else case
    inner, _, many = _model(bare, data)
    lines = [*inner, "inner = model"]
    outer, fed, _ = _model(case, data)
    if case["init"] != "none":
        raise NoText("initial states through a model inside a model have no standalone script")
    first = front(case, data, "inputs[0]" if many else "inputs")
    given = f"[{first}, *inputs[1:]]" if many else first
    return Path(
        f"model({_joined(fed, _training(case))})",
        [*lines, *outer[:-1], f"model = keras.Model(inputs, inner({given}))"],
    )


def _subclass(case: Case, data: Data) -> Path:
    lines = [
        "class Model(keras.Model):",
        *indented(
            [
                "def __init__(self):",
                "    super().__init__()",
                "    self.last = layer",
                "def call(self, inputs, mask=None, initial_state=None, training=None):",
                '    given = {"mask": mask, "initial_state": initial_state}',
                '    given["training"] = training',
                "    given = {k: v for k, v in given.items() if v is not None}",
                f"    return self.last({front(case, data, 'inputs')}, **given)",
            ]
        ),
        "model = Model()",
    ]
    if case["maskby"] in MARKS:
        raise NoText("a subclassed model with a mask of a layer has no standalone script")
    x = "tokens" if case["maskby"] == "embedding" else tensor(case)
    return Path(f"model({_joined(x, call_arguments(case), _training(case))})", lines)


def _graph(case: Case, data: Data) -> Path:
    arguments = _joined(front(case, data, "x"), call_arguments(case), _training(case))
    backend = environment.backend()
    once = {
        "tensorflow": ["import tensorflow as tf"],
        "jax": ["import jax"],
        "torch": ["import torch"],
    }.get(backend)
    if once is None:
        raise NoText(f"the {backend} backend has no transform of its own")
    x = "tokens" if case["maskby"] == "embedding" else "x"
    dtype = "int32" if case["maskby"] == "embedding" else input_dtype(case)
    given = f"keras.ops.convert_to_tensor({x}, {dtype!r})"
    if backend == "tensorflow":
        shape = _shape(case, data)[:2] if dtype == "int32" and x == "tokens" else _shape(case, data)
        spec = f"tf.TensorSpec({shape}, {dtype!r})"
        once.append(f"run = tf.function(lambda x: layer({arguments}), input_signature=[{spec}])")
    else:
        name = "jax.jit" if backend == "jax" else "torch.no_grad()"
        once.append(f"run = {name}(lambda x: layer({arguments}))")
    return Path(f"run({given})", once)


def _td(case: Case, data: Data) -> Path:
    masked = ["mask=mask"] if case["mask"] != "none" else []
    return Path(
        f"wrapper({_joined(tensor(case), masked, _training(case))})",
        ["wrapper = keras.layers.TimeDistributed(layer)"],
    )


WRITERS: dict[str, Writer] = {
    "call": _call,
    "functional": _functional,
    "predict": _predict,
    "jit": _jit,
    "batch": _batch,
    "sequential": _sequential,
    "nested": _nested,
    "subclass": _subclass,
    "graph": _graph,
    "td": _td,
    "stream": _stream,
}

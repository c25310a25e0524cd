"""The constructor calls, numbers and weights of a case, as lines of a script."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from keras_rnn_conformance.cases.arguments import cell_arguments, input_dtype, sequence_arguments
from keras_rnn_conformance.cases.axes import MARKS, STACKS
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import (
    OWN_ACTIVATION,
    Piece,
    along_axes,
    bare,
    flat,
    form,
    kernel_sizes,
    own_activation,
    pieces,
    state_tree,
)
from keras_rnn_conformance.cases.data import Data, slice_masks, slices
from keras_rnn_conformance.cases.dtypes import COMPUTE, POLICY
from keras_rnn_conformance.cases.masking import marked
from keras_rnn_conformance.cases.shapes import given_states
from keras_rnn_conformance.report.script.text import (
    Lines,
    NoText,
    Raw,
    called,
    listed,
    literal,
    nested,
)
from keras_rnn_conformance.report.script.user_cells import user_cell

LAYERS = "keras.layers."
CALLABLE = Raw("lambda z: keras.ops.clip(0.2 * z + 0.5, 0.0, 1.0)")


def numpy_dtype(name: str) -> str:
    """A dtype that NumPy has and that holds the same numbers."""
    return "float32" if name == "bfloat16" else name


def options(given: dict[str, Any]) -> dict[str, Any]:
    """Arguments as they are written: a callable activation by its text."""
    return {key: CALLABLE if value == "callable" else value for key, value in given.items()}


def policy(case: Case) -> dict[str, Any]:
    """The dtype argument, unless it is the default."""
    return {"dtype": POLICY[str(case["dtype"])]} if "dtype" in case.departures else {}


@dataclass(frozen=True)
class Given:
    """Constructor arguments beside those of the case, of the layer or cell and of what wraps it."""

    inner: dict[str, Any] = field(default_factory=dict)
    outer: dict[str, Any] = field(default_factory=dict)


NOTHING = Given()


def inner_options(case: Case, piece: Piece) -> dict[str, Any]:
    """The arguments of the cell of a piece, beside its units."""
    own = {"activation": OWN_ACTIVATION} if own_activation(case, piece) else {}
    # No orthogonal matrix can be made in half precision everywhere.
    half = {"recurrent_initializer": "zeros"} if case["dtype"] in ("f16", "bf16") else {}
    return {**options(cell_arguments(piece.case(case))), **own, **half}


def cell(case: Case, piece: Piece, given: Given = NOTHING) -> str:
    """An expression that makes a cell."""
    if piece.layer == "RNN":
        weights = ["*weights"] if case["cell"] == "class" else [str(piece.units)]
        if weights == ["*weights"] and len(pieces(case)) > 1:
            at = 2 * pieces(case).index(piece)
            weights = [f"*weights[{at}:{at + 2}]"]
        return called("Cell", *weights, **policy(case))
    own = {} if piece.relay else given.inner
    return sized(f"{piece.layer}Cell", piece, {**inner_options(case, piece), **own})


def sized(name: str, piece: Piece, options: dict[str, Any], *sizes: str) -> str:
    """An expression that makes a layer or cell of a size, or of a wrong one among the options."""
    rest = dict(options)
    first = next((rest.pop(key) for key in ("units", "filters") if key in rest), piece.units)
    return called(f"{LAYERS}{name}", repr(first), *sizes, **rest)


def plain(case: Case, piece: Piece, given: Given = NOTHING, **more: Any) -> str:
    """An expression that makes a layer of a piece."""
    sequence = {**sequence_arguments(case), **more}
    if piece.layer == "RNN":
        return called(f"{LAYERS}RNN", cell(case, piece), **policy(case), **sequence)
    own = {**inner_options(case, piece), **_convolution(case), **sequence, **given.inner}
    window = own.pop("kernel_size", bare(kernel_sizes(case)) if kernel_sizes(case) else None)
    return sized(piece.layer, piece, own, *([] if window is None else [repr(window)]))


def _convolution(case: Case) -> dict[str, Any]:
    names = {"stride": "strides", "dil": "dilation_rate"}
    given: dict[str, Any] = {
        name: bare(along_axes(case, key)) for key, name in names.items() if key in case.departures
    }
    if case["pad"] != "valid":
        given["padding"] = case["pad"]
    first = case["fmt"] == "first" and case["fmtby"] == "arg"
    return {**given, **({"data_format": "channels_first"} if first else {})}


def layer(case: Case, given: Given = NOTHING) -> str:
    """An expression that makes the layer of a case."""
    if case["outer"] != "same":
        raise NoText("a wrapper with a policy of its own has no standalone script")
    if form(case) == "model":
        raise NoText("a model of many layers has no standalone script")
    return MAKERS.get(form(case), _plain)(case, given)


def _plain(case: Case, given: Given) -> str:
    return plain(case, pieces(case)[0], _together(given))


def _together(given: Given) -> Given:
    """What is given to a layer that nothing wraps."""
    return Given({**given.inner, **given.outer})


def _cell(case: Case, given: Given) -> str:
    return cell(case, pieces(case)[0], _together(given))


def _rnn(case: Case, given: Given) -> str:
    cells = [cell(case, piece, given) for piece in pieces(case)]
    inner = cells[0] if form(case) not in STACKS else f"[{', '.join(cells)}]"
    if form(case) in ("stack", "behind"):
        inner = called(f"{LAYERS}StackedRNNCells", inner, **policy(case))
    own = {**sequence_arguments(case), **policy(case), **given.outer}
    return called(f"{LAYERS}RNN", inner, **own)


def _both(case: Case, given: Given) -> str:
    ahead, back = pieces(case)
    more: dict[str, Any] = {}
    if case["merge"] != "concat":
        more["merge_mode"] = None if case["merge"] == "none" else case["merge"]
    if case["own"]:
        against = {"go_backwards": not case["back"]}
        more["backward_layer"] = Raw(plain(case, back, given, **against))
    own = {**more, **policy(case), **given.outer}
    return called(f"{LAYERS}Bidirectional", plain(case, ahead, given), **own)


def _distributed(case: Case, given: Given) -> str:
    inner = plain(case, pieces(case)[0], given)
    return called(f"{LAYERS}TimeDistributed", inner, **policy(case), **given.outer)


def _dense(case: Case, given: Given) -> str:
    act: Any = {"none": None, "callable": CALLABLE}.get(str(case["act"]), case["act"])
    own = {"activation": act, **({} if case["bias"] else {"use_bias": False}), **policy(case)}
    made = called(
        f"{LAYERS}TimeDistributed",
        called(f"{LAYERS}Dense", str(case["u"]), **own),
        **policy(case),
    )
    return called(f"{LAYERS}TimeDistributed", made, **policy(case)) if case["as"] == "td" else made


MAKERS: dict[str, Callable[[Case, Given], str]] = {
    "cell": _cell,
    "rnn": _rnn,
    "bi": _both,
    "dense": _dense,
    **dict.fromkeys(STACKS, _rnn),
}


def _wrapped(case: Case, given: Given) -> str:
    return (_dense if case.layer == "TimeDistributed" else _distributed)(case, given)


MAKERS["td"] = _wrapped


def numbers(case: Case, data: Data) -> Lines:
    """`x` (or `xs`, one for each call), `mask`, `weights` and `states`, those that there are."""
    if case["t"] == 0:
        raise NoText("a sequence without timesteps has no numbers")
    lines = _inputs(case, data) + weights(data)
    if case["init"] == "none":
        return lines
    if case["init"] == "layer":
        raise NoText("initial states from another layer would need its numbers too")
    dtype = numpy_dtype(COMPUTE[str(case["dtype"])])
    states = [literal(state, dtype) for state in given_states(case, data)]
    return [*lines, *listed("initial", states)]


def weights(data: Data) -> Lines:
    """The list `weights`, in Keras's order."""
    return listed("weights", [literal(array) for one in data.all_weights() for array in one])


FRONT = [
    "class Front(keras.layers.Layer):  # hands its input on with a mask",
    "    def __init__(self, mask):",
    "        super().__init__()",
    "        self.mask = keras.ops.convert_to_tensor(mask)",
    "    def call(self, inputs):",
    "        return keras.ops.copy(inputs)",
    "    def compute_mask(self, inputs, previous_mask):",
    "        return self.mask",
]


def _inputs(case: Case, data: Data) -> Lines:
    dtype, calls = numpy_dtype(input_dtype(case)), range(case.number("calls"))
    if case["maskby"] == "embedding":
        return _tokens(case, data)
    values = [data.x_of(number) for number in calls]
    if form(case) == "cell":
        values = [x[:, 0] for x in values]
    if case["maskby"] in MARKS:
        values = [marked(case, x, data) for x in values]
    if case["via"] == "td":
        values = [slices(x) for x in values]
    texts = [literal(x, dtype) for x in values]
    lines = [f"x = {texts[0]}"] if len(calls) == 1 else listed("xs", texts)
    masks = slice_masks(data) if case["via"] == "td" else data.mask
    if masks is None:
        return lines
    lines += [f"mask = np.array({nested(masks)}, bool)"]
    return [*lines, *FRONT] if case["maskby"] == "both" else lines


def _tokens(case: Case, data: Data) -> Lines:
    assert data.mask is not None
    if case["calls"] != 1:
        raise NoText("several calls through an Embedding have no standalone script")
    ids = np.where(data.mask, 1 + np.arange(data.mask.size).reshape(data.mask.shape), 0)
    table = np.concatenate([np.zeros((1, data.x.shape[-1])), data.x.reshape(-1, data.x.shape[-1])])
    dtype = numpy_dtype(input_dtype(case))
    made = called("keras.layers.Embedding", *map(str, table.shape), mask_zero=True, **policy(case))
    return [
        f"tokens = {literal(ids, 'int32')}",
        f"table = {literal(table, dtype)}",
        "x, mask = table[tokens], tokens != 0",
        f"embedding = {made}",
        "embedding.build()",
        "embedding.set_weights([table])",
    ]


def build_shape(case: Case, data: Data) -> str:
    """The shape that the layer is built for, as an expression."""
    shape: list[Any] = list(data.x.shape)
    if form(case) == "cell":
        return str((data.batch, data.features))
    if case["static"] in ("batch", "none"):
        shape[0] = None
    if case["static"] in ("time", "none"):
        shape[1] = None
    return str(tuple(shape))


def made(case: Case, data: Data, name: str = "layer", restored: bool = False) -> Lines:
    """The lines that make the layer, built, with the weights."""
    lines = [*user_cell(case, data, restored), *_configured(case), f"{name} = {layer(case)}"]
    lines.append(f"{name}.build({build_shape(case, data)})")
    if case["cell"] == "class":
        return lines
    return [*lines, *(assigned(name) if restored else [f"{name}.set_weights(weights)"])]


def _configured(case: Case) -> Lines:
    """The line that sets what the case leaves to keras.config."""
    if not case.layer.startswith("Conv") or case["fmtby"] == "arg":
        return []
    return ['keras.config.set_image_data_format("channels_first")']


def assigned(name: str) -> Lines:
    """The lines that set weights one by one: where `set_weights` itself is in question."""
    return [f"for variable, weight in zip({name}.weights, weights):", "    variable.assign(weight)"]


def packed(case: Case, name: str = "initial") -> str:
    """The initial states in the container that the case asks for, as an expression."""
    if case["init"] == "tensor":
        return f"{name}[0]"
    names = list(flat(state_tree(case)))
    tree = _tree(state_tree(case), {n: f"{name}[{i}]" for i, n in enumerate(names)})
    simple = f"[{', '.join(f'{name}[{i}]' for i in range(len(names)))}]"
    text = name if tree == simple else tree
    return f"tuple({text})" if case["init"] == "tuple" else text


def _tree(tree: Any, names: dict[str, str]) -> str:
    if isinstance(tree, str):
        return names[tree]
    return f"[{', '.join(_tree(item, names) for item in tree)}]"

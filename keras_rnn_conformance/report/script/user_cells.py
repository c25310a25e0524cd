"""The class of a cell of the user's own, as lines of a script."""

from __future__ import annotations

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import DIFFERENT
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.report.script.text import Lines, NoText, indented

_RECUR = "matmul(inputs, self.kernel) + matmul(states[0], self.recurrent_kernel)"
_USER = {
    "noinit": (
        "[units, units]",
        [
            "h, trace = states",
            f"h = {_RECUR.replace('states[0]', 'h')} + trace",
            "return h, [h, trace * 0.5 + h]",
        ],
    ),
    "three": (
        "[units] * 3",
        [
            "h, first, second = states",
            f"new = {_RECUR.replace('states[0]', 'h')} + second * 0.5",
            "return new, [new, h, first]",
        ],
    ),
    "sizes": (
        "(units, units + 1)",
        [
            "h, wide = states",
            "x, n = matmul(inputs, self.kernel), h.shape[-1]",
            "h = x[:, :n] + matmul(h, self.recurrent_kernel)",
            "return h, [h, wide * 0.5 + x[:, n:]]",
        ],
    ),
    "outstate": ("units + 1", [f"s = {_RECUR}", "return matmul(s, self.readout), [s]"]),
    "nested": (
        "[[units, units + 1], units]",
        [
            "(slow, wide), h = states",
            "x, n = matmul(inputs, self.kernel), h.shape[-1]",
            "h = x[:, :n] + matmul(h, self.recurrent_kernel) + slow",
            "return h, [[slow * 0.5 + h, wide * 0.5 + x[:, n:]], h]",
        ],
    ),
}


def user_cell(case: Case, data: Data, restored: bool = False) -> Lines:
    """The class of the user's own cell, registered if it is restored; nothing for other cases."""
    if case.layer != "RNN":
        return []
    kind = str(case["cell"])
    if kind in ("whole", "spare"):
        raise NoText("a whole layer of the user's own has no standalone script")
    if kind in DIFFERENT:
        raise NoText("a stack of different cells of the user's own has no standalone script")
    recur = _RECUR
    if kind == "class":
        return [
            "matmul = keras.ops.matmul",
            "class Cell:",
            *indented(
                [
                    "def __init__(self, kernel, recurrent_kernel):",
                    '    self.kernel = keras.ops.convert_to_tensor(kernel, "float32")',
                    "    self.recurrent_kernel = "
                    'keras.ops.convert_to_tensor(recurrent_kernel, "float32")',
                    "    self.state_size = self.output_size = len(recurrent_kernel)",
                    "def call(self, inputs, states):",
                    f"    h = {recur}",
                    "    return h, [h]",
                ]
            ),
        ]
    new = {"tuple": "(h,)", "bare": "h"}.get(kind, "[h]")
    training = kind == "training"
    size, lines = _USER.get(
        kind,
        (
            "units",
            [
                f"h = ({recur}) * (2.0 if training else 1.0)" if training else f"h = {recur}",
                f"return h, {new}",
            ],
        ),
    )
    names = ["kernel", "recurrent_kernel", *(["readout"] if kind == "outstate" else [])]
    shapes = [tuple(w.shape) for w in data.all_weights()[0]]
    sized = kind in ("outstate", "nested")
    text = [
        "def __init__(self, units, **options):",
        "    super().__init__(**options)",
        f"    self.units, self.state_size = units, {size}",
        *(["    self.output_size = units"] if sized else []),
        "def build(self, input_shape):",
        *(
            f"    self.{name} = self.add_weight({_shape(kind, name, shape)}, name={name!r})"
            for name, shape in zip(names, shapes, strict=True)
        ),
        f"def call(self, inputs, states{', training=False' if training else ''}):",
        *indented(lines),
        *_first_state(kind),
    ]
    head = ["class Cell(keras.Layer):"]
    if restored or case["as"] in ("bi", "td"):
        head.insert(0, "@keras.saving.register_keras_serializable()")
        text += [
            "def get_config(self):",
            '    return {**super().get_config(), "units": self.units}',
        ]
    return ["matmul = keras.ops.matmul", *head, *indented(text)]


def _shape(kind: str, name: str, shape: tuple[int, ...]) -> str:
    two = "2 * self.units + 1"
    wide = {"nested": two, "sizes": two, "outstate": "self.units + 1"}.get(kind, "self.units")
    side = "self.units + 1" if kind == "outstate" else "self.units"
    return {
        "kernel": f"(input_shape[-1], {wide})",
        "recurrent_kernel": f"({side}, {side})",
        "readout": "(self.units + 1, self.units)",
    }[name]


def _first_state(kind: str) -> Lines:
    head = "def get_initial_state(self, batch_size=None):"
    if kind == "start":
        return [head, "    return keras.ops.full((batch_size, self.units), 0.5)"]
    if kind == "nested":
        zeros = "zeros = lambda n: keras.ops.zeros((batch_size, n), self.compute_dtype)"
        nest = "return [[zeros(self.units), zeros(self.units + 1)], zeros(self.units)]"
        return [head, *indented([zeros, nest])]
    return []

"""The weights of a layer as other libraries lay them out.

A layout is the name of a library, or an order of gates: the weights have Keras's shapes then, with
the gates in that order. It goes for the layers whose gates it names.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_rnn_conformance.base.errors import CommandFault

Array = NDArray[Any]
Named = list[tuple[str, Array]]
GATES = {"SimpleRNN": "h", "LSTM": "ifco", "GRU": "zrh"}
"""The gates in Keras's order; `h` of a GRU is the candidate."""
OTHER_LETTERS = {"g": "c", "n": "h", "j": "c", "u": "z"}
"""What papers and other libraries call a gate."""
LIBRARIES = {
    "torch": {"SimpleRNN": "h", "LSTM": "ifco", "GRU": "rzh"},
    "onnx": {"SimpleRNN": "h", "LSTM": "iofc", "GRU": "zrh"},
}


def checked_layout(text: str) -> str:
    """A layout that there is.

    Raises:
        CommandFault: if it is neither a library nor an order of the gates of LSTM or GRU.
    """
    if text in LIBRARIES or any(sorted(_spelt(text)) == sorted(g) for g in GATES.values()):
        return text
    known = ", ".join(LIBRARIES)
    raise CommandFault(
        f"--layout {text}: neither {known} nor an order of gates, such as iofc or ifgo (LSTM)"
        " and rzh or zrn (GRU)"
    )


def fits(layer: str, layout: str) -> bool:
    """Whether a layout says how the weights of a layer are written."""
    if layout in LIBRARIES:
        return layer in GATES
    return sorted(_spelt(layout)) == sorted(GATES.get(layer, ""))


def laid_out(layer: str, layout: str, weights: Sequence[Array]) -> Named:
    """The weights of a plain layer in a layout, by name.

    Args:
        layer: the name of Keras's class.
        layout: one that `fits` the layer.
        weights: kernel (features, gates x units), recurrent kernel (units, gates x units) and,
            where there is one, the bias: (gates x units), or two rows of it for a GRU that resets
            after the product.
    """
    order = LIBRARIES[layout][layer] if layout in LIBRARIES else _spelt(layout)
    kernel, recurrent, *bias = (_ordered(layer, order, weight) for weight in weights)
    if layout not in LIBRARIES:
        named = zip(
            ("kernel", "recurrent_kernel", "bias"), (kernel, recurrent, *bias), strict=False
        )
        return list(named)
    rows = [row for given in bias for row in np.reshape(given, (-1, given.shape[-1]))]
    both = [*rows, np.zeros_like(rows[0])][:2] if rows else []
    if layout == "onnx":
        wide = [("B", np.concatenate(both)[None])] if both else []
        return [("W", kernel.T[None]), ("R", recurrent.T[None]), *wide]
    named = zip(("bias_ih_l0", "bias_hh_l0"), both, strict=False)
    return [("weight_ih_l0", kernel.T), ("weight_hh_l0", recurrent.T), *named]


def _spelt(order: str) -> str:
    """An order of gates in Keras's letters."""
    return "".join(OTHER_LETTERS.get(letter, letter) for letter in order)


def _ordered(layer: str, order: str, weight: Array) -> Array:
    parts = dict(zip(GATES[layer], np.split(weight, len(GATES[layer]), axis=-1), strict=True))
    return np.concatenate([parts[gate] for gate in order], axis=-1)

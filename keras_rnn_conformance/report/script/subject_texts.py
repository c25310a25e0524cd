"""Plain values that modules of the subject hold, read from their text: nothing imports Keras."""

from __future__ import annotations

import ast
from functools import cache
from typing import Any

from keras_rnn_conformance.base.paths import PACKAGE

FOLDER = PACKAGE / "subject"


@cache
def assigned(module: str, name: str) -> ast.expr:
    """What a module assigns to a name.

    Raises:
        LookupError: if it assigns nothing to it.
    """
    tree = ast.parse((FOLDER / f"{module}.py").read_text(encoding="utf-8"))
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(target, ast.Name) and target.id == name:
            value = getattr(node, "value", None)
            assert isinstance(value, ast.expr)
            return value
    raise LookupError(f"{module} assigns nothing to {name}")


def constructions() -> dict[str, dict[str, Any]]:
    """By misuse, the wrong arguments of a constructor."""
    value: dict[str, dict[str, Any]] = ast.literal_eval(
        assigned("scenarios/misuses", "CONSTRUCTIONS")
    )
    return value


@cache
def kept_texts(table: str = "VALUES") -> dict[str, str]:
    """By constructor argument, the text of a value that is not its default; `ALSO`: of another."""
    values = assigned("serialized_values", table)
    assert isinstance(values, ast.Dict)
    texts = {}
    for key, value in zip(values.keys, values.values, strict=True):
        assert isinstance(key, ast.Constant) and isinstance(value, ast.Lambda)
        texts[str(key.value)] = _standing_alone(ast.unparse(value.body))
    return texts


def _standing_alone(text: str) -> str:
    """The text with whole names: the module imports `layers`, and has names for some values."""
    for layer in ("GRU", "LSTM", "SimpleRNN", "Dense"):
        text = text.replace(f"layers.{layer}", f"keras.layers.{layer}")
    text = text.replace("**_PENALTY", "l1=0.125, l2=0.25")
    return text.replace("keras.keras.", "keras.").replace("INNER", "'inner'")

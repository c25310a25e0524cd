"""Models whose inputs and outputs are put together in lists, tuples and dictionaries."""

from __future__ import annotations

from typing import Any

NESTED: dict[str, Any] = {
    "a tensor": "first",
    "a list": ["first", "second"],
    "a tuple": ("first", "second"),
    "a dictionary of one": {"key": "first"},
    "a dictionary out of order": {"later": "first", "earlier": "second"},
    "a list in a dictionary": {"later": ["first"], "earlier": "second"},
}
"""By name, how the inputs of a model are put together, and its outputs alike."""
NESTINGS: dict[str, tuple[str, ...]] = {
    "nested": ("as it is", "loaded", "from JSON"),
    "nested_copies": ("from its configuration", "cloned"),
    "nested_pickled": ("pickled",),
}
"""By deed, what is made of such models."""
AS_TEXT = ("loaded", "from JSON", "pickled")
"""The ways on which a model goes through JSON, which has no tuples."""


def form_of(nested: Any, way: str) -> str:
    """How things are put together, whatever they are and in whichever order a dictionary is.

    A tuple is a list where a way has no tuples.
    """
    if way in AS_TEXT and isinstance(nested, tuple):
        nested = list(nested)
    if isinstance(nested, dict):
        inner = ", ".join(f"{key}: {form_of(item, way)}" for key, item in sorted(nested.items()))
        return f"dict({inner})"
    if isinstance(nested, (list, tuple)):
        inner = ", ".join(form_of(item, way) for item in nested)
        return f"{type(nested).__name__}({inner})"
    return "one"

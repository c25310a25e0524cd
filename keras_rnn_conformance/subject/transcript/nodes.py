"""What a transcript is made of: how each value was come by."""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Term = Any
"""A node; a list, tuple, dict or slice of terms; or a plain value."""


@dataclass(eq=False)
class Node:
    """How one value was come by.

    Attributes:
        kind: `name` (a module or a builtin), `source` (a class or function that is printed),
            `attribute`, `item`, `call`, `operator`, `set` (an attribute that was assigned) or
            `literal` (what was made by writing it down).
        parts: what it is made of: for an attribute its owner and its name, for a call the
            function, the arguments and the options.
        real: the value.
        place: when it was come by.
        effect: whether it may have changed something.
        error: the class of the error that it ended with instead, if it did.
    """

    kind: str
    parts: tuple[Term, ...]
    real: Any = None
    place: float = 0
    effect: bool = False
    error: str = ""

    @property
    def raised(self) -> bool:
        return bool(self.error)

    def path(self) -> str:
        """The dotted name, as far as it is made of names; empty for what is no name."""
        if self.kind == "name":
            return str(self.parts[0])
        if self.kind == "attribute" and isinstance(self.parts[0], Node):
            owner = self.parts[0].path()
            return f"{owner}.{self.parts[1]}" if owner else ""
        return ""

    def needs(self) -> Iterator[Node]:
        """The nodes that it is directly made of."""
        yield from nodes_in(self.parts)


@dataclass(frozen=True, eq=False)
class Array:
    """The numbers of an array when it was handed over, and the array."""

    value: np.ndarray[Any, Any]
    source: Any = None


@dataclass(frozen=True, eq=False)
class Captured:
    """A function of the subject, with what it has captured."""

    function: types.FunctionType
    items: dict[str, Any]


@dataclass
class Log:
    """All that was done, in order.

    Attributes:
        nodes: every node.
        depth: how many calls are running, one in the other; what happens inside is Keras's own.
        notes: what the subject noted, by key: values, and places.
        missing: the last attribute that was asked for and not there.
    """

    nodes: list[Node] = field(default_factory=list)
    depth: int = 0
    notes: dict[str, Any] = field(default_factory=dict)
    missing: Node | None = None

    def clear(self) -> None:
        """Begin anew, and keep nothing alive."""
        BOXES.clear()
        self.nodes.clear()
        self.notes.clear()
        self.missing = None

    def add(self, kind: str, parts: tuple[Any, ...], effect: bool = False) -> Node:
        """The node of something that is about to be done."""
        node = Node(kind, tuple(term(p) for p in parts), None, len(self.nodes), effect)
        self.nodes.append(node)
        return node


def nodes_in(value: Term) -> Iterator[Node]:
    """Every node in a term."""
    if isinstance(value, Node):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from nodes_in(item)
    elif isinstance(value, dict):
        yield from nodes_in([*value.keys(), *value.values()])
    elif isinstance(value, slice):
        yield from nodes_in([value.start, value.stop, value.step])
    elif isinstance(value, Captured):
        yield from nodes_in(value.items)


BOXES: list[tuple[Any, list[Term]]] = []
"""The lists that were handed over, each with what is kept of it."""


def term(value: Any) -> Term:
    """What is kept of an argument: nodes in the place of values that have one."""
    node = getattr(type(value), "__transcribed__", None)
    if node is not None:
        return node(value)
    if isinstance(value, np.ndarray):
        return Array(value.copy(), value)
    if type(value) is list:
        BOXES.append((value, [term(item) for item in value]))
        return BOXES[-1][1]
    if type(value) is tuple:
        return tuple(term(item) for item in value)
    if isinstance(value, dict) and type(value) is dict:
        return {key: term(item) for key, item in value.items()}
    if isinstance(value, slice):
        return slice(term(value.start), term(value.stop), term(value.step))
    if isinstance(value, types.FunctionType) and value.__module__.startswith("keras_rnn_conf"):
        cells = [cell.cell_contents for cell in value.__closure__ or ()]
        names = value.__code__.co_freevars
        return Captured(value, {n: term(c) for n, c in zip(names, cells, strict=True)})
    return value


def closure(start: Iterable[Node]) -> set[Node]:
    """The nodes, and all that they are made of."""
    nodes: set[Node] = set()
    left = list(start)
    while left:
        node = left.pop()
        if node not in nodes:
            nodes.add(node)
            left += node.needs()
    return nodes


PLAIN = (str, bytes, int, float, complex, bool, type(None), np.generic)


def is_plain(value: Any) -> bool:
    """Whether a value is plain data: it cannot change, and its text says all of it."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return all(is_plain(item) for item in value)
    if isinstance(value, dict):
        return all(is_plain(item) for item in value.values())
    return isinstance(value, PLAIN)


def can_change(value: Any) -> bool:
    """Whether a value is an object with a state of its own: a layer, a variable, an optimizer."""
    kind = type(value).__module__.partition(".")[0]
    if isinstance(value, (type, types.ModuleType, np.ndarray)) or is_plain(value):
        return False
    if isinstance(value, (list, tuple, dict)):
        return False
    if isinstance(value, (types.FunctionType, types.BuiltinFunctionType, types.MethodType)):
        return False
    tensor = hasattr(value, "shape") and hasattr(value, "dtype") and not hasattr(value, "assign")
    return not tensor and kind not in ("builtins",)

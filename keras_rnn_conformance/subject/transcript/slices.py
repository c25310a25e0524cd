"""Which part of a transcript some values need."""

from __future__ import annotations

from collections.abc import Iterable

from keras_rnn_conformance.subject.transcript.nodes import Node, can_change, closure
from keras_rnn_conformance.subject.transcript.stand_ins import SETTING


def needed(wanted: list[Node], nodes: list[Node], also: Iterable[Node] = ()) -> list[Node]:
    """What the wanted nodes are made of, and what has changed that before, in order.

    Args:
        also: what else is done, whatever it changes.
    """
    kept, last = closure([*wanted, *also]), max((node.place for node in wanted), default=0)
    effects = [(node, closure([node])) for node in nodes if node.effect and node.place < last]
    # what is drawn or set reaches all that follows
    if any(_global(node) for node, _ in effects):
        made = [n for n in nodes if n.place < last and (n.effect or _makes_layer(n))]
        kept |= closure(made)
    grows = True
    while grows:
        grows = False
        for node, parts in effects:
            if node in kept:
                continue
            if _global(node) or _about(node, parts, kept):
                kept |= parts
                grows = True
    return sorted(kept, key=lambda node: node.place)


def _about(node: Node, parts: set[Node], kept: set[Node]) -> bool:
    """Whether something was done to what is kept."""
    if node.kind in ("put", "set") and root(node.parts[0]) in kept:
        return True
    return any(part in kept and can_change(part.real) for part in parts)


def _makes_layer(node: Node) -> bool:
    made = node.kind == "call" and isinstance(node.parts[0].real, type)
    return made and can_change(node.real) and not node.parts[0].path().startswith("tempfile.")


def root(node: Node) -> Node:
    """The object whose attribute or item something is."""
    while node.kind in ("attribute", "item") and isinstance(node.parts[0], Node):
        node = node.parts[0]
    return node


def _global(node: Node) -> bool:
    function = node.parts[0]
    return isinstance(function, Node) and function.path().startswith(SETTING)


def steady(node: Node) -> bool:
    """Whether a value is the same whenever it is come by."""
    if node.effect:
        return False
    function = node.parts[0]
    if node.kind == "call" and isinstance(function, Node) and isinstance(function.real, type):
        return True
    return not any(can_change(part.real) or type(part.real) is dict for part in node.needs())

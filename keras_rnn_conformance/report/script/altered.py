"""The script of a thing that a call changed, though it belongs to the caller or to a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from keras_rnn_conformance.base.observation import OWNERS, RETURNED
from keras_rnn_conformance.judging.rules import Failure
from keras_rnn_conformance.report.script.text import Body, NoText, Plan, asserted, equal

if TYPE_CHECKING:
    from keras_rnn_conformance.subject.transcript.nodes import Node
    from keras_rnn_conformance.subject.transcript.recording import Transcript


def altered(plan: Plan, failure: Failure, taken: Transcript) -> Body:
    """What the thing holds after the calls of the case, and what it held before.

    Raises:
        NoText: if nothing that ran has made the thing.
    """
    from keras_rnn_conformance.subject.transcript.held import held
    from keras_rnn_conformance.subject.transcript.nodes import Node, closure
    from keras_rnn_conformance.subject.transcript.text import Writer

    changed = next(one for one in taken.changed if one.owner == failure.where)
    when = changed.when - (0.5 if changed.owner == RETURNED else 1.5)
    thing = _thing(taken, changed.value, when)
    source = Node("source", (held,))
    before = Node("call", (source, [thing], {}), place=when, effect=True)
    after = Node("call", (source, [thing], {}), place=len(taken.nodes))
    calls = [n for n in taken.nodes if n.effect and n.place > when and thing in closure([n])]
    writer = Writer([before, after], taken.nodes, calls)
    program, text = writer.written(), writer.text(after)
    lines = [*sorted(program.imports), *program.lines, f"actual = {text}"]
    lines += [f"expected = {writer.text(before)}", *equal(plan.rule, failure.where)]
    return Body(lines, asserted(plan.rule, failure.where))


def _thing(taken: Transcript, value: Any, when: float) -> Node:
    """How the thing was come by; where it was written down, from now on as a name."""
    from keras_rnn_conformance.subject.transcript.nodes import Array, Node

    made = [node for node in taken.nodes if node.real is value and node.place < when + 1]
    if made:
        return made[0]
    for node in taken.nodes:
        for name in ("variables", "states") if node.kind == "call" else ():
            for place, variable in enumerate(getattr(node.real, name, None) or []):
                if variable is value:
                    every = Node("attribute", (node, name), place=node.place)
                    return Node("item", (every, place), place=node.place)
    boxes = [kept for box, kept in taken.lists if box is value]

    def same(part: Any) -> bool:
        return any(part is box for box in boxes) or (
            isinstance(part, Array) and part.source is value
        )

    written = Node("literal", (), real=value, place=when - 0.5)
    for node in taken.nodes:
        node.parts = tuple(_with(part, same, written) for part in node.parts)
    if not written.parts:
        raise NoText(f"nothing that ran has made {OWNERS[0]}")
    return written


def _with(part: Any, same: Any, written: Node) -> Any:
    """A part of a node, with a name in the place of what is written down."""
    if same(part):
        written.parts = written.parts or (part,)
        return written
    if type(part) in (list, tuple):
        return type(part)(_with(item, same, written) for item in part)
    if type(part) is dict:
        return {key: _with(item, same, written) for key, item in part.items()}
    return part

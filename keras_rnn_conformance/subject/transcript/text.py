"""A part of a transcript as statements: what some values need, and no more."""

from __future__ import annotations

import re
import types
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from keyword import iskeyword
from pathlib import Path
from typing import Any

from keras_rnn_conformance.base.paths import FIXTURES
from keras_rnn_conformance.subject.transcript.literals import literal, number
from keras_rnn_conformance.subject.transcript.names import word
from keras_rnn_conformance.subject.transcript.nodes import (
    PLAIN,
    Array,
    Captured,
    Node,
    nodes_in,
)
from keras_rnn_conformance.subject.transcript.slices import needed, root, steady
from keras_rnn_conformance.subject.transcript.sources import (
    Text,
    Unprintable,
    definition,
    imports_of,
    lambda_text,
    public_path,
)

TAKEN = ("x", "w", "keras", "np", "expected", "actual", "other", "error", "variable", "value")
"""Names that scripts have for what they always hold."""

MOST = 5000
"""How many numbers of an array are written down."""

SHORT = 40
"""How long a text may be that is written twice."""


@dataclass
class Program:
    """Statements that do again what some values need.

    Attributes:
        lines: the statements.
        imports: import statements beside those of keras and NumPy.
        texts: by node, what stands for it in what follows.
        places: of each statement, its first line and when it was done.
    """

    lines: list[str] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)
    texts: dict[Node, str] = field(default_factory=dict)
    places: list[tuple[int, float]] = field(default_factory=list)


class Writer:
    """Writes the statements of some nodes."""

    def __init__(
        self, wanted: Iterable[Node], nodes: list[Node], also: Iterable[Node] = ()
    ) -> None:
        self.wanted = list(wanted)
        self.kept = needed(self.wanted, nodes, also)
        self.program = Program()
        self.defined: dict[Any, str] = {}
        self.names: set[str] = set(TAKEN)
        self.uses = Counter(n for node in self.kept for n in nodes_in(node.parts))
        self.uses.update(self.wanted)
        self.inline = self._inlined()
        self.arrays: dict[Any, str] = {}

    def written(self) -> Program:
        """The program.

        Raises:
            Unprintable: if it needs what has no text.
        """
        self._share_arrays()
        for node in self.kept:
            self._state(node)
        assignments(self.program)
        return self.program

    # which nodes are statements

    def _inlined(self) -> set[Node]:
        effects = [node.place for node in self.kept if node.effect]
        users: dict[Node, list[Node]] = {}
        for node in self.kept:
            for part in nodes_in(node.parts):
                users.setdefault(part, []).append(node)
        at: dict[Node, float] = {}
        inline = set()
        changed = {root(node.parts[0]) for node in self.kept if node.kind in ("put", "set")}
        end = max((n.place for n in self.kept), default=0) + 1
        for node in reversed(self.kept):
            places = [at.get(user, user.place) for user in users.get(node, [])]
            places += [end] * (node in self.wanted)
            at[node] = node.place
            if node.kind in ("name", "source") or node.path():
                inline.add(node)
                continue
            if isinstance(node.real, types.MethodType) and node.kind == "attribute":
                inline.add(node)
                at[node] = max(places, default=node.place)
                continue
            if node.effect or not places or node in changed or _lives(node):
                continue
            many = len(places) > 1
            if many and node.kind not in ("attribute", "item"):
                continue
            if many and any(isinstance(p, slice) for p in node.parts):
                continue
            still = all(
                steady(node) or not any(node.place < e < place for e in effects) for place in places
            )
            if still:
                inline.add(node)
                at[node] = max(places) if len(places) == 1 else node.place
        return inline

    def _state(self, node: Node) -> None:
        """Write the statement of a node, if it is one."""
        if node in self.inline:
            return
        text = self._expression(node)
        self.program.places.append((len(self.program.lines), node.place))
        if node.raised and node not in self.wanted:
            self.program.lines += ["try:", f"    {text}", "except Exception:", "    pass"]
        elif node.kind in ("set", "put") or self.uses[node] == 0 or node.raised:
            self.program.lines.append(text)
        else:
            name = self._name(word(node))
            self.program.lines.append(f"{name} = {text}")
            self.program.texts[node] = name

    # names

    def _name(self, base: str) -> str:
        """A name that nothing has yet."""
        name, number = base, 1
        while name in self.names or iskeyword(name):
            number += 1
            name = f"{base}{number}"
        self.names.add(name)
        return name

    def _share_arrays(self) -> None:
        """Give a name to each array that is written more than once."""
        counts = Counter(a for node in self.kept for a in _arrays(node.parts))
        for key, count in counts.items():
            text = key[-1]
            if count > 1 and len(text) > SHORT:
                base = "x" if len(key[1]) > 2 else "w"
                name, number = base, 1
                while name in self.arrays.values():
                    number += 1
                    name = f"{base}{number}"
                self.names.add(name)
                self.arrays[key] = name
                self.program.lines.append(f"{name} = {text}")

    # texts

    def text(self, value: Any) -> str:
        """A term as an expression."""
        if isinstance(value, Node):
            return self._of_node(value)
        if isinstance(value, Array):
            key = _key(value)
            return self.arrays.get(key, key[-1])
        if isinstance(value, Captured):
            return self._function(value)
        if isinstance(value, (list, tuple, dict, slice)):
            return self._container(value)
        if value is Ellipsis:
            return "..."
        if isinstance(value, PLAIN):
            return number(value)
        return self._thing(value)

    def _thing(self, value: Any) -> str:
        """A function or a class."""
        path = public_path(value)
        if path:
            self.program.imports |= imports_of(path)
            return path
        if isinstance(value, (type, types.FunctionType)):
            return self._define(value, {})
        if isinstance(value, Path) and value.is_relative_to(FIXTURES):
            return number(value.name)  # it lies beside the script
        raise Unprintable(f"a {type(value).__name__}")

    def _container(self, value: Any) -> str:
        if isinstance(value, list):
            return f"[{self._items(value)}]"
        if isinstance(value, tuple):
            return f"({self._items(value)}{',' * (len(value) == 1)})"
        if isinstance(value, dict):
            items = (f"{self.text(k)}: {self.text(v)}" for k, v in value.items())
            return f"{{{', '.join(items)}}}"
        ends = ["" if v is None else self.text(v) for v in (value.start, value.stop)]
        step = "" if value.step is None else f":{self.text(value.step)}"
        return f"{ends[0]}:{ends[1]}{step}"

    def _items(self, values: Iterable[Any]) -> str:
        return ", ".join(map(self.text, values))

    def _of_node(self, node: Node) -> str:
        return self.program.texts.get(node) or self._expression(node)

    def _expression(self, node: Node) -> str:
        if node.kind == "name":
            self.program.imports |= imports_of(str(node.parts[0]))
            return str(node.parts[0])
        if node.kind == "literal":
            return self.text(node.parts[0])
        if node.kind == "source":
            return self._define(node.parts[0], {})
        if node.kind == "call":
            function, args, options = node.parts
            given = [self.text(arg) for arg in args]
            given += [f"{key}={self.text(value)}" for key, value in options.items()]
            return f"{self._bound(function)}({', '.join(given)})"
        if node.kind == "stream":
            return f"(batch for batch in {self.text(node.parts[0])})"
        if node.kind == "operator":
            sign, *sides = node.parts
            texts = [self._bound(side) for side in sides]
            return f"{sign}{texts[0]}" if len(texts) == 1 else f"{texts[0]} {sign} {texts[1]}"
        owner = self._bound(node.parts[0])
        if node.kind == "attribute":
            return f"{owner}.{node.parts[1]}"
        if node.kind == "set":
            return f"{owner}.{node.parts[1]} = {self.text(node.parts[2])}"
        key = node.parts[1]
        inside = self._items(key) if isinstance(key, tuple) and key else self.text(key)
        if node.kind == "item":
            return f"{owner}[{inside}]"
        return f"{owner}[{inside}] = {self.text(node.parts[2])}"

    def _bound(self, value: Any) -> str:
        """A text that binds as closely as a name."""
        text = self.text(value)
        loose = isinstance(value, Node) and value.kind == "operator" and " " in text
        loose |= isinstance(value, Array) and ") / " in text
        return f"({text})" if loose and value not in self.program.texts.values() else text

    def _function(self, value: Captured) -> str:
        captured = {name: self.text(item) for name, item in value.items.items()}
        if value.function.__name__ == "<lambda>":
            about = lambda_text(value.function, captured)
            self._take(about)
            return about.lines[0]
        return self._define(value.function, captured)

    def _define(self, thing: Any, captured: dict[str, str]) -> str:
        """Write a definition once, and what it uses before it."""
        key = (thing, tuple(captured.items()))
        if key not in self.defined:
            own = thing.__name__
            self.defined[key] = name = self._name(own)
            about = definition(thing, captured)
            self._take(about)
            _rename(about, own, name)
            self.program.lines += about.lines
        return self.defined[key]

    def _take(self, about: Text) -> None:
        self.program.imports |= about.imports
        for other in about.others:
            _rename(about, other.__name__, self._define(other, {}))


def _rename(about: Text, own: str, name: str) -> None:
    """Write a definition with another name for something, if that has another name here."""
    if name != own:
        about.lines = [re.sub(rf"\b{own}\b", name, line) for line in about.lines]


_ASSIGNED = re.compile(r"(\w+)\[([0-9]+)\]\.assign\((.+)\)")


def assignments(program: Program) -> None:
    """Write assignments to one variable of a list after the other as a loop."""
    lines, fresh, moved = program.lines, list[str](), dict[int, int]()
    place = 0
    while place < len(lines):
        moved[place] = len(fresh)
        name, values = _run(lines, place + 1)
        begin = f"{name} = "
        if len(values) > 1 and lines[place].startswith(begin):
            used = sum(len(re.findall(rf"(?<![\w.]){name}\b", line)) for line in lines)
            source = lines[place].removeprefix(begin)
            if used > len(values) + 1:
                fresh.append(lines[place])
                source = name
            fresh += [
                f"for variable, value in zip({source}, [{', '.join(values)}]):",
                "    variable.assign(value)",
            ]
            place += len(values)
        else:
            fresh.append(lines[place])
        place += 1
    program.places = [(moved.get(line, len(fresh)), when) for line, when in program.places]
    program.lines = fresh


def _run(lines: list[str], start: int) -> tuple[str, list[str]]:
    """The name of a list whose variables are assigned one after the other, and the values."""
    name, values = "", list[str]()
    for line in lines[start:]:
        match = _ASSIGNED.fullmatch(line)
        if not match or int(match[2]) != len(values) or (name and match[1] != name):
            break
        name = match[1]
        values.append(match[3])
    return name, values


def _lives(node: Node) -> bool:
    """Whether something ends when nothing refers to it any more."""
    return node.kind == "call" and node.parts[0].path().startswith("tempfile.")


def _arrays(parts: Any) -> Iterable[Any]:
    if isinstance(parts, Array):
        yield _key(parts)
    elif isinstance(parts, (list, tuple)):
        for part in parts:
            yield from _arrays(part)
    elif isinstance(parts, dict):
        yield from _arrays(list(parts.values()))


def _key(array: Array) -> tuple[Any, ...]:
    if array.value.size > MOST and not (array.value == array.value.flat[0]).all():
        raise Unprintable(f"an array of {array.value.size} numbers")
    if not hasattr(array, "_text"):
        object.__setattr__(array, "_text", literal(array.value))
    return (str(array.value.dtype), array.value.shape, array._text)  # type: ignore[attr-defined]

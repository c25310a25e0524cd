"""The mutants of a source file: where each is, what it changes, and its code."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

from tests.quality.mutation.operators import changes
from tests.quality.mutation.targets import EXCLUDED, EXCLUDED_KEYWORDS, keras_root

_WIDTH = 70


@dataclass(frozen=True)
class Mutant:
    """One small fault in one source file.

    Attributes:
        id: `file:line:column:operator`, with a number where an operator has several results there.
        file: the source, below `keras/src`.
        line: where the fault lies.
        operator: the kind of fault.
        member: the function that holds it, such as `LSTMCell.call`.
        lines: the lines of which a test must run one to have a chance of noticing.
        before: what stands there.
        after: what the mutant has instead.
    """

    id: str
    file: str
    line: int
    operator: str
    member: str
    lines: frozenset[int]
    before: str
    after: str
    _edit: _Edit = field(repr=False, compare=False)

    def code(self) -> CodeType:
        """The member that holds the fault, compiled; inside its class where it has one."""
        return self._edit.compiled(str(keras_root() / self.file))


@dataclass
class _Edit:
    """A place in a syntax tree and what to put there."""

    parent: ast.AST
    field: str
    index: int | None
    new: ast.AST
    member: ast.stmt
    holder: str

    def compiled(self, filename: str) -> CodeType:
        old = self.put(self.new)
        try:
            member = self.new if old is self.member else self.member
            tree = ast.Module([self._wrapped(member)], [])
            return compile(ast.fix_missing_locations(tree), filename, "exec")
        finally:
            self.put(old)

    def _wrapped(self, member: Any) -> ast.stmt:
        if not self.holder:
            return member
        holder = ast.parse(f"class {self.holder}: pass").body[0]
        assert isinstance(holder, ast.ClassDef)
        holder.body = [member]
        return ast.copy_location(holder, member)

    def put(self, node: ast.AST) -> ast.AST:
        """Put a node in the place; return the one that was there."""
        place = getattr(self.parent, self.field)
        if self.index is None:
            setattr(self.parent, self.field, node)
            return place
        old, place[self.index] = place[self.index], node
        return old


@dataclass
class _Scope:
    """Where the walk stands: the member, its class, and the innermost statement."""

    member: ast.stmt
    holder: str
    statement: ast.stmt
    in_header: bool = False


def mutants(file: str) -> list[Mutant]:
    """Every mutant of a source of the installed Keras, in the order of the file."""
    tree = ast.parse((keras_root() / file).read_text(encoding="utf-8"))
    return [mutant for node, holder in _members(tree) for mutant in _of_member(file, node, holder)]


def _members(tree: ast.Module) -> Iterator[tuple[ast.FunctionDef, str]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node, ""
        elif isinstance(node, ast.ClassDef):
            yield from ((m, node.name) for m in node.body if isinstance(m, ast.FunctionDef))


def _of_member(file: str, node: ast.FunctionDef, holder: str) -> list[Mutant]:
    name = f"{holder}.{node.name}" if holder else node.name
    if name in EXCLUDED.get(file, {}):
        return []
    shell = ast.Module([node], [])
    scope = _Scope(node, holder, node)
    found: list[Mutant] = []
    taken: Counter[str] = Counter()
    seen: set[tuple[int, str]] = set()
    for edit, operator, old, anchor, inside in _edits(shell, "body", 0, node, scope):
        key = inside.statement.lineno, _dump(edit, old, inside)
        if key in seen or ast.dump(old) == ast.dump(edit.new):
            continue
        seen.add(key)
        place = f"{file}:{anchor.lineno}:{anchor.col_offset}:{operator}"
        taken[place] += 1
        id = place if taken[place] == 1 else f"{place}.{taken[place]}"
        before, after = _difference(old, edit.new)
        lines = _lines(inside)
        found.append(Mutant(id, file, anchor.lineno, operator, name, lines, before, after, edit))
    return found


def _dump(edit: _Edit, old: ast.AST, scope: _Scope) -> str:
    """The statement as the edit leaves it, to tell two operators with one result."""
    if old is scope.statement:
        return ast.dump(edit.new)
    shown = scope.statement.args if scope.in_header else scope.statement  # type: ignore[attr-defined]
    edit.put(edit.new)
    try:
        return ast.dump(shown)
    finally:
        edit.put(old)


_Found = tuple[_Edit, str, ast.AST, Any, _Scope]


def _edits(
    parent: ast.AST, field: str, index: int | None, node: ast.AST, scope: _Scope
) -> Iterator[_Found]:
    for operator, new, anchor in changes(node):
        if _ignored(anchor) or (operator == "order" and _unordered(parent)):
            continue
        edit = _Edit(parent, field, index, new, scope.member, scope.holder)
        yield edit, operator, node, anchor, scope
    if not isinstance(node, ast.Raise):
        for name, i, child in _children(node):
            yield from _edits(node, name, i, child, _inner(scope, node, name, child))


def _children(node: ast.AST) -> Iterator[tuple[str, int | None, ast.AST]]:
    for name, value in ast.iter_fields(node):
        if name in ("decorator_list", "annotation", "returns", "bases", "ctx", "type_params"):
            continue
        items = enumerate(value) if isinstance(value, list) else [(None, value)]
        for i, child in items:
            if isinstance(child, ast.AST) and not _left_out(node, child):
                yield name, i, child


def _left_out(node: ast.AST, child: ast.AST) -> bool:
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return any(child is value and _ignored(key) for key, value in pairs)
    compared_to_none = isinstance(node, ast.Compare) and _is_none(child)
    return compared_to_none or _ignored(child)


def _unordered(parent: ast.AST) -> bool:
    """Whether the order of a sequence in this place changes nothing: classes, a membership."""
    if isinstance(parent, ast.Call):
        return isinstance(parent.func, ast.Name) and parent.func.id == "isinstance"
    return isinstance(parent, ast.Compare) and isinstance(parent.ops[0], (ast.In, ast.NotIn))


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _ignored(node: ast.AST | None) -> bool:
    if isinstance(node, ast.keyword):
        return node.arg in EXCLUDED_KEYWORDS
    if isinstance(node, ast.Constant):
        return node.value in EXCLUDED_KEYWORDS
    docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return docstring or isinstance(node, (ast.Import, ast.ImportFrom))


def _inner(scope: _Scope, node: ast.AST, name: str, child: ast.AST) -> _Scope:
    if isinstance(child, ast.stmt):
        return _Scope(scope.member, scope.holder, child)
    if isinstance(node, ast.FunctionDef) and name == "args":
        return _Scope(scope.member, scope.holder, node, in_header=True)
    return scope


def _lines(scope: _Scope) -> frozenset[int]:
    """The lines that run when the fault can act: the statement's, a header's, or a whole body's."""
    node = scope.statement
    if isinstance(node, ast.FunctionDef):
        first, last = node.body[0].lineno, node.body[-1].end_lineno
    else:
        first, last = node.lineno, _header_end(node)
    return frozenset(range(first, (last or first) + 1))


def _header_end(node: ast.stmt) -> int | None:
    header = getattr(node, "test", None) or getattr(node, "iter", None)
    return header.end_lineno if header is not None else node.end_lineno


def _difference(old: ast.AST, new: ast.AST) -> tuple[str, str]:
    """Both texts, with what they share at either end left out where they are long."""
    before, after = _text(old), _text(new)
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return _shortened(before, start, end), _shortened(after, start, end)


def _text(node: ast.AST) -> str:
    if isinstance(node, (ast.FunctionDef, ast.If, ast.While, ast.For)):
        return ast.unparse(ast.fix_missing_locations(node)).split(":\n")[0]
    return " ".join(ast.unparse(ast.fix_missing_locations(node)).split())


def _shortened(text: str, start: int, end: int) -> str:
    left = "…" if start > _WIDTH else ""
    right = "…" if end > _WIDTH else ""
    middle = text[start : len(text) - end]
    middle = middle if len(middle) <= 3 * _WIDTH else f"{middle[:_WIDTH]}…{middle[-_WIDTH:]}"
    begin = text[max(0, start - _WIDTH) : start]
    return f"{left}{begin}{middle}{text[len(text) - end : len(text) - end + _WIDTH]}{right}"

"""The mutants of a source file: where each is, what it changes, and its code."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from types import CodeType
from typing import Any, cast

from tests.quality.mutation.conditions.structural import helper, local_variables
from tests.quality.mutation.operators import OPERATORS, Operators, changes
from tests.quality.mutation.targets import EXCLUDED_KEYWORDS, keras_root, left_out

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
        guard: the condition under which it acts, see `guards`; empty if it always does.
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
    guard: str = ""

    def code(self) -> CodeType:
        """The member that holds the fault, compiled; inside its class where it has one."""
        edit = self._edit.guarded(self.guard) if self.guard else self._edit
        return edit.compiled(str(keras_root() / self.file))

    def under(self, guard: str) -> Mutant:
        """The same fault, where it acts only while a guard is true."""
        return replace(self, id=f"{self.id}@{guard}", guard=guard)

    @property
    def plain(self) -> str:
        """The id of the mutant without its guard."""
        return self.id.partition("@")[0]

    @property
    def guardable(self) -> bool:
        """Whether the fault lies in a statement: in no header, and in no error that is raised."""
        edit = self._edit
        return edit.statement is not edit.member and not isinstance(edit.statement, ast.Raise)

    @property
    def place(self) -> ast.stmt:
        """The statement that holds the fault, in a syntax tree that all mutants of a file share."""
        return self._edit.statement


@dataclass
class _Edit:
    """A place in a syntax tree and what to put there."""

    parent: ast.AST
    field: str
    index: int | None
    new: ast.AST
    member: ast.stmt
    holder: str
    statement: ast.stmt

    def compiled(self, filename: str) -> CodeType:
        old = self.put(self.new)
        try:
            member = self.new if old is self.member else self.member
            return compiled(member, self.holder, filename)
        finally:
            self.put(old)

    def guarded(self, guard: str) -> _Edit:
        """The edit that puts both branches in the place of the statement."""
        statement = self.statement
        original = deepcopy(statement)
        old = self.put(self.new)
        mutated = deepcopy(self.new if old is statement else statement)
        self.put(old)
        test = helper(statement, "acts", ast.Constant(guard), local_variables())
        both = ast.If(test, [cast(ast.stmt, mutated)], [original])
        return replace(self.of(statement), new=ast.copy_location(both, statement))

    def of(self, statement: ast.stmt) -> _Edit:
        """An edit of nothing yet, in the place of a statement of the same member."""
        for block in blocks(self.member):
            for i, one in enumerate(block.statements):
                if one is statement:
                    return replace(self, parent=block.parent, field=block.field, index=i, new=one)
        raise LookupError(f"line {statement.lineno} is no statement of {self.holder}")

    def put(self, node: ast.AST) -> ast.AST:
        """Put a node in the place; return the one that was there."""
        place = getattr(self.parent, self.field)
        if self.index is None:
            setattr(self.parent, self.field, node)
            return place
        old, place[self.index] = place[self.index], node
        return old


@dataclass(frozen=True)
class Block:
    """Statements that follow one another, and the node that holds them."""

    parent: ast.AST
    field: str
    statements: list[ast.stmt]


def blocks(member: ast.AST) -> Iterator[Block]:
    """Every block of statements in a function."""
    for parent in ast.walk(member):
        for name, value in ast.iter_fields(parent):
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                yield Block(parent, name, value)


def compiled(member: Any, holder: str, filename: str) -> CodeType:
    """A function compiled as its module defines it, or its class where it has one."""
    if holder:
        owner = ast.parse(f"class {holder}: pass").body[0]
        assert isinstance(owner, ast.ClassDef)
        owner.body = [member]
        member = ast.copy_location(owner, member)
    tree = ast.Module([member], [])
    return compile(ast.fix_missing_locations(tree), filename, "exec")


@dataclass
class _Scope:
    """Where the walk stands: the member, its class, and the innermost statement."""

    member: ast.stmt
    holder: str
    statement: ast.stmt
    operators: Operators
    in_header: bool = False


def mutants(file: str, operators: Operators = OPERATORS) -> list[Mutant]:
    """Every mutant of a source of the installed Keras, in the order of the file."""
    tree = ast.parse((keras_root() / file).read_text(encoding="utf-8"))
    return [
        mutant
        for node, holder in members(tree)
        for mutant in _of_member(file, _Scope(node, holder, node, operators))
    ]


def members(tree: ast.Module) -> Iterator[tuple[ast.FunctionDef, str]]:
    """The functions and methods of a module, each with the name of its class."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node, ""
        elif isinstance(node, ast.ClassDef):
            yield from ((m, node.name) for m in node.body if isinstance(m, ast.FunctionDef))


def _of_member(file: str, scope: _Scope) -> list[Mutant]:
    node, holder = cast(ast.FunctionDef, scope.member), scope.holder
    name = f"{holder}.{node.name}" if holder else node.name
    if left_out(file, name):
        return []
    shell = ast.Module([node], [])
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
    for operator, new, anchor in changes(node, scope.operators):
        if _ignored(anchor) or (operator == "order" and _unordered(parent)):
            continue
        if operator == "decorator" and not scope.holder:  # planting leaves a function its own
            continue
        edit = _Edit(parent, field, index, new, scope.member, scope.holder, scope.statement)
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
        name = getattr(parent.func, "id", getattr(parent.func, "attr", ""))
        return name in ("isinstance", "startswith", "endswith")
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
        return replace(scope, statement=child, in_header=False)
    if isinstance(node, ast.FunctionDef) and name == "args":
        return replace(scope, statement=node, in_header=True)
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

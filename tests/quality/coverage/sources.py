"""Keras's recurrent sources: which they are, and what a line of them is called."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.quality.mutation.targets import EXCLUDED, keras_root


def names(backend: str) -> tuple[str, ...]:
    """The sources of a backend, below `keras/src`; without tests, and without empty files."""
    root = keras_root()
    layers = sorted(root.glob("layers/rnn/*.py"))
    kept = [path for path in layers if path.stat().st_size and not path.stem.endswith("_test")]
    return (*(str(path.relative_to(root)) for path in kept), f"backend/{backend}/rnn.py")


_LONGEST = 90
"""Characters of a statement's text; messages make some statements long."""


@dataclass(frozen=True)
class Statement:
    """A statement, named so that the name outlives other line numbers.

    Attributes:
        function: the function that holds it, such as `RNN.call`; empty outside of functions.
        text: its source in one line; of a compound statement what stands before its block.
        parent: the first line of the compound statement around it; 0 outside of any.
    """

    function: str
    text: str
    parent: int


class Source:
    """One source file."""

    def __init__(self, path: Path, left_out: tuple[str, ...] = ()) -> None:
        self.path = path
        self._left_out = left_out
        self._lines = _without_comments(path.read_text(encoding="utf-8"))

    @classmethod
    def of(cls, name: str) -> Source:
        """A source of the installed Keras; code for GPUs alone is left out."""
        return cls(keras_root() / name, tuple(EXCLUDED.get(name, ())))

    @cached_property
    def statements(self) -> dict[int, Statement]:
        """By its first line, every statement that is not left out."""
        tree = ast.parse("\n".join(self._lines))
        return {
            line: statement
            for line, statement in self._within(tree, "", 0)
            if not self._is_left_out(statement.function)
        }

    def _is_left_out(self, function: str) -> bool:
        return any(f"{function}.".startswith(f"{name}.") for name in self._left_out)

    def _within(self, node: ast.AST, function: str, parent: int) -> Iterator[tuple[int, Statement]]:
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, (ast.stmt, ast.ExceptHandler)):
                continue
            inside = function
            if isinstance(child, (ast.FunctionDef, ast.ClassDef)):
                inside = f"{function}.{child.name}".strip(".")
            yield child.lineno, Statement(function, self._text(child), parent)
            yield from self._within(child, inside, child.lineno)

    def _text(self, node: ast.stmt | ast.ExceptHandler) -> str:
        body = getattr(node, "body", None)
        end = max(node.lineno, body[0].lineno - 1) if body else node.end_lineno
        lines = (line.strip() for line in self._lines[node.lineno - 1 : end])
        text = " ".join(line for line in lines if line)
        return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def _without_comments(text: str) -> list[str]:
    """The lines of a source, without its comments."""
    lines = text.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            line, column = token.start
            lines[line - 1] = lines[line - 1][:column].rstrip()
    return lines

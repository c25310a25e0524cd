"""What a constraint between options is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class Options(Protocol):
    """What a constraint sees of a case."""

    @property
    def layer(self) -> str: ...

    def __getitem__(self, key: str) -> int | str: ...


@dataclass(frozen=True)
class Constraint:
    """A combination that no case may have.

    Attributes:
        reason: one sentence, shown to whoever asks for such a case.
        forbids: true for the excluded combinations.
    """

    reason: str
    forbids: Callable[[Options], bool]

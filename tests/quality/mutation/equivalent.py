"""The reviewed list of mutants that no documented behaviour tells from the original."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from keras_rnn_conformance.base.backends import BACKENDS
from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.paths import FIXTURES
from keras_rnn_conformance.base.tables import read_tables
from tests.quality.mutation.mutants import Mutant
from tests.quality.mutation.targets import SETS

FILE = FIXTURES / "mutation" / "equivalent.toml"


class EquivalentError(CommandFault):
    """The list cannot be used, or claims something that is not so; the message says which entry."""


@dataclass(frozen=True)
class Claim:
    """An entry: mutants that cannot be killed, and why.

    Attributes:
        ids: mutant ids; a `*` stands for anything.
        reason: why nothing documented changes.
        line: where the entry stands in its file.
        backends: those on which it is so; empty for all.
    """

    ids: tuple[str, ...]
    reason: str
    line: int
    backends: tuple[str, ...] = ()

    def covers(self, mutant: Mutant) -> bool:
        """Whether the claim is about the mutant."""
        return any(fnmatchcase(mutant.id, id) for id in self.ids)


def load(release: str, path: Path = FILE) -> list[Claim]:
    """The claims about a release of Keras; none about a release that was not reviewed.

    Raises:
        EquivalentError: if the file is not of the documented form.
    """
    document, tables = read_tables(path, "mutant", EquivalentError)
    if set(document) - {"keras", "mutant"} or not isinstance(document.get("keras"), str):
        raise EquivalentError(f"{path}: expected `keras` and [[mutant]] tables, nothing else")
    if document["keras"] != release:
        return []
    return [_claim(table, path, line) for table, line in tables]


def _claim(table: dict[str, object], path: Path, line: int) -> Claim:
    ids, reason = table.get("ids"), table.get("reason")
    if set(table) - {"backends"} != {"ids", "reason"} or not isinstance(ids, list) or not ids:
        raise EquivalentError(f"{path}, line {line}: an entry has `ids`, a list, and `reason`")
    if not isinstance(reason, str) or len(reason.split()) < 4:
        raise EquivalentError(f"{path}, line {line}: say why in a sentence")
    backends = table.get("backends", [])
    empty = "backends" in table and not backends
    if not isinstance(backends, list) or empty or set(backends) - set(BACKENDS):
        raise EquivalentError(f"{path}, line {line}: backends are of {', '.join(BACKENDS)}")
    return Claim(tuple(map(str, ids)), reason, line, tuple(backends))


def claimed(claims: Iterable[Claim], mutants: Iterable[Mutant], backend: str) -> dict[str, Claim]:
    """By mutant id, the claim about it; claims about sources that have no mutants are passed over.

    Raises:
        EquivalentError: if a pattern of a claim matches no mutant.
    """
    pool = list(mutants)
    every = {file for one in SETS.values() for name in BACKENDS for file in one.files(name)}
    elsewhere = every - {mutant.file for mutant in pool}
    found: dict[str, Claim] = {}
    for claim in claims:
        for id in claim.ids:
            if id.split(":")[0] in elsewhere:
                continue
            matched = [mutant.id for mutant in pool if fnmatchcase(mutant.id, id)]
            if not matched:
                raise EquivalentError(f"{FILE}, line {claim.line}: {id} matches no mutant")
            if not claim.backends or backend in claim.backends:
                found |= dict.fromkeys(matched, claim)
    return found

"""Known failures: what real releases are known to get wrong, strict in every direction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.backends import BACKENDS
from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.paths import FIXTURES
from keras_rnn_conformance.base.tables import read_tables
from keras_rnn_conformance.cases.axes import BY_KEY, LAYERS
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging.rules import RULES, Failure, rules_of
from keras_rnn_conformance.judging.verdict import Verdict

FILE = FIXTURES / "known_failures.toml"
VALUES = "VALUES"
KINDS = ("value", "shape", "dtype", "structure", "error", "fact")
OTHERS = "others"
"""In place of a backend: those that are none of `BACKENDS`."""
UNREPORTED = "not reported upstream"
KEYS = {"rule", "when", "keras", "kind", "reason"}
OPTIONAL = {"arrays", "backend", "faint", "upstream", "with"}
"""What an entry may leave out; the project's own name the upstream report, or say that none is."""
_LONGEST = 200
"""Characters of a range of releases."""
Pattern = tuple[tuple[str, tuple[Any, ...], bool], ...]
"""Axis keys, each with values, and whether a case must have one of them or none."""


class KnownFailuresError(CommandFault):
    """The file cannot be used; the message names the file, the entry and what is wrong with it."""


@dataclass(frozen=True)
class Entry:
    """One known failure.

    Attributes:
        rule: the id of the rule that breaks, or `VALUES` for whichever rule holds the values of
            a case to the oracle.
        when: axis keys (and `layer`) with the values of the cases that break it.
        keras: the releases that have it.
        backends: the backends that have it, by name.
        kinds: how it shows; a different kind of failure is not covered.
        reason: the cause, in a sentence.
        upstream: the address of the issue, or `UNREPORTED`.
        line: where the entry stands in its file.
        file: the file.
        faint: the part of `when` in which rounding may hide the failure, for some numbers or for
            all; empty for most.
        shared: whether the cause lies in what backends share: a backend that the suite does not
            know has it too, unless that does it another way.
        arrays: how the names of the arrays end that are wrong; empty if any may be.
        beside: the releases of another package with which it is sure to fail, if that matters.
    """

    rule: str
    when: Pattern
    keras: SpecifierSet
    backends: tuple[str, ...]
    kinds: tuple[str, ...]
    reason: str
    upstream: str
    line: int
    file: Path = FILE
    faint: Pattern = ()
    shared: bool = False
    arrays: tuple[str, ...] = ()
    beside: Requirement | None = None

    def on(self, backend: str) -> bool:
        """Whether a backend has it."""
        return backend in self.backends or (self.shared and backend not in BACKENDS)

    @property
    def place(self) -> str:
        """Where the entry stands, in words."""
        return f"{self.file.name if self.file == FILE else self.file}, line {self.line}"

    def covers(self, case: Case) -> bool:
        """Whether the case is of the pattern and checks the rule."""
        return self.matches(case) and any(self.about(rule.id) for rule in rules_of(case))

    def about(self, rule: str) -> bool:
        """Whether the entry speaks of the rule."""
        return self.rule == rule or (self.rule == VALUES and RULES[rule].values)

    def matches(self, case: Case) -> bool:
        """Whether the case has the values of the pattern."""
        return _fits(self.when, case)

    def may_pass(self, case: Case) -> bool:
        """Whether rounding, or another package, may hide the failure in a case of the pattern."""
        return bool(self.faint and _fits(self.faint, case)) or not self._beside()

    def _beside(self) -> bool:
        """Whether the package that matters is installed in one of the releases."""
        if self.beside is None:
            return True
        try:
            return version(self.beside.name) in self.beside.specifier
        except PackageNotFoundError:
            return False

    def explains(self, failures: Iterable[Failure]) -> bool:
        """Whether every failure is of an expected kind, and in one of the arrays, if some are."""
        ends = self.arrays or ("",)
        return all(f.kind in self.kinds and (f.name or ends[0]).endswith(ends) for f in failures)


def _fits(pattern: Pattern, case: Case) -> bool:
    for key, values, wanted in pattern:
        value = case.layer if key == "layer" else case[key]
        if (value in values) is not wanted:
            return False
    return True


@dataclass(frozen=True)
class KnownFailures:
    """The entries that hold for one release and backend.

    Attributes:
        entries: the entries.
        strict: whether a case of an entry that passes is an error; not so on a backend that the
            suite does not know, which may do otherwise what others share.
        seed: the data seed. The entries speak of the numbers of seed 0: others may hide a wrong
            value, such as that of a gate that is saturated.
    """

    entries: tuple[Entry, ...] = ()
    strict: bool = True
    seed: int = 0
    _by_rule: dict[str, list[Entry]] = field(default_factory=dict, compare=False, repr=False)

    def of(self, case: Case, rule: str) -> list[Entry]:
        """The entries for a case and a rule."""
        if rule not in self._by_rule:
            self._by_rule[rule] = [entry for entry in self.entries if entry.about(rule)]
        return [entry for entry in self._by_rule[rule] if entry.matches(case)]

    def explaining(self, case: Case, rule: str, failures: Iterable[Failure]) -> Entry | None:
        """The first entry that explains that a case breaks a rule in these ways; None if none."""
        failures = list(failures)
        return next((entry for entry in self.of(case, rule) if entry.explains(failures)), None)

    def refuted(self, case: Case, rule: str) -> list[Entry]:
        """The entries that a case refutes by keeping the rule."""
        return [e for e in self.of(case, rule) if self.strict and not self._may_pass(e, case)]

    def _may_pass(self, entry: Entry, case: Case) -> bool:
        return entry.may_pass(case) or (self.seed != 0 and entry.kinds == ("value",))

    def idle(self, cases: Iterable[Case]) -> list[Entry]:
        """The entries that cover none of the cases."""
        left = list(self.entries)
        for case in cases:
            left = [entry for entry in left if not entry.covers(case)]
            if not left:
                break
        return left


def sort_out(
    verdict: Verdict, entries: KnownFailures
) -> tuple[dict[str, list[Failure]], list[Entry], list[Entry]]:
    """Divide a verdict into unexpected failures, unexpected passes, and what is known."""
    unexpected: dict[str, list[Failure]] = {}
    explained: list[Entry] = []
    for rule, failures in verdict.failed.items():
        entry = entries.explaining(verdict.case, rule, failures)
        if entry is None:
            unexpected[rule] = failures
        else:
            explained.append(entry)
    passes = [entry for rule in verdict.passed for entry in entries.refuted(verdict.case, rule)]
    return unexpected, passes, explained


def load(path: Path, keras: str, backend: str) -> KnownFailures:
    """The entries of a file that hold for a release and a backend.

    Raises:
        KnownFailuresError: if the file is not of the documented form.
    """
    return holding(read(path), keras, backend)


def files(added: Iterable[Path], only: Path | None) -> tuple[Path, ...]:
    """The files that a run holds Keras to.

    Args:
        added: what `--known-failures` adds to the project's.
        only: what `--only-known-failures` names in place of the project's.
    """
    return (FILE if only is None else only, *added)


def load_all(paths: Iterable[Path], keras: str, backend: str) -> KnownFailures:
    """The entries of several files that hold for a release and a backend.

    Raises:
        KnownFailuresError: if a file is not of the documented form.
    """
    entries = (e for path in paths for e in load(path, keras, backend).entries)
    return KnownFailures(tuple(entries), strict=backend in BACKENDS)


def holding(entries: Iterable[Entry], keras: str, backend: str) -> KnownFailures:
    """Those of some entries that hold for a release and a backend; none for what is not Keras."""
    if keras == "none":
        return KnownFailures()
    release = Version(keras)
    held = (e for e in entries if e.on(backend) and e.keras.contains(release, prereleases=True))
    return KnownFailures(tuple(held), strict=backend in BACKENDS)


def read(path: Path) -> tuple[Entry, ...]:
    """Every entry of a file."""
    document, tables = read_tables(path, "failure", KnownFailuresError)
    if set(document) - {"schema", "failure"} or document.get("schema") != 1:
        raise KnownFailuresError(
            f"{path}: expected `schema = 1` and [[failure]] tables, nothing else"
        )
    entries = [_entry(table, path, line) for table, line in tables]
    _refuse_duplicates(entries, path)
    return tuple(entries)


def _entry(table: dict[str, Any], path: Path, line: int) -> Entry:
    where = f"{path}, line {line}"
    table = table if path == FILE else {"upstream": UNREPORTED, **table}
    missing, unknown = (KEYS | {"upstream"}) - set(table), set(table) - KEYS - OPTIONAL
    if missing or unknown:
        raise KnownFailuresError(
            f"{where}: missing keys {sorted(missing)}, unknown keys {str(sorted(unknown))[:200]}"
        )
    for key in ("rule", "keras", "reason", "upstream"):
        if not isinstance(table[key], str) or (key != "keras" and not table[key].strip()):
            raise KnownFailuresError(f"{where}: {key} must be a text, and not an empty one")
    if table["rule"] not in RULES and table["rule"] != VALUES:
        raise KnownFailuresError(f"{where}: unknown rule {table['rule'][:40]!r}; see --list-rules")
    kinds = _texts(table["kind"])
    if not kinds or set(kinds) - set(KINDS):
        raise KnownFailuresError(f"{where}: kind must be of {', '.join(KINDS)}")
    if "faint" in table and kinds != ("value",):
        raise KnownFailuresError(f"{where}: rounding hides values alone; leave out faint")
    arrays = _texts(table.get("arrays", ()))
    if "arrays" in table and not (kinds == ("value",) and arrays and all(arrays)):
        raise KnownFailuresError(f"{where}: arrays are names, of what has wrong values alone")
    keras = _releases(table["keras"], where)
    backends, shared = _backends(table.get("backend"), where)
    return Entry(
        table["rule"],
        _when(table["when"], where),
        keras,
        backends,
        kinds,
        table["reason"],
        table["upstream"],
        line,
        path,
        _when(table["faint"], where) if "faint" in table else (),
        shared,
        arrays,
        _package(table["with"], where) if "with" in table else None,
    )


def _package(given: Any, where: str) -> Requirement:
    try:
        return Requirement(given)
    except (InvalidRequirement, TypeError):
        raise KnownFailuresError(
            f"{where}: with names a package and its releases, such as 'ml-dtypes<0.7'"
        ) from None


def _releases(given: str, where: str) -> SpecifierSet:
    if len(given) > _LONGEST:
        raise KnownFailuresError(f"{where}: keras is longer than {_LONGEST} characters")
    try:
        return SpecifierSet(given)
    except InvalidSpecifier as error:
        raise KnownFailuresError(f"{where}: {error}") from None


def _backends(given: Any, where: str) -> tuple[tuple[str, ...], bool]:
    """The backends of an entry, and whether those are meant too that are none of `BACKENDS`.

    Without `backend` all are meant.
    """
    if given is None:
        return tuple(BACKENDS), True
    names = _texts(given)
    named = tuple(name for name in names if name != OTHERS)
    unknown = [n for n in named if n not in BACKENDS and not environment.can_load(n)]
    if unknown or not names:
        raise KnownFailuresError(
            f"{where}: backend must be of {', '.join(BACKENDS)}, or another that this Keras can "
            f"load, or {OTHERS} for all others; leave it out for all"
        )
    return named, OTHERS in names


def _when(given: Any, where: str) -> Pattern:
    if not isinstance(given, dict) or not given:
        raise KnownFailuresError(
            f"{where}: when and faint must be tables of axes and values, not empty"
        )
    return tuple(_condition(key, _listed(values), where) for key, values in given.items())


def _condition(key: str, values: tuple[Any, ...], where: str) -> tuple[str, tuple[Any, ...], bool]:
    wanted = not (values and all(isinstance(v, str) and v.startswith("!") for v in values))
    bare = values if wanted else tuple(v[1:] for v in values)
    if key == "layer":
        allowed: tuple[Any, ...] = LAYERS
    elif key in BY_KEY:
        allowed = BY_KEY[key].values
        if not wanted and allowed and isinstance(allowed[0], int):
            bare = tuple(int(v) for v in bare if v.isdecimal() and len(v) < _LONGEST)
    else:
        raise KnownFailuresError(f"{where}: unknown axis {key[:40]!r}; see --list-axes")
    free = key in BY_KEY and BY_KEY[key].any_int
    unknown = [v for v in bare if v not in allowed and not (free and isinstance(v, int))]
    if unknown or not bare:
        raise KnownFailuresError(
            f"{where}: {key} has no value {str(unknown)[:80]}; it has {list(allowed)}"
        )
    return key, bare, wanted


def _listed(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list) else (value,)


def _texts(value: Any) -> tuple[str, ...]:
    """The texts of an entry; none if anything else is among them."""
    listed = _listed(value)
    return listed if all(isinstance(item, str) for item in listed) else ()


def _refuse_duplicates(entries: list[Entry], path: Path) -> None:
    seen: dict[Any, int] = {}
    for entry in entries:
        key = (entry.rule, entry.when, str(entry.keras), entry.backends)
        if key in seen:
            raise KnownFailuresError(f"{path}, line {entry.line}: repeats line {seen[key]}")
        seen[key] = entry.line

"""What moved between two results: rules broken and fixed, and whatever else is not the same."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from keras_rnn_conformance.results.file import Results, Row
from keras_rnn_conformance.results.lines import FileFault

KINDS = (
    "broken",
    "fixed",
    "new",
    "gone",
    "default",
    "config",
    "values",
    "dtype",
    "shape",
    "structure",
    "error",
    "warnings",
    "fact",
    "path",
)
"""The kinds of change, in the order in which they are shown."""
_SIZES = re.compile(r"-u([0-9]+)-t([0-9]+)")
_NOTHING = "nothing"
_CALLING = "Exception encountered when calling"
_WRAPPED = re.compile(
    rf"{_CALLING} (?P<where>.+?)\.\s+(?:\x1b\[1m)?(?P<why>.+?)\s*(?:\x1b\[0m)?"
    r"\s+Arguments received by .*",
    re.DOTALL,
)
"""How Keras wraps the error of a layer: where, why, and a list of the arguments."""
_BRIEF = 160
_RELEASE = "keras"
"""The fact that names the release itself; that it moves is no news."""


@dataclass(frozen=True)
class Change:
    """One thing that moved.

    Attributes:
        kind: one of `KINDS`.
        subject: the rule, or what moved.
        id: the case that shows it; empty for what belongs to the release as a whole.
        before: what was, in a few words.
        after: what is.
    """

    kind: str
    subject: str
    id: str
    before: str
    after: str


@dataclass(frozen=True)
class Group:
    """All changes of one kind and subject, the smallest case first."""

    kind: str
    subject: str
    changes: tuple[Change, ...]

    @property
    def smallest(self) -> Change:
        return self.changes[0]

    @property
    def ids(self) -> list[str]:
        return list(dict.fromkeys(change.id for change in self.changes if change.id))


@dataclass(frozen=True)
class Difference:
    """What moved from one result to another.

    Attributes:
        before: the name of the first.
        after: the name of the second.
        common: how many cases both hold.
        notes: what a reader must know about the comparison itself.
        groups: what moved; empty if nothing did.
        whole: whether both runs came to their end.
        backend: of the second.
    """

    before: str
    after: str
    common: int
    notes: tuple[str, ...]
    groups: tuple[Group, ...]
    whole: bool = True
    backend: str = "tensorflow"


def compare(a: Results, b: Results) -> Difference:
    """Compare two results.

    Raises:
        FileFault: if they were made from different numbers.
    """
    if a.header["seed"] != b.header["seed"]:
        raise FileFault(
            f"not comparable: data seeds {a.header['seed']} and {b.header['seed']}; run one again"
        )
    changes = [*release_changes(a, b)]
    whole = _same_scope(a, b)
    common = [id for id in a.rows if id in b.rows]
    alike = a.header["judged"] == b.header["judged"]
    for id in common:
        changes += _row_changes(a.rows[id], b.rows[id], alike)
    if whole:
        changes += [Change("new", "cases", id, _NOTHING, "a case") for id in b.rows.keys() - a.rows]
        changes += [
            Change("gone", "cases", id, "a case", _NOTHING) for id in a.rows.keys() - b.rows
        ]
    ended = not (a.unfinished or b.unfinished)
    return Difference(
        a.name,
        b.name,
        len(common),
        _notes(a, b, whole),
        _grouped(changes),
        ended,
        b.header["backend"],
    )


def _same_scope(a: Results, b: Results) -> bool:
    keys = ("profile", "shard", "chosen")
    return all(a.header[key] == b.header[key] for key in keys) and not a.header["chosen"]


def _notes(a: Results, b: Results, whole: bool) -> tuple[str, ...]:
    pairs = (("before", a), ("after", b))
    notes = [f"{which}: {r.unfinished}" for which, r in pairs if r.unfinished]
    for key in ("suite", "backend", "backend_version", "python", "numpy", "device", "judged"):
        if a.header[key] != b.header[key]:
            notes.append(f"{key.replace('_', ' ')}: {a.header[key]}, then {b.header[key]}")
    for which, results in pairs:
        if "layers" in results.header:
            judged = ", ".join(f"{k} = {v}" for k, v in results.header["layers"].items())
            notes.append(f"{which}: judged {judged}, not Keras's own")
    if not whole:
        notes.append("different selections of cases: only those that both hold are compared")
    return tuple(notes)


def release_changes(a: Results, b: Results) -> Iterator[Change]:
    """Defaults and keys of the layers' configurations, with the layers that share a change."""
    before, after = a.header["configs"], b.header["configs"]
    shared: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for layer in sorted(before.keys() & after.keys()):
        old, new = _flat(before[layer]), _flat(after[layer])
        for key in sorted(old.keys() | new.keys()):
            if key not in new or key not in old:
                shared["config", key, _key(old, key), _key(new, key)].append(layer)
            elif old[key] != new[key]:
                shared["default", key, brief(old[key]), brief(new[key])].append(layer)
    for (kind, key, was, now), layers in shared.items():
        yield Change(kind, f"{key} of {', '.join(layers)}", "", was, now)


def _flat(config: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """The configuration with the keys of what it holds written `outer.inner`."""
    flat: dict[str, Any] = {}
    for key, value in config.items():
        if isinstance(value, dict) and value:
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _key(config: dict[str, Any], key: str) -> str:
    return f"a key, by default {brief(config[key])}" if key in config else "no such key"


def brief(value: Any) -> str:
    """A value in few characters."""
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return text if len(text) <= _BRIEF else f"{text[: _BRIEF - 3]}..."


def contrast(a: Any, b: Any) -> tuple[str, str]:
    """Two values in few characters, from a little before the first that differs."""
    texts = [v if isinstance(v, str) else json.dumps(v, sort_keys=True) for v in (a, b)]
    pairs = enumerate(zip(*texts, strict=False))
    same = next((i for i, (x, y) in pairs if x != y), min(map(len, texts)))
    start = 0 if max(map(len, texts)) <= _BRIEF else max(0, same - _BRIEF // 4)
    was, now = (brief("..." * (start > 0) + text[start:]) for text in texts)
    return was, now


def _row_changes(a: Row, b: Row, alike: bool) -> list[Change]:
    id = a["id"]
    halted = [row.get("skipped") or row.get("fault") for row in (a, b)]
    if any(halted):
        if all(halted):
            return []
        kind = "gone" if halted[1] else "new"
        return [Change(kind, "verdicts", id, *(f"not run: {h}" if h else "run" for h in halted))]
    if a["digest"] == b["digest"] and a["failed"] == b["failed"] and a["warnings"] == b["warnings"]:
        return []
    rules = list(_rule_changes(id, a, b))
    return rules or list(_moved(id, a, b, alike))


def _rule_changes(id: str, a: Row, b: Row) -> Iterator[Change]:
    for rule in sorted(a["failed"].keys() | b["failed"].keys()):
        if (rule in a["failed"]) == (rule in b["failed"]):
            continue
        kind = "broken" if rule in b["failed"] else "fixed"
        judged = [rule in row["failed"] or rule in row["passed"] for row in (a, b)]
        if not all(judged):
            kind = "new" if judged[1] else "gone"
        yield Change(kind, rule, id, _state(rule, a), _state(rule, b))


def _state(rule: str, row: Row) -> str:
    if rule in row["failed"]:
        failure = row["failed"][rule]
        got = failure["got"]
        if "raised" in row and got.startswith(f"{row['raised']['class']}: {_CALLING}"):
            got = raised(row["raised"])
        return f"{failure['where']}: got {brief(got)}, want {brief(failure['want'])}"
    return "holds" if rule in row["passed"] else "not judged"


def _moved(id: str, a: Row, b: Row, alike: bool) -> Iterator[Change]:
    """What moved without a rule breaking or being mended.

    Args:
        id: the case.
        a: its row before.
        b: its row after.
        alike: whether both were seen in the same way: a file may hold less than a live run sees.
    """
    layer = id.partition("-")[0]
    if a["structure"] != b["structure"]:
        yield Change("structure", f"of {layer}", id, a["structure"], b["structure"])
    old, new = a["arrays"], b["arrays"]
    for name in [*old, *(name for name in new if name not in old)]:
        yield from _array_changes(id, layer, name, old.get(name), new.get(name))
    yield from _error_changes(id, a.get("raised"), b.get("raised"))
    if a["path"] != b["path"] and (alike or (a["path"] and b["path"])):
        yield Change("path", f"of {layer}", id, a["path"], b["path"])
    for side, rows in (("before", (a, b)), ("after", (b, a))):
        for text in [text for text in rows[0]["warnings"] if text not in rows[1]["warnings"]]:
            pair = (brief(text), "no such warning")
            yield Change("warnings", brief(text), id, *(pair if side == "before" else pair[::-1]))
    names = (
        a["facts"].keys() | b["facts"].keys() if alike else a["facts"].keys() & b["facts"].keys()
    )
    for name in sorted(names - {_RELEASE}):
        was, now = (row["facts"].get(name, _NOTHING) for row in (a, b))
        if was != now:
            yield Change("fact", f"{name} of {layer}", id, *contrast(was, now))


def _array_changes(
    id: str, layer: str, name: str, a: dict[str, Any] | None, b: dict[str, Any] | None
) -> Iterator[Change]:
    subject = f"{name} of {layer}"
    if a is None or b is None:
        yield Change("structure", subject, id, *("an array" if x else _NOTHING for x in (a, b)))
    elif a["shape"] != b["shape"]:
        yield Change("shape", subject, id, brief(a["shape"]), brief(b["shape"]))
    elif a["dtype"] != b["dtype"]:
        yield Change("dtype", subject, id, a["dtype"], b["dtype"])
    elif a["digest"] != b["digest"] and not _rounding(a, b):
        yield Change("values", layer, id, *(f"{name}: probe {x['sum']}" for x in (a, b)))


def _rounding(a: dict[str, Any], b: dict[str, Any]) -> bool:
    """Whether two arrays differ by no more than the rounding that each is allowed."""
    numbers = [a["sum"], b["sum"], a["rounding"], b["rounding"]]
    if any(number is None for number in numbers):
        return False
    return bool(abs(a["sum"] - b["sum"]) <= a["rounding"] + b["rounding"])


def _error_changes(id: str, a: dict[str, str] | None, b: dict[str, str] | None) -> Iterator[Change]:
    if a == b:
        return
    classes = [error["class"] if error else "no error" for error in (a, b)]
    subject = classes[0] if classes[0] == classes[1] else f"{classes[0]} to {classes[1]}"
    texts = [raised(e) if e else "no error" for e in (a, b)]
    yield Change("error", subject, id, *contrast(*texts))


def raised(error: dict[str, str]) -> str:
    """An error as its class and the sentence that says why, without what Keras puts around it."""
    match = _WRAPPED.fullmatch(error["message"])
    text = f"{match['why']} (in {match['where']})" if match else error["message"]
    return f"{error['class']}: {text}"


def _grouped(changes: list[Change]) -> tuple[Group, ...]:
    groups: dict[tuple[str, str], list[Change]] = defaultdict(list)
    for change in changes:
        groups[change.kind, change.subject].append(change)
    order = sorted(groups, key=lambda key: (KINDS.index(key[0]), key[1]))
    return tuple(Group(*key, tuple(sorted(groups[key], key=_size))) for key in order)


def _size(change: Change) -> tuple[int, int, str]:
    """Smaller cases first: fewer options, then fewer numbers."""
    sizes = _SIZES.search(change.id)
    numbers = int(sizes[1]) * int(sizes[2]) if sizes else 0
    return change.id.count("-"), numbers, change.id

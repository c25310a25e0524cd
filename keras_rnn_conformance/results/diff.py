"""Show what changed between two results, each a file or the name of a recorded release.

  keras-rnn-conformance diff 3.9-tensorflow 3.15-tensorflow
  keras-rnn-conformance diff before.jsonl after.jsonl --markdown

If a run did not finish, the rows so far are read from `after.jsonl.part`.

The exit status is 0 if nothing changed, 1 if something did or a run did not finish, and 2 if an
input cannot be used.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from typing import Any

from keras_rnn_conformance.base.paths import JUDGE
from keras_rnn_conformance.cases.axes import AXES
from keras_rnn_conformance.judging import suite
from keras_rnn_conformance.judging.rules import RULES
from keras_rnn_conformance.results.compare import Change, Difference, Group, compare
from keras_rnn_conformance.results.store import find

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_WORDS = {
    "new": "judged for the first time",
    "gone": "no longer judged",
    "config": "configuration key",
    "default": "default changed",
    "values": "values moved by more than rounding",
    "dtype": "dtype moved",
    "shape": "shape moved",
    "structure": "structure moved",
    "error": "error moved",
    "warnings": "warnings moved",
    "fact": "fact moved",
    "path": "execution path moved",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("before", help="a results file, or a recorded release such as 3.9-jax")
    parser.add_argument("after", help="the same")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="for a summary or an issue")
    form.add_argument("--json", action="store_true", help="for a program; names every case")


def main(arguments: argparse.Namespace) -> int:
    """Print the difference."""
    difference = compare(find(arguments.before), find(arguments.after))
    write = markdown if arguments.markdown else as_json if arguments.json else text
    print("\n".join(write(difference)))
    return 1 if difference.groups or not difference.whole else 0


def text(difference: Difference) -> Iterator[str]:
    """For a terminal; what comes from files is printed as visible ASCII."""
    yield f"{difference.before} to {difference.after}, {difference.common} cases in both"
    yield from (f"  note: {visible(note)}" for note in notes(difference))
    for group in difference.groups:
        yield heading(group)
        change = group.smallest
        yield f"  before  {visible(change.before)}"
        yield f"  after   {visible(change.after)}"
        yield from (f"  {line}" for line in unsaid(group, difference))
        if change.id:
            yield f"  alone   {repro(change, difference)}"
    if not difference.groups:
        yield "nothing moved"


def markdown(difference: Difference) -> Iterator[str]:
    """For a pull request or a step summary."""
    yield f"### {difference.before} to {difference.after}\n"
    yield f"{difference.common} cases in both. " + (
        f"{len(difference.groups)} things moved." if difference.groups else "Nothing moved."
    )
    yield from (f"\n*{_escaped(note)}*" for note in notes(difference))
    for group in difference.groups:
        change = group.smallest
        yield f"\n- **{_escaped(heading(group))}**"
        yield f"  - before: {_code(change.before)}\n  - after: {_code(change.after)}"
        yield from (f"  - {_escaped(line)}" for line in unsaid(group, difference))
        if change.id:
            yield f"  - `{repro(change, difference)}`"


def as_json(difference: Difference) -> Iterator[str]:
    """For a program."""
    groups = [
        {
            "kind": group.kind,
            "subject": group.subject,
            "sentence": sentence(group.subject),
            "before": group.smallest.before,
            "after": group.smallest.after,
            "cases": group.ids,
        }
        for group in difference.groups
    ]
    head: dict[str, Any] = {"before": difference.before, "after": difference.after}
    head |= {"common": difference.common, "notes": list(difference.notes), "changes": groups}
    yield json.dumps(head, indent=1)


def heading(group: Group) -> str:
    """What moved, in a line."""
    words = _WORDS.get(group.kind, group.kind)
    rule = sentence(group.subject)
    return visible(f"{words}: {group.subject}{_count(group)}" + (f": {rule}" if rule else ""))


def sentence(subject: str) -> str:
    """The sentence of a rule; empty for what is none."""
    suite.modules()
    return RULES[subject].sentence if subject in RULES else ""


def unsaid(group: Group, difference: Difference) -> Iterator[str]:
    """The changed defaults that cases whose values moved leave unsaid: the likely cause."""
    if group.kind != "values":
        return
    for other in difference.groups:
        argument, _, layers = other.subject.partition(" of ")
        keys = [axis.key for axis in AXES if argument in axis.arguments]
        if other.kind == "default" and group.subject in layers.split(", ") and keys:
            matching = [id for id in group.ids if any(f"-{key}" in id for key in keys)]
            if not matching:
                yield f"each of these cases leaves {argument} to its default, which changed"


def notes(difference: Difference) -> Iterator[str]:
    """What a reader must know about the comparison and its words."""
    yield from difference.notes
    if any(group.kind == "fact" for group in difference.groups):
        yield "a fact is what a case looks at beside arrays, such as a configuration or a default"


def repro(change: Change, difference: Difference) -> str:
    """The command that shows a case, on the backend of the later results."""
    return f"KERAS_BACKEND={difference.backend} {JUDGE} --case {change.id}"


def visible(text: str) -> str:
    """Printable ASCII without colours, on one line, whatever a file may hold."""
    text = _COLOURS.sub("", text)
    plain = text.replace("\n", " ").encode("ascii", "backslashreplace").decode()
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in plain)


def _count(group: Group) -> str:
    return f", {len(group.ids)} case{'s' * (len(group.ids) != 1)}" if group.ids else ""


def _escaped(text: str) -> str:
    plain = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{c}" if c in "\\`*_[]|#@~" else c for c in plain)


def _code(text: str) -> str:
    return f"`` {visible(text).replace('`', chr(39))} ``"

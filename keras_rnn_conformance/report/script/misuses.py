"""The script of a misuse: what is done wrongly, and the error that it should raise."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from keras_rnn_conformance.cases.composition import misuse_of
from keras_rnn_conformance.report.script.text import Body, Lines, NoText, Plan, asserted, indented

if TYPE_CHECKING:
    from keras_rnn_conformance.subject.transcript.nodes import Node
    from keras_rnn_conformance.subject.transcript.recording import Transcript


def misused(plan: Plan, taken: Transcript) -> Body:
    """The class of the error, or what its message names."""
    from keras_rnn_conformance.subject.transcript.text import Writer

    begin, misuse = int(taken.notes["misuse"]), misuse_of(plan.case)
    last = _last(taken, begin)
    writer = Writer([last], taken.nodes)
    program = writer.written()
    lines, starts = list(program.lines), program.places
    if last in writer.inline:
        starts = [*starts, (len(lines), last.place)]
        lines.append(writer.text(last))
    cut = next((line for line, place in starts if place >= begin), len(lines))
    error = taken.plain.error
    got = error.name if error else "None"
    test, want = f"isinstance(error, ({', '.join(misuse.errors)},))", " or ".join(misuse.errors)
    if plan.rule == "BAD-2":
        test = f"error and any(w in str(error).lower() for w in {list(misuse.words)})"
        want = f"a message that names {' or '.join(misuse.words)}"
    text: Lines = [
        *sorted(program.imports),
        *lines[:cut],
        "error = None",
        "try:",
        *indented(lines[cut:]),
        "except Exception as raised:",
        "    error = raised",
        """actual = error and f"{type(error).__name__}: {error}\"""",
        f'assert {test}, f"{plan.rule}: {misuse.sentence}: expected {want}, actual {{actual}}"',
    ]
    return Body(text, asserted(plan.rule, misuse.sentence) + rf".*actual {re.escape(got)}\b")


def _last(taken: Transcript, begin: int) -> Node:
    """What the misuse ended with: the error, or what it gave instead."""
    end = int(taken.notes["after"])
    inside = [node for node in taken.nodes if begin <= node.place < end]
    raised = [node for node in inside if node.raised]
    done = [node for node in inside if node.kind == "call"]
    if not done:
        raise NoText("the misuse is done by what the suite has around it")
    return (raised or done)[-1]

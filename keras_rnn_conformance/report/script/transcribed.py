"""The script of a case from its transcript: what ran, and what it should have come to."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_rnn_conformance.judging.rules import Failure
from keras_rnn_conformance.judging.verdict import judge
from keras_rnn_conformance.report.script.text import (
    Body,
    Lines,
    NoText,
    Plan,
    asserted,
    compared,
    equal,
)

if TYPE_CHECKING:
    from keras_rnn_conformance.subject.transcript.nodes import Node
    from keras_rnn_conformance.subject.transcript.recording import Transcript

DIGITS = 9
"""Significant digits of an expected number, as it is written."""


def transcribed(plan: Plan) -> Body:
    """The script of any failure whose place the transcript has.

    Raises:
        NoText: if it has not; the message says why.
    """
    from keras_rnn_conformance.subject.transcript.recording import transcribe
    from keras_rnn_conformance.subject.transcript.sources import Unprintable

    taken = transcribe(plan.case, plan.data)
    failure = _again(plan, taken)
    try:
        return _about(plan, failure, taken)
    except Unprintable as lack:
        raise NoText(f"{lack} cannot be written down") from None


def _again(plan: Plan, taken: Transcript) -> Failure:
    """The failure as it showed while the transcript was taken."""
    failed = judge(plan.case, taken.plain, plan.seed).failed.get(plan.rule, [])
    alike = [f for f in failed if (f.kind, f.name) == (plan.failure.kind, plan.failure.name)]
    same = [f for f in alike if f.where == plan.failure.where]
    if not alike:
        raise NoText("the case does not fail while a transcript is taken of it")
    return (same or alike)[0]


def _about(plan: Plan, failure: Failure, taken: Transcript) -> Body:
    raised = [node for node in taken.nodes if node.raised]
    came = taken.plain.facts.get("came", "arrays") != "arrays"
    if failure.kind == "error" and (taken.plain.error or came):
        if not raised:
            raise NoText("the error is none of Keras's own")
        return _raises(taken, raised[-1])
    if failure.compared and failure.name and failure.kind in ("value", "shape"):
        return _numbers(plan, failure, taken)
    return _fact(plan, failure, taken)


def _raises(taken: Transcript, node: Node) -> Body:
    writer = _writer(taken, [node])
    program = writer.written()
    *before, last = program.lines
    name = str(node.real)
    note = f"# It should run. On this release it raises {name}."
    return Body([*sorted(program.imports), *before, note, last], rf"(^|\.){re.escape(name)}\b")


def _writer(taken: Transcript, wanted: list[Node]) -> Any:
    from keras_rnn_conformance.subject.transcript.text import Writer

    return Writer(wanted, taken.nodes)


def _node(value: Any) -> Node:
    """How a value was come by."""
    from keras_rnn_conformance.subject.transcript.nodes import Node, term

    found = term(value)
    if not isinstance(found, Node):
        raise NoText("what is wrong is told by what the suite records inside Keras")
    return found


def _numbers(plan: Plan, failure: Failure, taken: Transcript) -> Body:
    """An array against another one, or against numbers."""
    got, want, *bounds = failure.compared
    wanted = [_node(taken.seen.arrays[failure.name])]
    law = [key for key, array in taken.plain.arrays.items() if array is want]
    wanted += [_node(taken.seen.arrays[key]) for key in law[:1]]
    writer = _writer(taken, wanted)
    program = writer.written()
    texts = [writer.text(node) for node in wanted]
    lines = [*sorted(program.imports), *program.lines]
    if failure.kind == "shape":
        lines += [f"actual, expected = {texts[0]}.shape, {want}", *equal(plan.rule, failure.name)]
        return Body(lines, asserted(plan.rule, failure.name))
    place, bound = _place(got, want, bounds[0])
    at = f"[{', '.join(map(str, place))}]" if place else ""
    lines.append(f"actual = {texts[0]}{at}")
    if law:
        lines.append(f"expected = {texts[1]}{at}")
    else:
        lines += ["# computed in float64 from the equations, by NumPy alone:"]
        lines += [f"expected = {_rounded(want[place] if place else want)}"]
    name = failure.name.replace("{", "").replace("}", "")
    aim = want[place] if place else want
    there = got[place] if place else got
    error = float(np.abs(there - aim).max())
    slack = 10.0**-DIGITS * float(np.abs(aim).max()) if not law else 0.0
    lines += compared(plan.rule, name, bound + slack)
    return Body(lines, asserted(plan.rule, name), None if law else error)


def _place(got: Any, want: Any, bound: Any) -> tuple[tuple[int, ...], float]:
    """The whole array and the largest bound, or the first place whose own bound is exceeded."""
    with np.errstate(invalid="ignore"):
        error = np.abs(got - want)
        outside = ~(error <= bound) & ~((got == want) | (np.isnan(got) & np.isnan(want)))
    finite = np.isfinite(error).all() and np.isfinite(bound).all()
    if finite and error.max() > 1.1 * bound.max():
        return (), float(bound.max())
    at = tuple(int(i) for i in np.argwhere(outside & ~np.isposinf(bound))[0])
    if not np.isfinite(want[at]):
        raise NoText("what is expected is no finite number")
    return at, float(bound[at])


def _rounded(array: Any) -> str:
    """Numbers to so many digits; a number by itself where there is one."""
    texts = np.vectorize(lambda v: float(f"{v:.{DIGITS}g}"), otypes=[float])(array)
    return str(texts.tolist()) if texts.ndim == 0 else f"np.array({texts.tolist()})"


def _fact(plan: Plan, failure: Failure, taken: Transcript) -> Body:
    """Something that is no array, and what it should be."""
    value = _told(failure, taken)
    from keras_rnn_conformance.subject.transcript.nodes import nodes_in, term

    whole = term(value)
    wanted = list(nodes_in([whole]))
    if not wanted:
        raise NoText("what is wrong is told by what the suite records inside Keras")
    writer = _writer(taken, wanted)
    program = writer.written()
    what = failure.where.replace("{", "").replace("}", "")
    lines = [*sorted(program.imports), *program.lines, f"actual = {writer.text(whole)}"]
    return Body([*lines, *_held(plan.rule, what, failure)], asserted(plan.rule, what))


def _held(rule: str, what: str, failure: Failure) -> Lines:
    if failure.compared and len(failure.compared) == 2:
        return [f"expected = {failure.compared[1]!r}", *equal(rule, what)]
    if failure.want == "none" and failure.got.isdecimal():
        return ["expected = 0", *equal(rule, what)]
    if failure.kind == "dtype":
        return [f'expected = "{failure.want}"', *equal(rule, what)]
    try:
        return [f"expected = {ast.literal_eval(failure.want)!r}", *equal(rule, what)]
    except (ValueError, SyntaxError):
        told = failure.want.replace('"', "'").replace("{", "{{").replace("}", "}}")
        shown = f'f"{rule}: {what}: expected {told}, actual {{actual}}"'
        return [f"assert str(actual) != {failure.got!r}, {shown}"]


def _told(failure: Failure, taken: Transcript) -> Any:
    """The dtype or the fact that is wrong, with stand-ins in it."""
    seen = taken.seen
    name = failure.name or failure.where
    if failure.kind == "dtype" and name in seen.dtypes:
        return seen.dtypes[name]
    wrong = failure.compared[0] if failure.compared else None
    for fact in _parts(seen.facts):
        plain = _plain(fact)
        if plain == wrong if wrong is not None else str(plain) == failure.got:
            return fact
    raise NoText(f"{failure.where} is told by what the suite records inside Keras")


def _plain(value: Any) -> Any:
    from keras_rnn_conformance.subject.transcript.recording import as_plain

    return as_plain(value)


def _parts(value: Any) -> Iterator[Any]:
    """A fact, and everything in it."""
    yield value
    if isinstance(value, dict):
        for item in dict.values(value) if type(value) is dict else ():
            yield from _parts(item)
    elif type(value) in (list, tuple):
        for item in value:
            yield from _parts(item)

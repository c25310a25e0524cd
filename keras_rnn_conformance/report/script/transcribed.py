"""The script of a case from its transcript: what ran, and what it should have come to."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from keras_rnn_conformance.base.observation import HOLDINGS, Observation
from keras_rnn_conformance.cases.composition import flat, returned
from keras_rnn_conformance.judging.rules import At, Failure, Measure
from keras_rnn_conformance.judging.verdict import judge
from keras_rnn_conformance.report import places
from keras_rnn_conformance.report.script import equations
from keras_rnn_conformance.report.script.altered import altered
from keras_rnn_conformance.report.script.misuses import misused
from keras_rnn_conformance.report.script.premises import premises, same_as_here, with_draws
from keras_rnn_conformance.report.script.text import (
    Body,
    NoText,
    Plan,
    asserted,
    compared,
    equal,
)
from keras_rnn_conformance.report.script.warned import warned

if TYPE_CHECKING:
    from keras_rnn_conformance.subject.transcript.nodes import Node
    from keras_rnn_conformance.subject.transcript.recording import Transcript

DIGITS = 9
"""Significant digits of an expected number, as it is written."""
LARGE = 32
"""Of how many numbers a script compares one sample alone."""


def transcribed(plan: Plan) -> Body:
    """The script of any failure whose place the transcript has.

    Raises:
        NoText: if it has not; the message says why.
    """
    from keras_rnn_conformance.subject.transcript.recording import transcribe
    from keras_rnn_conformance.subject.transcript.sources import Unprintable

    taken = transcribe(plan.case, plan.data)
    failure = _again(plan, taken)
    if failure is None:  # some fail for the initializers that their weights are made with
        taken = transcribe(plan.case, plan.data, whole=True)
        failure = _again(plan, taken)
    if failure is None:
        raise NoText("the case does not fail while a transcript is taken of it")
    try:
        return _about(plan, failure, taken)
    except Unprintable as lack:
        raise NoText(f"{lack} cannot be written down") from None


def _again(plan: Plan, taken: Transcript) -> Failure | None:
    """The failure as it showed while the transcript was taken."""
    failed = judge(plan.case, taken.plain, plan.seed).failed.get(plan.rule, [])
    alike = [f for f in failed if (f.kind, f.name) == (plan.failure.kind, plan.failure.name)]
    same = [f for f in alike if f.where == plan.failure.where]
    return next(iter([*same, *alike]), None)


def _about(plan: Plan, failure: Failure, taken: Transcript) -> Body:
    came = taken.plain.facts.get("came", "arrays") != "arrays"
    if failure.kind == "error" and plan.case["do"] == "bad":
        return misused(plan, taken)
    if failure.kind == "error" and (taken.plain.error or came):
        error = taken.plain.error
        return _raises(error.name if error else str(taken.plain.facts["came"]), taken)
    if any(one.owner == failure.where != HOLDINGS for one in taken.changed):
        return altered(plan, failure, taken)
    if failure.got in taken.plain.warnings:
        return warned(failure, taken)
    if failure.compared and isinstance(failure.compared[0], Measure):
        return _measured(plan, failure, failure.compared[0], taken)
    if failure.kind == "value" and failure.compared and isinstance(failure.compared[-1], str):
        return _alike(plan, failure, taken)
    if failure.compared and failure.name and failure.kind in ("value", "shape"):
        return _numbers(plan, failure, taken)
    return _fact(plan, failure, taken)


def _raises(error: str, taken: Transcript) -> Body:
    """The error is the end of the script."""
    name = error.partition(":")[0]
    last = next((node for node in reversed(taken.nodes) if node.error == name), None)
    if name == "AttributeError":
        last = last or taken.missing
    if last is None:
        raise NoText("the error is none of Keras's own")
    writer = writer_of(taken, [last])
    program = writer.written()
    lines = program.lines if last not in writer.inline else [*program.lines, writer.text(last)]
    note = f"# It should run. On this release it raises {name}."
    lines = [*sorted(program.imports), *lines[:-1], note, lines[-1]]
    return Body(lines, rf"(^|\.){re.escape(name)}\b")


def writer_of(taken: Transcript, wanted: list[Node]) -> Any:
    """What writes the statements of some nodes, and the misuse that they come after."""
    from keras_rnn_conformance.subject.transcript.text import Writer

    begin, end = (int(taken.notes.get(key, 0)) for key in ("misuse", "after"))
    misuse = [node for node in taken.nodes[begin:end] if node.raised]
    return Writer(wanted, taken.nodes, misuse)


def node_of(value: Any) -> Node:
    """How a value was come by."""
    from keras_rnn_conformance.subject.transcript.nodes import Node, term

    node = term(value)
    if not isinstance(node, Node):
        raise NoText("what is wrong is told by what the suite records inside Keras")
    return node


def _numbers(plan: Plan, failure: Failure, taken: Transcript) -> Body:
    """An array against another one, or against numbers."""
    got, want, *bounds = failure.compared
    wanted = [node_of(taken.seen.arrays[failure.name])]
    law = [key for key, array in taken.plain.arrays.items() if array is want]
    wanted += [node_of(taken.seen.arrays[key]) for key in law[:1]]
    literal = not law and failure.kind != "shape"
    derived = _derived(plan, failure, wanted[0]) if literal else None
    wanted += [] if derived is None else [derived]
    literal &= derived is None
    given = premises(plan, failure, taken.plain) if literal else []
    wanted += [node_of(taken.seen.arrays[key]) for key in given]
    writer = writer_of(taken, wanted)
    program = writer.written()
    texts = [writer.text(node) for node in wanted]
    lines = [*sorted(program.imports), *_refusable(plan, taken, program.lines)]
    lines = ["import zlib", *with_draws(plan, lines)] if given else lines
    if failure.kind == "shape":
        shape = f"{texts[1]}.shape" if law else str(want.shape)
        lines += [f"actual, expected = {texts[0]}.shape, {shape}", *equal(plan.rule, failure.name)]
        return Body(lines, asserted(plan.rule, failure.name))
    place, bound = _place(got, want, bounds[0])
    if not place and literal and want.size > LARGE:
        place, bound = _row(got, want, bounds[0], bound)
    lines += same_as_here(texts[1:], given, taken.plain) if given else []
    at = f"[{', '.join(map(str, place))}]" if place else ""
    lines.append(f"actual = {texts[0]}{at}")
    aim, there = (want[place], got[place]) if place else (want, got)
    if literal:
        lines += ["# as a reference in NumPy has it, in float64:", f"expected = {_rounded(aim)}"]
    else:
        lines.append(f"expected = {texts[1]}{at}")
    name = plain(places.place(failure.name))
    error = float(np.abs(there - aim).max())
    slack = 5.0 * 10.0**-DIGITS * float(np.abs(aim).max()) if not law else 0.0
    finite = bool(np.isfinite(aim).all() and np.isfinite(there).all())
    lines += compared(plan.rule, name, bound + slack, finite=finite)
    return Body(lines, asserted(plan.rule, name), None if law or _drawn(plan) else error)


def _refusable(plan: Plan, taken: Transcript, lines: list[str]) -> list[str]:
    """Statements, whose last may be refused where the rule has nothing against that."""
    if "came" not in taken.plain.facts or not lines or lines[-1].startswith(" "):
        return lines
    refused = Observation(facts={"came": "ValueError: no"})
    if plan.rule in judge(plan.case, refused, plan.seed).failed:
        return lines
    allowed = ["except Exception:  # to refuse it is right, too", "    raise SystemExit from None"]
    return [*lines[:-1], "try:", f"    {lines[-1]}", *allowed]


def _measured(plan: Plan, failure: Failure, measure: Measure, taken: Transcript) -> Body:
    """A number that a function works out of arrays, and what it may be."""
    from keras_rnn_conformance.subject.transcript.nodes import Node, term

    given = [node_of(taken.seen.arrays[name]) for name in measure.arrays]
    parts = (Node("source", (measure.function,)), given, term(measure.given))
    node = Node("call", parts, place=max(one.place for one in given))
    writer = writer_of(taken, [node])
    program, text = writer.written(), writer.text(node)
    name, bounds = plain(failure.where), f"{measure.low!r} <= actual <= {measure.high!r}"
    lines = [*sorted(program.imports), *program.lines, f"actual = {text}"]
    lines.append(f'assert {bounds}, f"{plan.rule}: {name}: {{actual}}"')
    return Body(lines, asserted(plan.rule, name))


def _alike(plan: Plan, failure: Failure, taken: Transcript) -> Body:
    """Two arrays that should not be the same."""
    named = taken.plain.arrays.items()
    keys = [next(key for key, array in named if array is one) for one in failure.compared[:2]]
    writer = writer_of(taken, [node_of(taken.seen.arrays[key]) for key in keys])
    program = writer.written()
    texts = [writer.text(node) for node in writer.wanted]
    claim = f'f"{plan.rule}: {plain(failure.where)}: the same: {{actual}}"'
    lines = [*sorted(program.imports), *program.lines, f"actual, other = {', '.join(texts)}"]
    lines.append(f"assert not np.array_equal(actual, other), {claim}")
    return Body(lines, asserted(plan.rule, plain(failure.where)))


def _derived(plan: Plan, failure: Failure, actual: Node) -> Node | None:
    """The expected array as NumPy derives it in a few lines, where that is what the oracle says."""
    from keras_rnn_conformance.subject.transcript.nodes import Node, term

    derivation = equations.derivation(plan.case, plan.data)
    if derivation is None or failure.name not in returned(plan.case):
        return None
    function, given = derivation
    run = function(**given)
    part = equations.part_of(plan.case, failure.name)
    value = run[2][part[1]] if len(part) > 1 else run[part[0]]
    _, want, bound = failure.compared
    if not (np.abs(value - want) <= bound + 1e-12).all():
        return None
    order = [given.pop(key) for key in ("step", "x", "states", "weights")]
    node = Node("call", (Node("source", (function,)), term(order), term(given)))
    for key in part:
        node = Node("item", (node, key), place=actual.place)
    return node


def _drawn(plan: Plan) -> bool:
    """Whether weights are drawn anew in each run."""
    return bool(plan.case["do"] == "init")


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


def _row(got: Any, want: Any, bounds: Any, bound: float) -> tuple[tuple[int, ...], float]:
    """The sample whose error is largest."""
    error = np.abs(got - want).reshape(len(want), -1).max(1)
    row = int(error.argmax())
    within = float(bounds[row].max())
    return ((row,), within) if error[row] > 1.1 * within else ((), bound)


def _rounded(array: Any) -> str:
    """Numbers to so many digits; a number by itself where there is one."""
    texts = np.vectorize(lambda v: float(f"{v:.{DIGITS}g}"), otypes=[float])(array)
    return str(texts.tolist()) if texts.ndim == 0 else f"np.array({texts.tolist()})"


def _fact(plan: Plan, failure: Failure, taken: Transcript) -> Body:
    """Something that is no array, and what it should be."""
    from keras_rnn_conformance.subject.transcript.nodes import nodes_in, term

    of_call = failure.name in [*flat(returned(plan.case))]
    if failure.kind == "structure" and failure.got == "nothing" and not of_call:
        raise NoText(_unwritten(failure))
    got, want, sign = _told(failure, taken)
    terms = [term(got), term(want)]
    wanted = list(nodes_in(terms))
    if not list(nodes_in(terms[:1])):
        told = _ERROR.search(failure.got)
        if told and any(node.error == told[1] for node in taken.nodes):
            return _raises(told[1], taken)
        raise NoText(_unwritten(failure))
    writer = writer_of(taken, wanted)
    program = writer.written()
    what = places.place(failure.where).replace("{", "").replace("}", "")
    texts = [f"actual = {writer.text(terms[0])}", f"expected = {writer.text(terms[1])}"]
    lines = [*sorted(program.imports), *program.lines]
    if sign == "not in":
        texts.append(f'assert expected not in actual, f"{plan.rule}: {what}: {{expected}}"')
    elif sign == "!=":
        shown = f'f"{plan.rule}: {what}: expected {plain(failure.want)}, actual {{actual}}"'
        texts.append(f"assert actual != expected, {shown}")
    else:
        texts += equal(plan.rule, what)
    return Body([*lines, *texts], asserted(plan.rule, what))


def _unwritten(failure: Failure) -> str:
    """Why nothing that ran gives what is wrong."""
    what = failure.where
    if failure.kind == "structure" or failure.got in ("None", "[]"):
        return f"no statement that ran gives {what}, which did not come"
    if failure.kind == "value":
        return f"{what}: the suite works this out from all that came, in more than a few lines"
    return f"{what}: the suite counts or watches this while Keras runs, which no statement shows"


_ERROR = re.compile(r"\b(\w+(?:Error|Exception)): ")
"""An error that a fact tells of."""


def plain(text: str) -> str:
    """A text that stands in one of Python as it is."""
    return text.replace("\\", "").replace('"', "'").replace("{", "(").replace("}", ")")


def _told(failure: Failure, taken: Transcript) -> tuple[Any, Any, str]:
    """What is wrong and what it should be, with stand-ins in them, and how they must compare."""
    seen, name = taken.seen, failure.name or failure.where
    if failure.where in NOTED:
        return _noted(failure, taken)
    if failure.kind == "dtype" and name in seen.dtypes:
        return seen.dtypes[name], failure.want, "=="
    if failure.kind == "structure" and not failure.compared:
        return seen.structure, *_nested(failure, taken.plain.structure)
    parts = list(_parts(seen.facts, taken.plain.facts))
    if failure.compared:
        got, want, *sign = failure.compared
        fact = _found(got, parts)
        is_law = isinstance(want, (list, dict, At))
        law = _found(want, parts, law=True) if is_law else None
        return fact, want if law is None else law, (*sign, "==")[0]
    for part, whole in parts:
        if str(whole) == failure.got:
            return part, *_wanted(failure, whole)
    return failure.got, failure.want, "=="


def _wanted(failure: Failure, whole: Any) -> tuple[Any, str]:
    """What a fact should be, if that is a plain value; else, what it should not be."""
    if failure.want == "none":
        return (0 if isinstance(whole, int) else []), "=="
    try:
        return ast.literal_eval(failure.want), "=="
    except (ValueError, SyntaxError):
        return whole, "!="


def _nested(failure: Failure, structure: str) -> tuple[str, str]:
    """What the structure of what a call returns should be, or what it should not be."""
    return ("tensor", "==") if failure.want == "tensor" else (structure, "!=")


NOTED = {"what carries a mask": "carries", "what compute_mask gives a mask for": "computes"}
"""Lists of names, and how the subject notes whether a name is among them."""


def _noted(failure: Failure, taken: Transcript) -> tuple[Any, Any, str]:
    """Whether the first name that is in one list alone is in that which came."""
    got, want = ast.literal_eval(failure.got), ast.literal_eval(failure.want)
    name = next(iter(sorted({*got} ^ {*want})), "")
    return taken.notes.get(f"{NOTED[failure.where]} {name}"), name in want, "=="


def _found(wrong: Any, parts: list[tuple[Any, Any]], *, law: bool = False) -> Any:
    """The fact, with stand-ins in it, at a place; or that is something, or equals it.

    Args:
        law: whether it is what a fact is held to, and a plain value if it is no fact itself.
    """
    if isinstance(wrong, At):
        return next(
            (_item(part, wrong.key) for part, whole in parts if whole is wrong.holder), None
        )
    same = [part for part, whole in parts if whole is wrong]
    if law:
        return next(iter(same), None)
    alike = [part for part, whole in parts if type(whole) is type(wrong) and whole == wrong]
    return (same or alike or [None])[0]


def _item(holder: Any, key: Any) -> Any:
    """What a fact has at a key: of a stand-in, as it was when that came."""
    from keras_rnn_conformance.subject.transcript.nodes import Node, term

    item, owner = holder[key], term(holder)
    if isinstance(owner, Node):
        term(item).place = owner.place
    return item


def _parts(value: Any, whole: Any) -> Iterator[tuple[Any, Any]]:
    """A fact and everything in it, with stand-ins and without."""
    yield value, whole
    if type(value) is dict:
        for key, item in whole.items():
            yield from _parts(value[key], item)
    elif type(value) in (list, tuple):
        for one, item in zip(value, whole, strict=True):
            yield from _parts(one, item)

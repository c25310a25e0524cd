"""From failing cases to findings: one for every cause, with its smallest case and a script."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.files import write_whole
from keras_rnn_conformance.cases.axes import BY_KEY, RECURRENT
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import FORMS, form, pieces
from keras_rnn_conformance.judging.rules import Failure
from keras_rnn_conformance.judging.verdict import Verdict, conduct
from keras_rnn_conformance.report.diagnosis import Diagnosis, still
from keras_rnn_conformance.report.failure_signature import (
    Failing,
    Way,
    fails_alike,
    main_failure,
    same_way,
    way_of,
)
from keras_rnn_conformance.report.repro import NoText, Plan, Script, script
from keras_rnn_conformance.report.shrink import KEPT, Shrunk, changed, shrink, valid

SECONDS = 75.0
"""How long an examination takes at most that writes reports."""
GLANCE = 10.0
"""How long one takes that only names the causes."""
ONE = 20.0
_PATIENCE = 180.0
_SHOWN = 12
"""Lines of an error that are kept."""


@dataclass
class Finding:
    """One cause of failures.

    Attributes:
        way: how it shows.
        shrunk: its smallest case, and what the failure needs.
        verdict: of the smallest case.
        rule: the rule that the smallest case breaks.
        failure: its first failure.
        ids: the cases that fail in this way.
        rules: the rules that they break.
        script: the standalone script, empty if there is none.
        output: the error that the script ended with, when it was seen to fail as it must.
        doubt: why the script does not stand for the finding; empty if it does.
        aliases: other ways in which cases fail that come down to the same smallest case, where
            several explanations coincide.
        marked: whether its title is that of another finding, and needs the case to be told apart.
    """

    way: Way
    shrunk: Shrunk
    verdict: Verdict
    rule: str
    failure: Failure
    ids: list[str] = field(default_factory=list)
    rules: set[str] = field(default_factory=set)
    script: str = ""
    output: str = ""
    doubt: str = ""
    aliases: list[Way] = field(default_factory=list)
    marked: bool = False

    @property
    def case(self) -> Case:
        return self.shrunk.case

    @property
    def diagnosis(self) -> Diagnosis:
        return self.way.diagnosis


@dataclass
class Examination:
    """What came of examining failing cases.

    Attributes:
        findings: in the order in which they were found.
        gone: cases that did not fail when they were run again.
        left: cases that there was no time for.
        defects: cases whose examination failed, each with the error: a defect of the suite, which
            must not cost the other findings.
    """

    findings: list[Finding] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)


def examine(
    cases: Iterable[Case],
    failing: Failing,
    seed: int = 0,
    seconds: float = SECONDS,
    each: float = ONE,
) -> Examination:
    """Run failing cases again, the simplest first, and bring them down to their causes.

    Args:
        cases: what to examine.
        failing: what counts as a failure.
        seed: the key of the numbers.
        seconds: when to begin no further case.
        each: how long one cause may be brought down.
    """
    result, end = Examination(), time.monotonic() + seconds
    for case in sorted(cases, key=lambda c: (len(c.departures), len(c.id), c.id)):
        if time.monotonic() > end:
            result.left.append(case.id)
            continue
        try:
            left = min(each, max(1.0, end - time.monotonic()))
            _examine(result, case, failing, seed, left)
        except Exception as error:
            result.defects.append(f"{case.id}: {type(error).__name__}: {error}")
    return result


def _examine(result: Examination, case: Case, failing: Failing, seed: int, seconds: float) -> None:
    verdict = conduct(case, seed)
    failed = failing(verdict)
    if not failed:
        result.gone.append(case.id)
        return
    finding = _known_to(result.findings, verdict, failing, seed)
    if finding is None and all(f[0].kind == "value" for f in failed.values()):
        finding = _explained(result.findings, case, failing, seed)
    if finding is None:
        finding = _new(result.findings, verdict, failing, seed, seconds)
    finding.ids.append(case.id)
    finding.rules.update(failed)


def _known_to(
    findings: list[Finding], verdict: Verdict, failing: Failing, seed: int
) -> Finding | None:
    def known(finding: Finding) -> bool:
        ways = (finding.way, *finding.aliases)
        return any(same_way(way, verdict, failing, seed) for way in ways)

    return next(filter(known, findings), None)


def _explained(findings: list[Finding], case: Case, failing: Failing, seed: int) -> Finding | None:
    """The finding of a simpler case, or of a part, whose wrong numbers make those of this one."""
    for simpler in simpler_cases(case) if findings else ():
        finding = _known_to(findings, conduct(simpler, seed), failing, seed)
        if finding is not None:
            return finding
    return None


def simpler_cases(case: Case) -> Iterator[Case]:
    """The plain call of the layer, the layers that it is made of, and one option less each."""
    if case["do"] != "call":
        yield from valid(case.layer, {k: v for k, v in case.options if k not in _DOING})
        yield from valid(case.layer, {k: case[k] for k in ("seq", "state", "u", "t")})
    if form(case) in FORMS and case.layer in RECURRENT:
        for piece in pieces(case):
            kept = {k: v for k, v in case.options if k not in ("as", "merge", "own", *_DOING)}
            yield from valid(piece.layer, {**kept, "u": piece.units})
            yield from valid(piece.layer, {k: case[k] for k in ("seq", "state", "u", "t")})
    for key in case.departures:
        if key not in KEPT:
            yield from changed(case, key, BY_KEY[key].default)


_DOING = ("do", "what", "drop", "rdrop", "train")


def _new(
    findings: list[Finding], verdict: Verdict, failing: Failing, seed: int, seconds: float
) -> Finding:
    way = way_of(verdict, failing(verdict), seed)
    shrunk = shrink(verdict.case, fails_alike(way, failing, seed), seconds)
    smallest = conduct(shrunk.case, seed)
    rule, failure = main_failure(failing(smallest) or failing(verdict))
    for finding in findings:
        if finding.case == shrunk.case and finding.rule == rule:
            finding.aliases.append(way)
            return finding
    findings.append(Finding(_of_smallest(way, smallest, seed), shrunk, smallest, rule, failure))
    return findings[-1]


def _of_smallest(way: Way, smallest: Verdict, seed: int) -> Way:
    """The way with those further explanations alone that the smallest case, too, allows."""
    case, seen = smallest.case, smallest.seen
    others = tuple(text for text in way.diagnosis.others if still(case, seed, seen, (text,)))
    return replace(way, diagnosis=replace(way.diagnosis, others=others))


def plan_of(finding: Finding, seed: int) -> Plan:
    """What the script of a finding is about."""
    return Plan(finding.case, seed, finding.rule, finding.failure, finding.verdict.seen)


def add_script(finding: Finding, seed: int, prelude: Sequence[str] = ()) -> None:
    """Write the script of a finding, and see it fail in a fresh process."""
    try:
        written = script(plan_of(finding, seed))
    except NoText as reason:
        finding.doubt = str(reason)
        return
    finding.script = written.text
    finding.doubt, finding.output = confirm(written, prelude)
    if finding.doubt and written.error is not None:
        anyhow = replace(written, error=None)
        (doubt, output), (again, other) = (confirm(anyhow, prelude) for _ in range(2))
        if not doubt and not again and output != other:  # weights that nobody sets are drawn
            finding.doubt, finding.output = "", output


def confirm(written: Script, prelude: Sequence[str] = ()) -> tuple[str, str]:
    """Run a script by a fresh interpreter in an empty folder, and see it fail as it must.

    Args:
        prelude: arguments for the interpreter in front of the script, such as one that plants a
            fault.

    Returns:
        Why it does not fail as it must, empty if it does; and the error that it ends with.
    """
    settings = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "KERAS_BACKEND")}
    from keras_rnn_conformance.subject import classes

    places = [*environment.path_to_keras().values(), *classes.folders()]
    settings |= {"PYTHONPATH": os.pathsep.join(places)} if places else {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "repro.py"
        write_whole(path, written.text)
        for file in written.files:
            shutil.copy(file, folder)
        try:
            done = subprocess.run(
                [sys.executable, *prelude, path.name],
                cwd=folder,
                env=settings,
                text=True,
                check=False,
                timeout=_PATIENCE,
                stdin=subprocess.DEVNULL,
                capture_output=True,
            )
        except subprocess.TimeoutExpired:
            return f"the script did not end in {_PATIENCE:.0f} seconds", ""
    if done.returncode == 0:
        why = "the script runs and finds nothing: the failure needs what the suite does around it"
        return why, ""
    if done.returncode == 1 and written.fails_alike(done.stderr):
        return "", _ending(done.stderr)
    last = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
    return f"the script ends in another way: {last[:200]}", ""


def _ending(output: str) -> str:
    """The error at the end of a traceback, without the frames and colours before it."""
    lines = re.sub(r"\x1b\[[0-9;]*m", "", output).strip().splitlines()
    starts = [
        i for i, line in enumerate(lines) if re.match(r"[A-Za-z_][\w.]*(Error|Exception)\b", line)
    ]
    return "\n".join(lines[starts[-1] if starts else -1 :][:_SHOWN])

"""The text of a failure: what a person reads first, and may stop reading after."""

from __future__ import annotations

from keras_rnn_conformance.base.paths import JUDGE
from keras_rnn_conformance.cases import replaced
from keras_rnn_conformance.judging.known_failures import Entry
from keras_rnn_conformance.judging.rules import RULES, Failure
from keras_rnn_conformance.judging.verdict import Verdict

_SHOWN = 3


def failure_text(
    verdict: Verdict, unexpected: dict[str, list[Failure]], passes: list[Entry], seed: int = 0
) -> str:
    """The case, each broken rule with the smallest place that differs, and how to run it alone."""
    lines = [f"case  {verdict.case.id}"]
    for id, failures in unexpected.items():
        lines += _rule_lines(id, failures)
    lines += [_pass_line(entry) for entry in passes]
    lines += _rest(verdict, unexpected)
    lines.append(f"alone {JUDGE} --case {verdict.case.id}{replaced.options(seed)}")
    return "\n".join(lines)


def _rule_lines(id: str, failures: list[Failure]) -> list[str]:
    lines = [f"rule  {id}: {RULES[id].sentence}"]
    for failure in failures[:_SHOWN]:
        lines.append(f"      {failure.where}: {_numbers(failure)}")
    if len(failures) > _SHOWN:
        lines.append(f"      and {len(failures) - _SHOWN} more places")
    return lines


def _numbers(failure: Failure) -> str:
    text = f"got {failure.got}, want {failure.want}"
    if failure.error is None or failure.bound is None:
        return text
    if not failure.bound:
        return f"{text}, error {failure.error:.3g} where they must be equal"
    ratio = failure.error / failure.bound
    return f"{text}, error {failure.error:.3g} is {ratio:.3g} times the bound {failure.bound:.3g}"


def _pass_line(entry: Entry) -> str:
    return (
        f"rule  {entry.rule}: holds, though it is known to fail "
        f"({entry.place}: {entry.reason}); narrow or remove the entry"
    )


def _rest(verdict: Verdict, unexpected: dict[str, list[Failure]]) -> list[str]:
    wrong = {f.name for failures in unexpected.values() for f in failures if f.name}
    right = [name for name in verdict.seen.arrays if name not in wrong]
    lines = []
    if wrong and right:
        lines.append(f"      the others agree: {', '.join(right)}")
    if verdict.passed:
        lines.append(f"holds {', '.join(verdict.passed)}")
    return lines

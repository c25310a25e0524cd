"""Rules on deeds, the variants of the scenario `edge`: each has to end as the oracle says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging.rules import At, Failure, Trial, rule


def deed(*names: str) -> Callable[[Case], bool]:
    """Whether a case does one of these deeds."""
    return lambda case: case["do"] == "edge" and case["what"] in names


def done(trial: Trial, refusal: tuple[str, ...] = ()) -> Iterator[Failure]:
    """The deed ends with the right numbers and facts; or with a ValueError of one of these words.

    The words may stand on any line: around what a layer says in its call, Keras puts its own.
    """
    want, came = trial.want, str(trial.seen.facts["came"])  # what is wanted can always be told
    if any(word in str(trial.seen.facts.get("refusal", came)).lower() for word in refusal):
        return
    if came != "arrays":
        yield Failure("error", "what came", came, "no error")
        return
    yield from trial.compare()
    for name, fact in want.facts.items():
        got = trial.seen.facts.get(name)
        if got != fact:
            pair = (At(trial.seen.facts, name), fact) if name in trial.seen.facts else ()
            yield Failure("fact", name, str(got), str(fact), compared=pair)


def deed_rule(
    id: str, sentence: str, *deeds: str, source: str, refusal: tuple[str, ...] = ()
) -> None:
    """Register a rule whose check is that deeds end as they must."""
    rule(id, sentence, source=source, applies=deed(*deeds))(partial(done, refusal=refusal))

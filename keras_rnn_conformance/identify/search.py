"""The search: which convention, or which two together, give the output that is asked about."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from keras_rnn_conformance.identify.conventions import Convention, conventions
from keras_rnn_conformance.identify.question import Question, layer_of
from reference_impl import ReferenceInputError, Result
from reference_impl.bounded import Bounded

COARSER = {"float64": "float32", "float32": "float16", "float16": "bfloat16"}
_FAILED = (ReferenceInputError, ValueError, IndexError)


@dataclass(frozen=True)
class Miss:
    """How far the output is from what Keras documents.

    Attributes:
        error: the largest error.
        bound: the error bound at its place.
        ratio: the largest share of the bound; within rounding up to 1.
        where: the place of the largest share.
    """

    error: float
    bound: float
    ratio: float
    where: tuple[int, ...]


@dataclass(frozen=True)
class Answer:
    """What is found.

    Attributes:
        miss: how far the output is from Keras's convention; None if that has no meaning for these
            weights.
        why: why it has none.
        found: what gives the numbers: each a convention, or two that do it together.
        coarser: a lower precision whose rounding would explain the miss, if nothing else does.
        tried: how many computations were tried.
    """

    miss: Miss | None
    why: str = ""
    explanations: tuple[tuple[str, ...], ...] = ()
    coarser: str = ""
    tried: int = 0

    @property
    def within_rounding(self) -> bool:
        """Whether the output is what Keras documents, within the bound."""
        return self.miss is not None and self.miss.ratio <= 1


def answer(question: Question, seconds: float) -> Answer:
    """Whose convention gives the output of a question.

    Args:
        question: what is asked.
        seconds: how long pairs are tried.
    """
    layer_of(question)
    with np.errstate(all="ignore"):
        right, why = _right(question)
        miss = None if right is None else missed(question, right)
        if miss is not None and miss.ratio <= 1:
            return Answer(miss)
        every = list(conventions(question))
        single = [(c.sentence,) for c in every if _fits(question, [c], right)]
        if single:
            return Answer(miss, why, tuple(single), tried=len(every))
        pairs, tried = _pairs(question, every, right, seconds)
        coarser = "" if pairs else _coarser(question)
        return Answer(miss, why, tuple(pairs), coarser, tried + len(every))


def _right(question: Question) -> tuple[list[Bounded] | None, str]:
    try:
        return _computed(question, []), ""
    except _FAILED as error:
        return None, str(error)


def _computed(question: Question, changes: Sequence[Convention]) -> list[Bounded]:
    """The output and the last states, as far as they are asked about."""
    changed = question
    for convention in changes:
        other = convention.change(changed)
        if other is None:
            raise ValueError("has no meaning here")
        changed = other
    result: Result = layer_of(changed)(changed.x, changed.weights, changed.mask, changed.start)
    for convention in changes:
        result = convention.finish(result, changed)
    output = result.sequence if question.sequences else result.output
    return [output, *result.states[: len(question.states)]]


def missed(question: Question, computed: Sequence[Bounded]) -> Miss:
    """How far what is asked about is from what is computed, at the worst place."""
    return worst(zip((question.output, *question.states), computed, strict=True))


def worst(pairs: Iterable[tuple[Any, Bounded]]) -> Miss:
    """How far arrays are from what is computed, at the place of the largest share of the bound."""
    most = Miss(0.0, 0.0, 0.0, ())
    for got, want in pairs:
        error, bound = np.abs(got - want.value), want.bound
        ratio = np.where(error == 0, 0.0, error / np.where(bound > 0, bound, 1e-300))
        place = np.unravel_index(int(np.argmax(ratio)), ratio.shape)
        if ratio[place] > most.ratio:
            where = tuple(int(k) for k in place)
            most = Miss(float(error[place]), float(bound[place]), float(ratio[place]), where)
    return most


def _fits(
    question: Question, changes: Sequence[Convention], right: Sequence[Bounded] | None
) -> bool:
    """Whether the conventions give the numbers, within bounds that say something."""
    try:
        computed = _computed(question, changes)
    except _FAILED:
        return False
    if missed(question, computed).ratio > 1:
        return False
    return right is None or _says_more(question, computed, right)


def _says_more(question: Question, computed: Sequence[Bounded], right: Sequence[Bounded]) -> bool:
    """Whether the bounds are narrow where Keras's numbers are missed: anything fits wide ones."""
    for got, other, want in zip((question.output, *question.states), computed, right, strict=True):
        error = np.abs(got - want.value)
        far = error > want.bound
        if not (2 * other.bound[far] < error[far]).all():
            return False
    return True


def _pairs(
    question: Question,
    every: Sequence[Convention],
    right: Sequence[Bounded] | None,
    seconds: float,
) -> tuple[list[tuple[str, ...]], int]:
    end, tried = time.monotonic() + seconds, 0
    pairs: list[tuple[str, ...]] = []
    for first, second in combinations(every, 2):
        if time.monotonic() > end:
            break
        if first.family == second.family:
            continue
        tried += 1
        if _fits(question, [first, second], right):
            pairs.append((first.sentence, second.sentence))
    return pairs, tried


def _coarser(question: Question) -> str:
    """The next lower precision, if its rounding is as large as the miss."""
    lower = COARSER.get(question.precision, "")
    if not lower:
        return ""
    try:
        computed = _computed(question.but(precision=lower), [])
    except _FAILED:
        return ""
    return lower if missed(question, computed).ratio <= 1 else ""

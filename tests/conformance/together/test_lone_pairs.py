"""Two options at a time with everything else at its default, so that nothing hides how they meet.

Each case is held to the rule of the more specific of its options, as any other case is.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from keras_rnn_conformance.cases.axes import RECURRENT
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.choices.lone_pairs import chosen, pairs, triples


def cases(profile: str) -> Iterator[Case]:
    """Options that choose a path or a dtype; in thorough every pair of options."""
    if profile == "smoke":
        yield Case.of("GRU", bias=0, dtype="mf16")
        return
    yield from chain(chosen(), *(triples(layer) for layer in RECURRENT))
    if profile == "thorough":
        for layer in RECURRENT:
            yield from pairs(layer)

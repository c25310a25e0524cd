"""Options together: every pair of option values in `default`, every triple in `thorough`.

A case of a covering array holds many departures at once; its values are held to the rule of the
most specific of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.choices.covering import stored


def cases(profile: str) -> Iterator[Case]:
    """The stored covering arrays of `keras-rnn-conformance cover`."""
    if profile != "smoke":
        yield from stored("pairs")
    if profile == "thorough":
        yield from stored("triples")

"""Every form of a layer in every circumstance: sizes, histories, dtypes, values, files, callers.

The values of a case are held to the rule of the most specific of its options, as any other's are.
"""

from __future__ import annotations

from collections.abc import Iterator

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.choices.circumstances import met


def cases(profile: str) -> Iterator[Case]:
    """The product of forms and circumstances, as far as it exists."""
    if profile != "smoke":
        yield from met()

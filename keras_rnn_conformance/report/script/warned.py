"""The script of a case that warns where it should not: the warning ends it, as an error."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from keras_rnn_conformance.judging.rules import Failure
from keras_rnn_conformance.report.script.text import Body, NoText

if TYPE_CHECKING:
    from keras_rnn_conformance.subject.transcript.nodes import Node
    from keras_rnn_conformance.subject.transcript.recording import Transcript

_BEGIN = re.compile(r"\w+: (.*?(?:\.|\Z))(?:\s|\Z)", re.DOTALL)
"""The first sentence of a warning, behind its class."""


def warned(failure: Failure, taken: Transcript) -> Body:
    """What gives the arrays of the case, or that of the layer that the warning names."""
    from keras_rnn_conformance.subject.transcript.nodes import nodes_in, term
    from keras_rnn_conformance.subject.transcript.text import Writer

    begin = _BEGIN.match(failure.got)
    if begin is None:
        raise NoText("the warning has no text")
    sentence = begin[1]
    of_layer = [name for name in taken.seen.arrays if f"'{name}'" in sentence]
    arrays = [taken.seen.arrays[name] for name in of_layer[:1] or taken.seen.arrays]
    wanted: list[Node] = list(nodes_in([term(array) for array in arrays]))
    if not wanted:
        raise NoText("nothing comes of the call that warns")
    program = Writer(wanted, taken.nodes).written()
    lines = [
        *sorted({"import warnings", *program.imports}),
        "# It should run without this warning, which is made an error here.",
        f'warnings.filterwarnings("error", {re.escape(sentence).replace(chr(92) + " ", " ")!r})',
        *program.lines,
    ]
    return Body(lines, re.escape(sentence))  # Keras may put words before it

"""Whose convention is this? Numbers of a recurrent layer from elsewhere, and what gives them.

A layer was converted, exported, rebuilt in another framework or written by hand, and its output
is not that of Keras. This command computes what Keras documents for the same weights and input. If
the output is that, within what rounding can do at its precision, it says so. If not, it tries the
conventions that others have, alone and in pairs: every order of the gates, the reset gate before
or after the product, one bias or two, the slope of a hard sigmoid, a forget bias that is added,
kernels transposed, the output in another order of time, a mask that is missing; and it names those
that give exactly these numbers.

FILE is JSON. Arrays are nested lists, or {"shape": [...], "data": [...]}:

  {
    "layer": "GRU",                        SimpleRNN, LSTM or GRU
    "arguments": {"reset_after": true},    as in Keras, where they are not the defaults
    "weights": {"kernel": [[...]], "recurrent_kernel": [[...]], "bias": [[...], [...]]},
    "inputs": [[[...]]],                   (batch, timesteps, features)
    "output": [[[...]]],                   (batch, timesteps, units), or the last: (batch, units)
    "mask": [[1, 1, 0]],                   optional, as are these:
    "initial_state": [[[...]]],            a list: (batch, units) for each state
    "states": [[[...]]],                   the last states, if they are known too
    "dtype": "float32",                    the precision of the output
    "generation": "keras3"                 keras2.0, keras2.3 or tfkeras2: what names meant then
  }

The weights are as Keras has them: of the layer that was converted. Random inputs of a few
timesteps, a batch of two, and biases that are not zero tell conventions apart best.

With two files, FILE is what `export` wrote and OBSERVATIONS what an observer made of it (see
docs/format.md): each case of one layer and one call is asked about, or the one that --case names.

With a model, is this only rounding? FILE is a .keras file, or an .h5 file of a whole model, and
beside it are its inputs and one or two outputs of it, such as those of two releases, two devices or
an exported file:

  identify model.keras inputs.npy ours.npy theirs.npy

Each is .npy where the model has one input or output, and else .npz, with arrays named as the input
layers and the layers of the outputs, or unnamed in order. The answer is, output by output, whether
each is what the layers document within the bound that is derived for the whole model, and which
layers the bound comes from. This loads the model with the installed Keras.

The exit status is 0 if the output is that of Keras within rounding, 1 if it is another's or
nobody's that was tried, 2 if the files cannot be used.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter
from pathlib import Path

from keras_rnn_conformance.identify import whole
from keras_rnn_conformance.identify.question import (
    Question,
    QuestionFault,
    exchanged,
    read_question,
)
from keras_rnn_conformance.identify.search import Answer, answer

SECONDS = 20.0
_MOST = 8
"""Answers that are shown."""


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("file", type=Path, metavar="FILE", help="the question, cases, or a model")
    parser.add_argument(
        "others",
        type=Path,
        nargs="*",
        metavar="OBSERVATIONS",
        help="what an observer wrote; of a model, its inputs and one or two outputs",
    )
    parser.add_argument("--case", metavar="ID", help="of two files, this case alone")
    parser.add_argument(
        "--seconds",
        type=_seconds,
        default=SECONDS,
        metavar="N",
        help="how long pairs of conventions are tried, for each question (default 20)",
    )


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return value


def main(arguments: argparse.Namespace) -> int:
    """Say whose convention each question shows."""
    paths = [arguments.file, *arguments.others]
    if whole.asks(paths):
        precision, outputs = whole.assess(paths)
        print("\n".join(whole.assessment_lines(paths, precision, outputs)))
        return 0 if whole.only_rounding(outputs) else 1
    if len(paths) > 2:
        raise QuestionFault("a question is one file, or cases and observations")
    if len(paths) == 1:
        question = read_question(arguments.file)
        reply = answer(question, arguments.seconds)
        print("\n".join(answer_lines(question, reply)))
        return 0 if reply.within_rounding else 1
    questions = exchanged(paths[0], paths[1], arguments.case)
    answers = [(question, answer(question, arguments.seconds)) for question in questions]
    print("\n".join(summary(answers)))
    return 0 if all(reply.within_rounding for _, reply in answers) else 1


def answer_lines(question: Question, reply: Answer) -> list[str]:
    """The answer to a question, in lines."""
    shape = ", ".join(map(str, question.output.shape))
    lines = [f"{question.layer} of {question.units} units, output ({shape}), {question.precision}"]
    if reply.miss is None:
        lines.append(f"Keras's convention has no meaning for these weights: {reply.why}")
    elif reply.within_rounding:
        return [*lines, f"within rounding: {reply.miss.ratio:.2g} of the bound at most"]
    else:
        where = ", ".join(map(str, reply.miss.where))
        lines.append(
            f"not within rounding: off by {reply.miss.error:.3g} at [{where}], "
            f"{reply.miss.ratio:.3g} times the bound {reply.miss.bound:.3g}"
        )
    return [*lines, *_conventions(reply)]


def _conventions(reply: Answer) -> list[str]:
    if reply.explanations:
        shown = [f"  {', and '.join(sentences)}" for sentences in reply.explanations[:_MOST]]
        more = len(reply.explanations) - len(shown)
        rest = [f"  and {more} more, which these numbers do not tell apart"] if more else []
        return ["exactly these numbers come from Keras's equations with", *shown, *rest]
    if reply.coarser:
        return [f"as much as the rounding of {reply.coarser} can do, and less than any convention"]
    return [f"none of the {reply.tried} conventions and pairs that were tried gives these numbers"]


def summary(answers: list[tuple[Question, Answer]]) -> list[str]:
    """A line for each question of two files, and what they come to."""
    lines, counts = [], Counter[str]()
    for question, reply in answers:
        word = _word(reply)
        counts[word] += 1
        lines.append(f"{question.name}: {word}")
    return [*lines, *(f"{count} x {word}" for word, count in counts.most_common(_MOST))]


def _word(reply: Answer) -> str:
    if reply.within_rounding:
        return "within rounding"
    if reply.explanations:
        return ", and ".join(reply.explanations[0])
    return f"the rounding of {reply.coarser}" if reply.coarser else "none of those tried"

"""Write cases with their data, for an observer to run.

docs/format.md explains the format, docs/vectors.md how to judge a runtime without Python: with
--answers, each case has the numbers that should come, and a bound for each of them; with --layout,
its weights are written as another library has them. Cases that do more than build a layer and
call it, that have classes of the user's own, or too many numbers to write down, are written
without data; only the suite's own observer can run them.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.version import SUITE
from keras_rnn_conformance.cases.api.table import renamed
from keras_rnn_conformance.cases.arguments import (
    cell_arguments,
    input_dtype,
    sequence_arguments,
    spelled,
)
from keras_rnn_conformance.cases.axes import AXES
from keras_rnn_conformance.cases.case import Case, CaseError
from keras_rnn_conformance.cases.choices.sizes import LARGE
from keras_rnn_conformance.cases.composition import (
    flat,
    form,
    recurrent,
    returned,
    state_tree,
    weight_names,
)
from keras_rnn_conformance.cases.construction import SPOKEN, Part, construction
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.shapes import build_shape, given_states
from keras_rnn_conformance.cases.streams import data_seed
from keras_rnn_conformance.exchange.layouts import checked_layout, fits, laid_out
from keras_rnn_conformance.exchange.numbers import numbers
from keras_rnn_conformance.expected.registry import expected
from keras_rnn_conformance.judging import suite
from keras_rnn_conformance.results.file import checked_shard, in_shard
from keras_rnn_conformance.results.lines import dumps, write

FORMAT = "keras-rnn-conformance cases"
DATA_AXES = {axis.key for axis in AXES if axis.exported}
"""Axes that show in the numbers, shapes and dtypes of a line."""
MOST = 100_000
"""How many numbers of parts are written down."""


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("--profile", choices=suite.PROFILES, default="default", help="the cases")
    parser.add_argument(
        "--case", action="append", default=[], metavar="ID", help="only this case; may be repeated"
    )
    parser.add_argument(
        "--data-seed", type=data_seed, default=0, metavar="N", help="other numbers (default 0)"
    )
    parser.add_argument(
        "--shard", default="", metavar="K/N", help="the K-th of N disjoint parts of the cases"
    )
    parser.add_argument(
        "--answers", action="store_true", help="with the numbers that should come, and their bounds"
    )
    parser.add_argument(
        "--layout",
        action="append",
        default=[],
        metavar="NAME",
        help="weights as torch or onnx has them, or with the gates in another order, such as iofc "
        "or zrn; may be repeated, for one order a layer",
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="default: standard output"
    )


def main(arguments: argparse.Namespace) -> int:
    """Write the file."""
    try:
        chosen = [Case.parse(text) for text in arguments.case]
    except CaseError as error:
        raise CommandFault(f"--case: {error}") from None
    shard = checked_shard(arguments.shard)
    cases = chosen or suite.all_cases(arguments.profile)
    head = header(arguments.profile, arguments.data_seed, shard, chosen=bool(chosen))
    manner = Manner(arguments.answers, tuple(map(checked_layout, arguments.layout)))
    lines = exported(head, [case for case in cases if in_shard(case.id, shard)], manner)
    if arguments.output:
        write(arguments.output, lines)
    else:
        for line in lines:
            print(line)
    return 0


def header(
    profile: str = "default", seed: int = 0, shard: str = "", *, chosen: bool
) -> dict[str, Any]:
    """The first line of a file of cases; `chosen` says that they were named one by one."""
    return {
        "format": FORMAT,
        "version": 1,
        "suite": SUITE,
        "profile": profile,
        "seed": seed,
        "shard": shard,
        "chosen": chosen,
        **({"renamed": renamed()} if renamed() else {}),
    }


@dataclass(frozen=True)
class Manner:
    """What is written of a case beyond its question.

    Attributes:
        answers: whether the numbers that should come are written, with their bounds.
        layouts: those of the weights, in place of Keras's where one fits the layer.
    """

    answers: bool = False
    layouts: tuple[str, ...] = ()


def exported(
    head: dict[str, Any], cases: Iterable[Case], manner: Manner = Manner()
) -> Iterator[str]:
    """The lines of a file of cases, in the order of ids."""
    yield dumps(head)
    count = 0
    for case in sorted(cases, key=lambda case: case.id):
        count += 1
        yield dumps(line(case, head["seed"], manner))
    yield dumps({"rows": count})


def line(case: Case, seed: int, manner: Manner = Manner()) -> dict[str, Any]:
    """What an observer gets of a case."""
    data = Data(case, seed)
    called = (case["do"] == "call" or case["what"] == "listing5") and case.number("u") <= LARGE
    made, silent = _made(case, data) if called else {}, set[str]()
    if made:
        silent = {*spelled(case), *DATA_AXES, *(SPOKEN if "construction" in made else ())}
    options = {key: value for key, value in case.departures.items() if key not in silent}
    head = {"id": case.id, "layer": case.layer, "options": options}
    if not made:
        return head
    answers = {"answers": _answers(case, data)} if manner.answers else {}
    return {**head, **made, **_data(case, data), **_laid_out(case, data, manner), **answers}


def _made(case: Case, data: Data) -> dict[str, Any]:
    """What is made: the arguments of a plain layer, or parts; nothing where it is not Keras's."""
    if recurrent(case):
        return {"arguments": _arguments(case)}
    whole = construction(case, data)
    count = data.x.size * case.number("calls") + sum(w.size for w in chain(*data.all_weights()))
    if count > MOST or any(part.own for part in whole.within()):
        return {}
    return {"construction": _of_parts(whole), "states": state_tree(case)}


def _of_parts(value: Any) -> Any:
    """A part as JSON: its class, and its arguments by name, parts among them."""
    if isinstance(value, (list, tuple)):
        return [_of_parts(item) for item in value]
    if not isinstance(value, Part):
        return value
    arguments = {name: _of_parts(item) for name, item in value.named().items()}
    return {"class": value.kind, "arguments": arguments}


def _data(case: Case, data: Data) -> dict[str, Any]:
    given: dict[str, Any] = {
        "dtype": input_dtype(case),
        "static": list(build_shape(case, data)),
        "weights": [
            {"name": name, **numbers(weight)}
            for name, weight in zip(weight_names(case), chain(*data.all_weights()), strict=True)
        ],
        "inputs": [numbers(_input(case, data, call)) for call in range(case.number("calls"))],
        "returns": list(flat(returned(case))),
    }
    if data.mask is not None:
        given["mask"] = numbers(data.mask)
    if case["init"] not in ("none", "layer") or case["what"] == "listing5":
        given["initial_state"] = [numbers(state) for state in given_states(case, data)]
    elif form(case) == "cell":
        given["initial_state"] = [numbers(0.0 * state) for state in given_states(case, data)]
    return given


def _laid_out(case: Case, data: Data, manner: Manner) -> dict[str, Any]:
    """The weights as another library has them, and which; nothing for parts and other layers."""
    layout = next((name for name in manner.layouts if fits(case.layer, name)), "")
    if not layout or not recurrent(case):
        return {}
    named = laid_out(case.layer, layout, list(chain(*data.all_weights())))
    weights = [{"name": name, **numbers(weight)} for name, weight in named]
    return {"layout": layout, "weights": weights}


def _answers(case: Case, data: Data) -> dict[str, Any]:
    """By the name of an observed array: the numbers that should come, and a bound for each."""
    want = expected(case, data).arrays
    return {
        name: {**numbers(array.value), "bound": numbers(array.bound)["data"]}
        for name, array in want.items()
        if name.split(": ")[-1] in flat(returned(case))
    }


def _input(case: Case, data: Data, call: int) -> Any:
    """The sequences of a call; of a cell by itself, its one step."""
    handed = data.handed(call)
    return handed[:, 0] if form(case) == "cell" else handed


def _arguments(case: Case) -> dict[str, Any]:
    """Constructor arguments; `reset_after` always, since the shape of the bias depends on it."""
    arguments = {"units": case.number("u"), **cell_arguments(case), **sequence_arguments(case)}
    if case.layer == "GRU":
        arguments["reset_after"] = bool(case["after"])
    return arguments

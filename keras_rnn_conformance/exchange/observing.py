"""Run exported cases on the Keras of this Python, with every scenario that the suite has.

For Keras 2, or another framework, use the standalone observer or write your own: docs/format.md.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.cases.case import Case, CaseError
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.exchange.observations import FORMAT, written
from keras_rnn_conformance.judging import capabilities, readiness
from keras_rnn_conformance.results.lines import FileFault, dumps, read, write

PARTS = {"format": "cases", "id": "case", "rows": "footer"}


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("cases", type=Path, help="what export wrote")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", required=True, help="what judge reads"
    )


def main(arguments: argparse.Namespace) -> int:
    """Observe every case of a file."""
    environment.check()
    header, cases = load(arguments.cases)
    write(arguments.output, observed(header, cases))
    return 0


def load(path: Path) -> tuple[dict[str, Any], list[Case]]:
    """The header of a file of cases, and the cases.

    Raises:
        FileFault: in one line, if it is cut off, corrupt, or something else altogether.
    """
    lines = list(read(path, "exchange", PARTS))
    if [part for _, part, _ in lines] != ["cases", *["case"] * (len(lines) - 2), "footer"]:
        raise FileFault(f"{path}: not a whole file of cases; export it again")
    try:
        cases = [Case.parse(value["id"]) for _, _, value in lines[1:-1]]
    except CaseError as error:
        raise FileFault(f"{path}: {error}") from None
    if lines[-1][2] != {"rows": len(cases)} or len(set(cases)) != len(cases):
        raise FileFault(f"{path}: cut off, or a case is repeated; export it again")
    return lines[0][2], cases


def observed(header: dict[str, Any], cases: list[Case]) -> Iterator[str]:
    """The lines of a file of observations."""
    from keras_rnn_conformance.subject.configs import default_configs

    judged = environment.describe()
    yield dumps(
        {
            "format": FORMAT,
            "version": 1,
            "cases": header,
            **{key.replace(" ", "_"): value for key, value in judged.items()},
            "device": readiness.device(),
            "records": None,
            "configs": default_configs(),
        }
    )
    for case in cases:
        yield dumps({"id": case.id, **_line(case, header["seed"])})
    yield dumps({"rows": len(cases)})


def _line(case: Case, seed: int) -> dict[str, Any]:
    from keras_rnn_conformance.subject.observing import observe

    lacking = capabilities.lacking(case, environment.backend())
    if lacking is not None:
        return {"skipped": f"no {lacking.name}: {lacking.reason(case, environment.backend())}"}
    data = Data(case, seed)
    start = time.perf_counter()
    seen = observe(case, data)
    return {**written(seen), "seconds": round(time.perf_counter() - start, 4)}

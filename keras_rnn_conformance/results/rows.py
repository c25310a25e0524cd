"""From a verdict to a row: all that a comparison needs later, and no arrays."""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_rnn_conformance.base.observation import probe, steady
from keras_rnn_conformance.judging.rules import Failure
from keras_rnn_conformance.judging.verdict import Verdict
from keras_rnn_conformance.results.file import Row

_TEXT = 2000
_FACT = 4000
EPSILON = {"float64": 2.0**-52, "float32": 2.0**-23, "float16": 2.0**-10, "bfloat16": 2.0**-7}


def row_of(verdict: Verdict) -> Row:
    """The row of a case that was judged."""
    seen = verdict.seen
    row: Row = {
        "id": verdict.case.id,
        "passed": sorted(verdict.passed),
        "failed": {rule: _failure(failures) for rule, failures in sorted(verdict.failed.items())},
        "digest": seen.digest(),
        "arrays": {name: _array(name, verdict) for name in seen.arrays},
        "structure": seen.structure,
        "facts": {str(name): _fact(value) for name, value in seen.facts.items()},
        "path": seen.path,
        "warnings": list(dict.fromkeys(_text(steady(warning)) for warning in seen.warnings)),
        "seconds": {name: round(value, 4) for name, value in verdict.seconds.items()},
    }
    if seen.error is not None:
        row["raised"] = {"class": seen.error.name, "message": _text(steady(seen.error.message))}
    return row


def skipped_row(id: str, reason: str) -> Row:
    """The row of a case that this release or backend cannot run."""
    return {"id": id, "skipped": _text(reason)}


def fault_row(id: str, fault: str) -> Row:
    """The row of a case that ended without a verdict: a worker died, or the suite has a defect."""
    return {"id": id, "fault": _text(steady(fault))}


def failures_of(row: Row) -> dict[str, list[Failure]]:
    """What a row keeps of its failures, by rule: one for each kind."""
    return {
        rule: [Failure(kind, one["where"], one["got"], one["want"]) for kind in one["kinds"]]
        for rule, one in row["failed"].items()
    }


def _failure(failures: list[Failure]) -> dict[str, Any]:
    first = failures[0]
    return {
        "kinds": sorted({failure.kind for failure in failures}),
        "where": _text(first.where),
        "got": _text(steady(first.got)),
        "want": _text(steady(first.want)),
        "error": _number(first.error),
        "bound": _number(first.bound),
        "places": len(failures),
    }


def _array(name: str, verdict: Verdict) -> dict[str, Any]:
    """What is kept of an array.

    `sum` is its probe and `rounding` how far rounding may move that: by the bounds that the array
    was held to; where it was held to none, or to equality with another of the same run, by half
    the digits of its dtype.
    """
    seen = verdict.seen
    array, dtype = seen.arrays[name], seen.dtypes.get(name, "")
    kept = {
        "shape": list(array.shape),
        "dtype": dtype,
        "digest": _digest(array),
        "largest": _number(float(np.max(np.abs(array))) if array.size else 0.0),
        "sum": _number(probe(array)),
    }
    error, room = verdict.margins.get(name, (None, 0.0))
    half = math.sqrt(EPSILON.get(dtype, EPSILON["float32"]))
    kept["rounding"] = _number(room or half * probe(np.abs(array)))
    if error is None:
        return kept
    return {**kept, "error": _number(error), "share": _number(verdict.budget.get(name))}


def _digest(array: NDArray[np.float64]) -> str:
    data = (np.ascontiguousarray(array) + 0.0).astype("<f8").tobytes()
    return hashlib.sha256(data).hexdigest()[:16]


def _number(value: float | None) -> float | None:
    """Nine significant digits; None stands for what JSON has no number for."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.9g}")


def _text(text: str) -> str:
    return text if len(text) <= _TEXT else text[: _TEXT - 3] + "..."


def _fact(value: Any) -> Any:
    """A fact as it is, or a hash in its place where it is long."""
    text = json.dumps(value, sort_keys=True, default=str)
    if len(text) <= _FACT:
        return json.loads(steady(text), parse_constant=str)
    digest = hashlib.sha256(steady(text).encode()).hexdigest()[:16]
    return {"sha256": digest, "characters": len(text)}

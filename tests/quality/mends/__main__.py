"""Try every mend of a backend, with all its cases: `python -m tests.quality.mends tensorflow`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.quality.mends.running import run
from tests.quality.mends.table import MENDS, of

if __name__ == "__main__":
    backend = sys.argv[1] if sys.argv[1:] else "numpy"
    cases = [case for mend in of(backend) for case in (*mend.cases, *mend.others)]
    with tempfile.TemporaryDirectory() as name:
        outcomes = run(MENDS, cases, backend, Path(name))
    for case in cases:
        outcome = outcomes.get(case)
        print("refuted" if outcome and outcome.refutes else f"NOT REFUTED, {outcome}:", case)

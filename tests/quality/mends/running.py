"""Run the suite on a copy of Keras with mends, and say which cases refute their known failures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.paths import ROOT
from tests.quality.mends.mend import Mend, copy_of


@dataclass(frozen=True)
class Outcome:
    """What came of a case.

    Attributes:
        mended: the known failures that it refutes.
        unexpected: the rules that it breaks and that are not known to break.
    """

    mended: list[str]
    unexpected: list[str]

    @property
    def refutes(self) -> bool:
        """Whether the case is an unexpected pass and nothing else."""
        return bool(self.mended) and not self.unexpected


def run(
    mends: Iterable[Mend], cases: Iterable[str], backend: str, folder: Path
) -> dict[str, Outcome]:
    """Try cases on a copy of Keras with mends, in one pytest process.

    Raises:
        CommandFault: if pytest could not run.
    """
    copy, told = (
        copy_of(Path(environment.keras_place()), folder / "mended", mends),
        folder / "told.json",
    )
    chosen = [word for case in cases for word in ("--case", case)]
    command = [sys.executable, "-m", "pytest", "-q", "--examine=0", "-p", "no:cacheprovider"]
    places = {"PYTHONPATH": str(copy), "KERAS_BACKEND": backend, "MENDED": str(told)}
    done = subprocess.run(
        [*command, "-p", "tests.quality.mends.telling", *chosen],
        cwd=ROOT,
        env={**os.environ, **places},
        capture_output=True,
        text=True,
        check=False,
    )
    if not told.exists():
        raise CommandFault(done.stdout[-2000:] + done.stderr[-2000:])
    rows = json.loads(told.read_text(encoding="utf-8"))
    return {case: Outcome(**row) for case, row in rows.items()}

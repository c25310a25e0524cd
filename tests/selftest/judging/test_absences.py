"""Whichever case comes first: what a backend is declared to lack is seen to be missing in it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from keras_rnn_conformance.base.paths import ROOT
from tests.selftest.sessions import settings

CONFORMING = """
from keras_rnn_conformance.base import environment
from keras_rnn_conformance.judging import capabilities, readiness, suite
from keras_rnn_conformance.judging.verdict import conduct

backend = environment.backend()
readiness.ready()
for case in suite.all_cases("default"):
    capability = capabilities.lacking(case, backend)
    proved = capability is not None and capability.proved_by_a_case(backend)
    if proved and capability.name == NAME and conduct(case).ok:
        print(case)
"""


@pytest.mark.parametrize("name", ["float64 arithmetic", "transform of functions"])
def test_each_case_that_is_not_run_would_show_the_absence(name: str) -> None:
    environment = settings()
    if environment["KERAS_BACKEND"] != "numpy":
        pytest.skip("the numpy backend is not installed, which lacks these")
    done = subprocess.run(
        [sys.executable, "-c", CONFORMING.replace("NAME", repr(name))],
        cwd=ROOT,
        env=environment,
        text=True,
        capture_output=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert not done.stdout.split()

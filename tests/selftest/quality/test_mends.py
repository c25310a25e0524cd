"""Silence on the Keras of the future: what mends a bug makes its cases unexpected passes.

Some known failures hold on every release there is, so that no run has shown what their checks say
of a Keras without them. A check that demands what no Keras can do would show here as a new failure.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging import known_failures, suite
from tests.quality.mends.mend import RELEASE, Mend
from tests.quality.mends.running import Outcome, run
from tests.quality.mends.table import MENDS, of

suite.modules()
BACKEND = "numpy"
CASES = [case for mend in of(BACKEND) for case in mend.cases]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    if environment.keras_release() != RELEASE:
        pytest.skip(f"the mends are changes of the sources of Keras {RELEASE}")
    folder: Path = tmp_path_factory.mktemp("mends")
    return run(MENDS, CASES, BACKEND, folder)


@pytest.mark.parametrize("case", CASES)
def test_a_mended_case_refutes_its_known_failure(case: str, outcomes: dict[str, Outcome]) -> None:
    assert case in outcomes, "the case did not run to its end"
    assert outcomes[case].refutes, outcomes[case]


@pytest.mark.parametrize("mend", MENDS, ids=lambda mend: mend.what)
def test_each_case_is_known_to_fail(mend: Mend) -> None:
    for backend in mend.backends:
        known = known_failures.load(known_failures.FILE, RELEASE, backend)
        for case in map(Case.parse, (*mend.cases, *mend.others)):
            assert any(entry.covers(case) for entry in known.entries), case.id

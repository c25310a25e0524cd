"""`pytest --layer NAME=MODULE:CLASS` judges a user's class in the place of Keras's own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.cases import replaced
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging import suite
from keras_rnn_conformance.judging.known_failures import FILE, KnownFailures, load, sort_out
from keras_rnn_conformance.judging.verdict import conduct
from keras_rnn_conformance.results import store
from keras_rnn_conformance.results.compare import compare
from keras_rnn_conformance.results.file import load as load_results
from keras_rnn_conformance.results.lines import FileFault
from tests.selftest.sessions import settings

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "own_layers"
PLAIN = "LSTM-seq1-state1-u3-t5"
MASKED = "LSTM-seq1-state1-u3-t5-mask.gap"
BOTH = "LSTM-seq1-state0-u2-t3-as.bi"
FILED = "LSTM-seq1-state0-u2-t3-do.keras"
WIDE = "LSTM-seq1-state0-u65-t2-n1-in1"
CELL = "LSTM-seq1-state0-u2-t3-as.rnn"

suite.modules()


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    yield
    replaced.chosen.clear()


def _broken(layer: str, id: str) -> set[str]:
    replaced.choose([layer])
    return {*conduct(Case.parse(id)).failed}


@pytest.mark.parametrize("id", [PLAIN, MASKED, BOTH, FILED, WIDE])
def test_a_right_subclass_conforms(id: str) -> None:
    assert _broken("LSTM=drop_in:QuietLSTM", id) == set()


@pytest.mark.parametrize("id", [CELL, f"{CELL}-mask.gap", "LSTM-seq0-state0-u3-t1-as.cell"])
def test_the_equations_written_anew_conform(id: str) -> None:
    assert _broken("LSTMCell=drop_in:PlainLSTMCell", id) == set()


@pytest.mark.parametrize(
    ("name", "id", "rule"),
    [
        ("IgnoresBias", PLAIN, "VALUE-2"),
        ("IgnoresBias", BOTH, "VALUE-2"),
        ("KeepsStateToItself", PLAIN, "STRUCT-2"),
        ("SwapsGatesWhenWide", WIDE, "VALUE-2"),
    ],
)
def test_a_wrong_one_is_found(name: str, id: str, rule: str) -> None:
    broken = _broken(f"LSTM=wrong_drop_in:{name}", id)
    assert rule in broken or (id == BOTH and broken)


def test_the_fault_of_wide_layers_shows_in_no_narrow_one() -> None:
    assert _broken("LSTM=wrong_drop_in:SwapsGatesWhenWide", PLAIN) == set()


def test_the_default_profile_has_a_layer_wide_enough() -> None:
    widths = [c.number("u") for c in suite.all_cases("default") if c.layer == "LSTM"]
    assert max(widths) > 64


@pytest.mark.parametrize(
    ("layer", "judged", "left"),
    [
        ("LSTM=a:B", [PLAIN, BOTH, FILED], [CELL, "GRU-seq1-state0-u2-t3"]),
        ("LSTMCell=a:B", [CELL, "GRU-seq0-state0-u2-t3-as.mix"], [PLAIN, BOTH]),
        ("Bidirectional=a:B", [BOTH, "GRU-seq1-state0-u2-t3-as.bi"], [PLAIN, CELL]),
        ("TimeDistributed=a:B", ["TimeDistributed-seq0-state0-u2-t3"], [PLAIN]),
        ("ConvLSTM1D=a:B", ["ConvLSTM1D-seq1-state0-u2-t3"], ["ConvLSTM2D-seq1-state0-u2-t3"]),
    ],
)
def test_only_cases_of_the_class_are_run(layer: str, judged: list[str], left: list[str]) -> None:
    replaced.choose([layer])
    assert [replaced.judges(Case.parse(id)) for id in judged] == [True] * len(judged)
    assert not any(replaced.judges(Case.parse(id)) for id in left)


def test_every_class_that_can_be_replaced_has_cases() -> None:
    for name in replaced.NAMES:
        replaced.choose([f"{name}=a:B"])
        assert any(map(replaced.judges, suite.all_cases("default"))), name


def test_how_arguments_are_spelled_is_left_to_the_class() -> None:
    spelled = [c for c in suite.all_cases("default") if c["do"] == "ledger"]
    assert spelled and all(map(replaced.judges, spelled))
    replaced.choose(["LSTM=a:B", "GRU=a:B", "LSTMCell=a:B"])
    assert not any(map(replaced.judges, spelled))


def test_a_known_failure_of_keras_may_be_mended() -> None:
    entries = load(FILE, "3.15.1", "numpy")
    case = next(c for c in suite.all_cases("default") for e in entries.entries[:1] if e.covers(c))
    verdict = conduct(case)
    verdict.passed, verdict.failed = [*verdict.failed, *verdict.passed], {}
    assert sort_out(verdict, entries)[1]
    assert not sort_out(verdict, KnownFailures(entries.entries, strict=False))[1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("LSTM", "is not NAME=MODULE:CLASS"),
        ("LSTM=drop_in", "is not NAME=MODULE:CLASS"),
        ("Dense=drop_in:QuietLSTM", "'Dense' cannot be replaced; choose one of SimpleRNN, LSTM"),
    ],
)
def test_a_text_that_names_no_class_is_refused(text: str, message: str) -> None:
    with pytest.raises(CommandFault, match=message):
        replaced.choose([text])


def test_a_class_replaced_twice_is_refused() -> None:
    with pytest.raises(CommandFault, match="LSTM is replaced twice"):
        replaced.choose(["LSTM=a:B", "LSTM=c:D"])


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("nowhere:X", "nowhere cannot be imported: ModuleNotFoundError"),
        ("drop_in:QuietLSTN", "has no QuietLSTN; did you mean QuietLSTM?"),
        ("os:PathLike", "PathLike does not derive from keras.layers.Layer"),
        ("drop_in:ops", "ops is no class"),
    ],
)
def test_what_cannot_be_had_is_refused_in_one_line(source: str, message: str) -> None:
    done = _run(f"--layer=LSTM={source}", "--case", PLAIN)
    errors = [line for line in (done.stdout + done.stderr).splitlines() if "ERROR" in line]
    assert done.returncode == 4
    assert [message in line for line in errors] == [True]


def test_a_run_tells_what_it_judged_and_its_results_do(tmp_path: Path) -> None:
    results, reports = tmp_path / "results.jsonl", tmp_path / "reports"
    done = _run(
        "--layer",
        "LSTM=wrong_drop_in:IgnoresBias",
        "--case",
        PLAIN,
        "-n",
        "1",
        f"--results={results}",
        f"--reports={reports}",
    )
    assert "layer: LSTM = wrong_drop_in:IgnoresBias" in done.stdout
    assert f"--case {PLAIN} --layer LSTM=wrong_drop_in:IgnoresBias" in done.stdout
    pasted = r"smallest.*: .* --case \S+ --layer LSTM=wrong_drop_in:IgnoresBias$"
    assert re.search(pasted, done.stdout, re.MULTILINE)
    judged = load_results(results)
    assert judged.header["layers"] == {"LSTM": "wrong_drop_in:IgnoresBias"}
    note = "after: judged LSTM = wrong_drop_in:IgnoresBias, not Keras's own"
    assert note in compare(judged, judged).notes
    with pytest.raises(FileFault, match=r"not recorded: .* is of LSTM = wrong_drop_in:IgnoresBias"):
        store.record([judged], tmp_path)
    (folder,) = (path for path in reports.iterdir() if path.is_dir())
    script = (folder / "repro.py").read_text(encoding="utf-8")
    assert "import wrong_drop_in\n" in script
    assert "wrong_drop_in.IgnoresBias(1" in script
    assert "keras.layers.LSTM(" not in script
    issue = (folder / "issue.md").read_text(encoding="utf-8")
    assert "wrong_drop_in:IgnoresBias" in issue
    assert "issues/new" not in issue


def _run(*options: str) -> subprocess.CompletedProcess[str]:
    """pytest, started where the classes are."""
    environment = settings(PYTHONPATH=str(ROOT))
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-c",
        str(ROOT / "pyproject.toml"),
        str(ROOT / "tests" / "conformance"),
    ]
    return subprocess.run(
        [*command, *options],
        cwd=EXAMPLES,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

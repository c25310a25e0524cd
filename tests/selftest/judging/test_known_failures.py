"""Known failures are strict, and a file that cannot be used is one clear error with its line."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.observation import Observation
from keras_rnn_conformance.base.paths import ROOT
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging import known_failures, suite
from keras_rnn_conformance.judging.known_failures import sort_out
from keras_rnn_conformance.judging.rules import Failure
from keras_rnn_conformance.judging.verdict import Verdict
from tests.selftest.sessions import PYTEST

ENTRY = {
    "rule": '"BACK-1"',
    "when": '{ layer = "LSTM", back = 1 }',
    "keras": '">=3.0,<3.9"',
    "backend": '["tensorflow"]',
    "kind": '"value"',
    "reason": '"a reason"',
    "upstream": '"none"',
}
CASE = Case.parse("LSTM-seq0-state1-u3-t5-back1")
MODULES = ("wrappers/test_cells", "layer/test_masks", "layer/test_dtypes")
FAILURE = Failure("value", "output", "1", "2", 1.0, 0.1, "output")


def write(folder: Path, *entries: dict[str, str], head: str = "schema = 1\n") -> Path:
    suite.modules()
    file = folder / "known.toml"
    tables = ("[[failure]]\n" + "".join(f"{k} = {v}\n" for k, v in e.items()) for e in entries)
    file.write_text(head + "\n".join(tables))
    return file


def verdict(failed: dict[str, list[Failure]], passed: list[str]) -> Verdict:
    return Verdict(CASE, Observation(), passed=passed, failed=failed)


def test_an_entry_explains_its_failure(tmp_path: Path) -> None:
    entries = known_failures.load(write(tmp_path, ENTRY), "3.8.0", "tensorflow")
    unexpected, passes, explained = sort_out(verdict({"BACK-1": [FAILURE]}, []), entries)
    assert (unexpected, passes, [entry.rule for entry in explained]) == ({}, [], ["BACK-1"])


def test_a_pass_of_a_known_failure_is_unexpected(tmp_path: Path) -> None:
    entries = known_failures.load(write(tmp_path, ENTRY), "3.8.0", "tensorflow")
    _, passes, _ = sort_out(verdict({}, ["BACK-1"]), entries)
    assert [entry.line for entry in passes] == [2]


@pytest.mark.parametrize(("faint", "surprises"), [("{ u = 3 }", 0), ("{ u = 4 }", 1)])
def test_where_rounding_may_hide_a_failure_a_pass_is_none(
    tmp_path: Path, faint: str, surprises: int
) -> None:
    file = write(tmp_path, {**ENTRY, "faint": faint})
    entries = known_failures.load(file, "3.8.0", "tensorflow")
    assert len(sort_out(verdict({}, ["BACK-1"]), entries)[1]) == surprises
    _, _, explained = sort_out(verdict({"BACK-1": [FAILURE]}, []), entries)
    assert [entry.rule for entry in explained] == ["BACK-1"]


@pytest.mark.parametrize(
    ("package", "surprises"), [("numpy<1", 0), ("numpy>=1", 1), ("no-such-package>=1", 0)]
)
def test_where_another_package_matters_a_pass_is_none_without_it(
    tmp_path: Path, package: str, surprises: int
) -> None:
    file = write(tmp_path, {**ENTRY, "with": f'"{package}"'})
    entries = known_failures.load(file, "3.8.0", "tensorflow")
    assert len(sort_out(verdict({}, ["BACK-1"]), entries)[1]) == surprises
    _, _, explained = sort_out(verdict({"BACK-1": [FAILURE]}, []), entries)
    assert [entry.rule for entry in explained] == ["BACK-1"]


@pytest.mark.parametrize(
    ("kind", "seed", "surprises"), [("value", 0, 1), ("value", 1, 0), ("fact", 1, 1)]
)
def test_other_numbers_may_hide_a_wrong_value(
    tmp_path: Path, kind: str, seed: int, surprises: int
) -> None:
    file = write(tmp_path, {**ENTRY, "kind": f'"{kind}"'})
    entries = replace(known_failures.load(file, "3.8.0", "tensorflow"), seed=seed)
    assert len(sort_out(verdict({}, ["BACK-1"]), entries)[1]) == surprises


@pytest.mark.parametrize("failure", [Failure("shape", "output", "(1,)", "(2,)")])
def test_another_kind_of_failure_is_unexpected(tmp_path: Path, failure: Failure) -> None:
    entries = known_failures.load(write(tmp_path, ENTRY), "3.8.0", "tensorflow")
    unexpected, _, _ = sort_out(verdict({"BACK-1": [failure]}, []), entries)
    assert list(unexpected) == ["BACK-1"]


@pytest.mark.parametrize(
    ("name", "unexpected"), [("call 2: output", 0), ("hidden state", 1), ("", 0)]
)
def test_a_wrong_value_of_another_array_is_unexpected(
    tmp_path: Path, name: str, unexpected: int
) -> None:
    file = write(tmp_path, {**ENTRY, "arrays": '["output", "carry"]'})
    failure = Failure("value", "a place", "1", "2", 1.0, 0.1, name)
    judged = verdict({"BACK-1": [FAILURE, failure]}, [])
    assert len(sort_out(judged, known_failures.load(file, "3.8.0", "tensorflow"))[0]) == unexpected


@pytest.mark.parametrize(("keras", "backend"), [("3.9.0", "tensorflow"), ("3.8.0", "jax")])
def test_other_releases_and_backends_are_not_meant(
    tmp_path: Path, keras: str, backend: str
) -> None:
    assert known_failures.load(write(tmp_path, ENTRY), keras, backend).entries == ()


def test_an_entry_that_matches_no_case_is_found(tmp_path: Path) -> None:
    entries = known_failures.load(write(tmp_path, ENTRY), "3.8.0", "tensorflow")
    assert entries.idle([CASE]) == []
    assert len(entries.idle([CASE.but(back=0)])) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rule": '"BACK-99"'}, "unknown rule 'BACK-99'"),
        ({"when": "{}"}, "not empty"),
        ({"when": '{ colour = "red" }'}, "unknown axis 'colour'"),
        ({"when": '{ mask = "gaps" }'}, "mask has no value"),
        ({"keras": '"newest"'}, "newest"),
        ({"backend": '["abacus"]'}, "backend must be of"),
        ({"kind": '"sometimes"'}, "kind must be of"),
        ({"reason": '" "'}, "reason must be a text"),
        ({"arrays": "[]"}, "arrays are names"),
        ({"arrays": '"output"', "kind": '"shape"'}, "arrays are names"),
        ({"colour": '"red"'}, "unknown keys ['colour']"),
    ],
)
def test_a_wrong_entry_is_one_error_with_its_line(
    tmp_path: Path, change: dict[str, str], said: str
) -> None:
    with pytest.raises(known_failures.KnownFailuresError) as caught:
        known_failures.read(write(tmp_path, {**ENTRY, **change}))
    assert said in str(caught.value)
    assert "line 2" in str(caught.value)


def test_duplicates_and_broken_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(known_failures.KnownFailuresError, match="repeats line 2"):
        known_failures.read(write(tmp_path, ENTRY, ENTRY))
    with pytest.raises(known_failures.KnownFailuresError, match="schema = 1"):
        known_failures.read(write(tmp_path, ENTRY, head="schema = 2\n"))
    with pytest.raises(known_failures.KnownFailuresError, match="line 1"):
        known_failures.read(write(tmp_path, head="[[["))
    with pytest.raises(known_failures.KnownFailuresError, match="No such file"):
        known_failures.read(tmp_path / "missing.toml")


def test_the_project_s_own_file_can_be_read() -> None:
    suite.modules()
    assert known_failures.read(known_failures.FILE)


def test_files_add_to_the_project_s_or_replace_it(tmp_path: Path) -> None:
    mine = write(tmp_path, ENTRY)
    assert known_failures.files([mine], None) == (known_failures.FILE, mine)
    assert known_failures.files([], mine) == (mine,)
    entries = known_failures.load_all(known_failures.files([mine], None), "3.8.0", "tensorflow")
    alone = known_failures.load(known_failures.FILE, "3.8.0", "tensorflow")
    assert len(entries.entries) == len(alone.entries) + 1
    assert entries.of(CASE, "BACK-1")[-1].place == f"{mine}, line 2"


def test_only_the_project_must_say_whether_a_failure_was_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path, {key: value for key, value in ENTRY.items() if key != "upstream"})
    (entry,) = known_failures.read(file)
    assert entry.upstream == known_failures.UNREPORTED
    monkeypatch.setattr(known_failures, "FILE", file)
    with pytest.raises(known_failures.KnownFailuresError, match="missing keys"):
        known_failures.read(file)


def test_the_page_of_the_format_is_true(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "known_failures.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```toml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "ours.toml").write_text(example, encoding="utf-8")
    first, second = known_failures.read(tmp_path / "ours.toml")
    assert first.matches(Case.parse("LSTM-seq1-state1-u3-t5-mask.gap"))
    assert not first.matches(Case.parse("LSTM-seq1-state1-u3-t5-as.bi-mask.gap"))
    assert (second.kinds, second.backends) == (("dtype", "value"), ("numpy",))
    keys = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    assert keys == {"schema"} | known_failures.KEYS | known_failures.OPTIONAL
    row = next(line for line in page.splitlines() if line.startswith("| `kind`"))
    assert [kind for kind in known_failures.KINDS if f"`{kind}`" not in row] == []


def session(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A run of plain cells and of masked layers, in which the LSTM is broken."""
    return subprocess.run(
        [
            *PYTEST,
            "--examine=0",
            "--profile=smoke",
            "-p",
            "tests.selftest.planted_fault",
            *arguments,
            *(f"tests/conformance/{name}.py" for name in MODULES),
        ],
        cwd=ROOT,
        env={**os.environ, "FAULT": "LSTM hidden for carry"},
        text=True,
        check=False,
        timeout=600,
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )


def test_what_is_proposed_works_as_written(tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    before = session("--write-known-failures", str(file))
    failed = re.search(r"(\d+) failed", before.stdout)
    assert failed, before.stdout + before.stderr
    after = session("--known-failures", str(file))
    assert after.returncode == 0, after.stdout
    assert f"{failed[1]} known failures" in after.stdout
    again = known_failures.load(file, environment.keras_release(), environment.backend())
    assert again.entries

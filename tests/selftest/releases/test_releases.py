"""The table of releases, and the bisection over it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from keras_rnn_conformance.base.backends import BACKENDS
from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.files import mark
from keras_rnn_conformance.base.paths import PACKAGE, ROOT
from keras_rnn_conformance.cli.commands import run
from keras_rnn_conformance.releases import article, environments, record, run_cache
from keras_rnn_conformance.releases.first_bad import answer_lines, search, state_of, state_text
from keras_rnn_conformance.releases.running import Selection
from keras_rnn_conformance.releases.table import (
    ENVIRONMENTS,
    KERAS3,
    MOVING,
    NotHere,
    Release,
    check_backend,
    named,
    releases,
)
from keras_rnn_conformance.results.file import Results
from tests.selftest.results.test_explained import whole
from tests.selftest.results.test_results import results

SPAN = [release for release in releases() if release.backend == "numpy"]


def test_every_release_has_an_environment_and_a_name_of_its_own() -> None:
    names = [release.name for release in releases()]
    assert len(set(names)) == len(names)
    assert {release.environment for release in releases()} <= ENVIRONMENTS.keys()
    assert {f"3.{minor}" for minor in range(16)} == {v.rpartition(".")[0] for v in KERAS3}


@pytest.mark.parametrize(
    ("name", "version", "backend"),
    [
        ("3.9", "3.9.2", "tensorflow"),
        ("3.9-jax", "3.9.2", "jax"),
        ("keras3.1-torch", "3.1.1", "torch"),
        ("keras-nightly-numpy", "nightly", "numpy"),
        ("latest", "latest", "tensorflow"),
        ("keras-source-jax", "source", "jax"),
        ("2.1.6", "2.1.6", "tensorflow"),
        ("keras2.15", "2.15.0", "tensorflow"),
        ("tf-keras", "2.21.0", "tensorflow"),
        ("tf-keras2.18", "2.18.0", "tensorflow"),
    ],
)
def test_a_release_is_found_by_any_of_its_names(name: str, version: str, backend: str) -> None:
    release = named(name)
    assert (release.version, release.backend) == (version, backend)


def test_every_environment_of_tox_names_a_release() -> None:
    text = (ROOT / "tox.ini").read_text()
    minors = ",".join(str(minor) for minor in range(16))
    assert f"[testenv:keras3.{{{minors}}}-{{{','.join(BACKENDS)}}}]" in text
    for name in (*MOVING, *(f"keras{r.version}" for r in releases() if not r.live)):
        short = name.removeprefix("keras").rpartition(".")[0] or name
        assert name in text or short in text or name == "keras2.21.0", name


@pytest.mark.parametrize("name", ["9.9", "3.9.9", "jax", "", "../x"])
def test_an_unknown_release_is_refused(name: str) -> None:
    with pytest.raises(CommandFault, match="no release"):
        named(name)


def test_every_release_of_the_table_has_its_backend() -> None:
    for release in (*releases(), article.OWN, *map(named, MOVING)):
        check_backend(release)


@pytest.mark.parametrize("name", ["3.5-openvino", "2.1.6-jax", "nightly-openvino"])
def test_a_backend_that_a_release_lacks_is_a_skip(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(NotHere, match="no recurrent layers on"):
        environments.prepared(named(name), tmp_path)
    assert run(["record", name, "--environments", str(tmp_path), "--skip-missing"]) == 0
    assert "SKIP: Keras" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_a_missing_interpreter_is_a_skip_with_a_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(environments, "_interpreter", lambda _: None)
    command = ["record", "2.1.6", "--environments", str(tmp_path)]
    assert run([*command, "--skip-missing"]) == run(["record", "--legacy", *command[2:]]) == 0
    assert "SKIP: tensorflow1.15 needs Python 3.6, which is not here" in capsys.readouterr().out
    assert run(command) == 1, "it was asked for by name"
    assert list(tmp_path.iterdir()) == []


def test_a_package_that_cannot_be_had_is_a_skip_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotHere, match="cannot install"):
        environments.prepared(named("3.9-numpy"), tmp_path, Path("/bin/false"))
    assert list(tmp_path.iterdir()) == []


def test_a_source_must_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KERAS_SOURCE", raising=False)
    with pytest.raises(NotHere, match="KERAS_SOURCE"):
        environments.prepared(named("source-jax"), tmp_path)


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Releases that give results without being run; the list fills with the names of those run."""
    ran: list[str] = []

    def run_in(_: environments.Place, release: Release, *__: object) -> Results:
        ran.append(release.name)
        if release.version == "3.4.1":
            raise CommandFault("no results: it died")
        return whole(keras=release.version, backend=release.backend)

    def prepared(release: Release, *_: object) -> environments.Place:
        check_backend(release)
        return environments.Place(Path(sys.executable), tmp_path)

    monkeypatch.setattr(record, "run_in", run_in)
    monkeypatch.setattr(record, "prepared", prepared)
    monkeypatch.setattr(run_cache, "FOLDER", tmp_path / "record")
    monkeypatch.setattr(record, "_record", lambda *_: None)
    return ran


def test_a_release_that_breaks_a_rule_unexplained_fails_the_record(
    runs: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["record", "3.5-numpy", "3.6-numpy", "--jobs", "2"]) == 1
    shown = capsys.readouterr().out
    assert "[1/2] 3.5.0-numpy: 3.5.0-numpy: 7 hold, 1 unexplained, 1 not run" in shown
    assert "VALUE-2 breaks in 1" in shown and "unexplained: 3.5.0-numpy, 3.6.0-numpy" in shown
    assert sorted(runs) == ["3.5.0-numpy", "3.6.0-numpy"]
    assert run(["record", "3.5-numpy", "--record-only"]) == 0


def test_an_interrupted_record_is_taken_up_again(
    runs: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["record", "3.3-numpy", "3.4-numpy"]) == 1
    assert "without results: 3.4.1-numpy" in capsys.readouterr().out
    run(["record", "3.3-numpy", "3.4-numpy", "3.5-numpy", "--resume"])
    assert runs == ["3.3.3-numpy", "3.4.1-numpy", "3.4.1-numpy", "3.5.0-numpy"]
    run(["record", "3.3-numpy", "--resume", "--profile", "default"])
    run(["record", "3.3-numpy"])
    assert runs[4:] == ["3.3.3-numpy", "3.3.3-numpy"]


def test_a_release_that_cannot_run_does_not_keep_the_others_from_running(
    runs: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["record", "3.5-openvino", "3.6-numpy", "--record-only"]) == 1
    assert runs == ["3.6.0-numpy"]
    assert "\nskipped: 3.5.0-openvino\n" in capsys.readouterr().out


def test_keras_2_runs_where_it_is_asked_for(runs: list[str]) -> None:
    run(["record", "--record-only", "--backend", "tensorflow"])
    assert len(runs) == 16 and all(named(name).live for name in runs)
    runs.clear()
    run(["record", "--record-only", "--legacy"])
    assert len(runs) == 25 and not any(named(name).live for name in runs)


def test_backends_may_have_profiles_of_their_own() -> None:
    chosen = record.profiles("smoke,numpy=default")
    assert (chosen["numpy"], chosen["jax"]) == ("default", "smoke")
    for wrong in ("", "smoke,numpy", "big", "smoke,theano=default"):
        with pytest.raises(argparse.ArgumentTypeError):
            record.profiles(wrong)


def test_a_ready_python_stands_in_for_the_environments_of_keras3(tmp_path: Path) -> None:
    (tmp_path / "keras-3.9.2").mkdir()
    facts = {"made": "keras", "requirement": "keras==3.9.2", "version": "3.9.2"}
    mark(tmp_path / "keras-3.9.2", facts)
    ready = tmp_path / "ready"
    ready.touch()
    place = environments.prepared(named("3.9-jax"), tmp_path, ready)
    assert place == environments.Place(ready, tmp_path / "keras-3.9.2")


def test_a_ready_python_is_never_made_nor_its_folders_touched(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.touch()
    with pytest.raises(NotHere, match="is not here"):
        environments.prepared(named("3.9-jax"), tmp_path, tmp_path / "bin" / "python")
    assert list(tmp_path.iterdir()) == [kept]


def test_a_folder_that_is_not_ours_is_never_removed(tmp_path: Path) -> None:
    kept = tmp_path / "keras3-jax" / "kept"
    kept.parent.mkdir()
    kept.touch()
    with pytest.raises(CommandFault, match="move it away"):
        environments.prepared(named("3.9-jax"), tmp_path)
    assert kept.exists()


class Answers:
    """What releases of `SPAN` answer; who was asked is kept."""

    def __init__(self, bad: Iterable[int], gaps: Iterable[int] = ()) -> None:
        self.bad, self.gaps = set(bad), set(gaps)
        self.asked: list[int] = []

    def __call__(self, release: Release) -> tuple[str, ...] | None:
        number = SPAN.index(release)
        self.asked.append(number)
        if number in self.gaps:
            return None
        return ("VALUE-2",) if number in self.bad else ()


@pytest.mark.parametrize("first_bad", range(1, len(SPAN)))
@pytest.mark.parametrize("gaps", [(), (3, 4, 5), (0, 8, 15)])
def test_the_bisection_finds_the_release_wherever_it_is(
    first_bad: int, gaps: tuple[int, ...]
) -> None:
    answers = Answers(range(first_bad, len(SPAN)), gaps)
    found = search(SPAN, answers)
    runs = [n for n in range(len(SPAN)) if n not in gaps]
    bad = [n for n in runs if n >= first_bad]
    good = [n for n in runs if n < first_bad]
    if not bad or not good:
        assert found.changes == []
        return
    (((before, _), (after, _)),) = found.changes
    assert (before, after) == (SPAN[good[-1]], SPAN[bad[0]])
    assert len(answers.asked) == len(set(answers.asked)) <= 6 + len(gaps)


@pytest.mark.parametrize("gaps", [(), (0, 5, 15)])
def test_what_is_broken_in_the_middle_alone_is_found(gaps: tuple[int, ...]) -> None:
    answers = Answers(range(4, 8), gaps)
    found = search(SPAN, answers)
    assert sorted(answers.asked) == list(range(len(SPAN)))
    assert list(answer_lines("it", SPAN, found)) == [
        "it: breaks VALUE-2 since Keras 3.4.1",
        "up to Keras 3.3.3: holds",
        "it: holds since Keras 3.8.0",
        "up to Keras 3.7.0: breaks VALUE-2",
    ]


def test_a_bisection_says_what_it_did_not_run_and_every_change_can_be_asked_for() -> None:
    bad = [2, 3, *range(9, 16)]
    found = search(SPAN, Answers(bad))
    assert len(found.changes) == 1
    *_, note = answer_lines("it", SPAN, found)
    assert note == "found by bisection over 6 of 16 releases; --all finds every change"
    found = search(SPAN, Answers(bad), every=True)
    assert [after[0].version for _, after in found.changes] == ["3.2.1", "3.4.1", "3.9.2"]
    assert not any("bisection" in line for line in answer_lines("it", SPAN, found))


def test_nothing_is_found_where_nothing_changed() -> None:
    found = search(SPAN, Answers(()))
    assert list(answer_lines("it", SPAN, found)) == [
        "it: no change over the 16 releases that run here: holds"
    ]
    found = search(SPAN, Answers((), range(16)))
    assert list(answer_lines("it", SPAN, found)) == [
        "it: no change over the 0 releases that run here"
    ]


def test_a_state_is_said_in_words() -> None:
    rows = list(results().rows.values())
    assert [state_text(state_of(row)) for row in rows[3:6]] == [
        "not run: no float64 arithmetic",
        "not run: the process died",
        "breaks VALUE-2",
    ]
    assert state_text(()) == "holds"


def test_a_selection_is_what_pytest_and_export_take() -> None:
    assert Selection("smoke", ("A", "B")).arguments == [
        "--profile",
        "smoke",
        "--case",
        "A",
        "--case",
        "B",
    ]


def test_first_bad_answers_from_what_is_recorded(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """No environment can be made here, so that a release that is run would be passed over."""
    (tmp_path / "taken").write_text("")
    case = "GRU-seq0-state0-u3-t2-n2-in4-do.bad-what.stateful_one"
    places = f"--environments={tmp_path / 'taken'}"
    assert run(["first-bad", case, "--backend", "numpy", "--oldest", "3.5", places]) == 0
    out, err = capsys.readouterr()
    assert "  3.5.0: breaks BAD-1 (recorded)" in out and "  3.15.1: holds (recorded)" in out
    assert f"{case} on numpy: holds since Keras" in out and err == ""


def test_first_bad_refuses_what_is_no_case(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["first-bad", "nonsense"]) == 2
    assert "unknown layer" in capsys.readouterr().err


def test_the_articles_own_keras_prints_the_articles_numbers() -> None:
    """Where its environment is here; `keras-rnn-conformance listings` makes it."""
    if not (environments.DEFAULT / article.OWN.environment / "bin" / "python").exists():
        pytest.skip("Keras 2.1.6 is not here; `keras-rnn-conformance listings` installs it")
    rows = article.results_of_listings(article.OWN, environments.DEFAULT).rows
    assert [rows[id]["failed"] for id in article.IDS] == [{}] * 5
    assert all("ARTICLE-5" in rows[id]["passed"] for id in article.IDS[:4])


def test_the_subject_uses_no_name_that_an_old_release_lacks() -> None:
    folder = PACKAGE / "subject"
    using = [path.name for path in folder.glob("*.py") if "keras.tree." in path.read_text()]
    assert using == [], (
        "import it from keras_rnn_conformance.subject.trees: Keras 3.0 has no keras.tree"
    )

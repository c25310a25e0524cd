"""Nothing of the user's is lost: outputs, folders, locks, environments, reports."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from keras_rnn_conformance.base import files
from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.paths import ROOT
from keras_rnn_conformance.cli.commands import run
from keras_rnn_conformance.releases import environments, running
from keras_rnn_conformance.releases.table import Release, named
from keras_rnn_conformance.report import folder
from keras_rnn_conformance.results import store
from tests.selftest.base.readers import observer
from tests.selftest.results.test_results import results


def test_a_link_is_followed_and_permissions_are_kept(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to("target")
    files.write_whole(link, "new")
    assert link.is_symlink()
    assert (target.read_text(), target.stat().st_mode & 0o777) == ("new", 0o640)
    assert sorted(tmp_path.iterdir()) == [link, target]


def test_a_pipe_is_written_in_place(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    files.write_whole(pipe, "text")
    assert os.read(reader, 9) == b"text"
    os.close(reader)
    assert pipe.is_fifo()


def test_a_full_device_is_one_clear_line(tmp_path: Path) -> None:
    link = tmp_path / "full"
    link.symlink_to("/dev/full")
    with pytest.raises(CommandFault, match="cannot be written: No space left"):
        files.write_whole(link, "text")
    assert link.is_char_device()


@pytest.mark.parametrize("output", ["-", "/dev/stdout"])
def test_standard_output_is_not_replaced_and_holds_nothing_else(
    tmp_path: Path, output: str
) -> None:
    results(shard="1/1").save(tmp_path / "shard")
    command = [
        sys.executable,
        "-m",
        "keras_rnn_conformance",
        "merge",
        str(tmp_path / "shard"),
        "-o",
    ]
    plain = tmp_path / "plain"
    done = subprocess.run([*command, str(plain)], cwd=ROOT, capture_output=True, check=False)
    with (tmp_path / "out").open("wb") as out:
        again = subprocess.run([*command, output], cwd=ROOT, stdout=out, check=False)
    assert again.returncode == done.returncode == 0
    assert (tmp_path / "out").read_bytes() == plain.read_bytes()


def test_the_observer_follows_links_and_leaves_devices(tmp_path: Path) -> None:
    space = observer()
    target, link, full = (tmp_path / name for name in ("target", "link", "full"))
    target.write_text("old")
    link.symlink_to(target)
    space["write_whole"](str(link), iter([{"a": 1}]))
    assert link.is_symlink() and target.read_text() == '{"a":1}\n'
    full.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space"):
        space["write_whole"](str(full), iter([{"a": 1}]))
    assert full.is_char_device()
    assert sorted(tmp_path.iterdir()) == [full, link, target]


RECORD = """
import sys, time
from pathlib import Path
from keras_rnn_conformance.results import store
from tests.selftest.results.test_results import results
packed = store._packed
store._packed = lambda found: (time.sleep(0.4), packed(found))[1]
print("ready", flush=True)
sys.stdin.readline()
store.record([results(keras=sys.argv[1])], Path(sys.argv[2]))
"""


@pytest.mark.parametrize("by_system", [True, False])
def test_two_processes_that_record_at_once_keep_both(tmp_path: Path, by_system: bool) -> None:
    script = (
        RECORD
        if by_system
        else f"from keras_rnn_conformance.base import files\nfiles.fcntl=None\n{RECORD}"
    )
    both = [
        subprocess.Popen(
            [sys.executable, "-c", script, version, str(tmp_path)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for version in ("3.1.0", "3.2.0")
    ]
    for process in both:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    assert [process.communicate("go\n", timeout=30)[1] for process in both] == [None, None]
    store.read_recorded.cache_clear()
    assert [r.header["keras"] for r in store.recorded("numpy", tmp_path)] == ["3.1.0", "3.2.0"]
    assert [path.name for path in tmp_path.iterdir()] == ["numpy.jsonl"]


@pytest.mark.parametrize("inside", [True, False])
def test_a_source_where_environments_are_made_is_refused_and_stays(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    inside: bool,
) -> None:
    source = tmp_path / "keras-source"
    source.mkdir()
    (source / "kept").touch()
    monkeypatch.setenv("KERAS_SOURCE", str(source))
    place = tmp_path if inside else source / "envs"
    command = ["record", "source-numpy", "--python", sys.executable, "--environments", str(place)]
    assert run(command) == 1
    assert "lie one in the other" in capsys.readouterr().out
    assert [path.name for path in source.iterdir()] == ["kept"]


def test_a_source_that_is_an_option_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_SOURCE", "--help")
    with pytest.raises(CommandFault, match="is no path"):
        environments.prepared(named("source-numpy"), tmp_path, Path(sys.executable))


def installing(version: str) -> Any:
    def install(release: Release, _what: str, _python: Path, fresh: Path) -> None:
        (fresh / "keras" / "src").mkdir(parents=True)
        (fresh / "keras" / "src" / "version.py").write_text(f'__version__ = "{version}"\n')

    return install


def test_a_folder_without_a_completion_marker_is_refused_and_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "keras-3.9.2").mkdir()
    monkeypatch.setattr(environments, "_install", installing("3.9.2"))
    with pytest.raises(CommandFault, match="move it away"):
        environments.prepared(named("3.9-numpy"), tmp_path, Path(sys.executable))
    (tmp_path / "keras-3.9.2").rmdir()
    place = environments.prepared(named("3.9-numpy"), tmp_path, Path(sys.executable))
    assert (files.made_of(place.keras) or {})["version"] == "3.9.2"
    assert place == environments.prepared(named("3.9-numpy"), tmp_path, Path(sys.executable))


def test_another_release_than_the_one_asked_for_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environments, "_install", installing("3.15.1"))
    with pytest.raises(CommandFault, match=r"pip installed Keras 3\.15\.1"):
        environments.prepared(named("3.9-numpy"), tmp_path, Path(sys.executable))
    assert list(tmp_path.iterdir()) == []


def test_results_of_another_release_are_no_verdict(tmp_path: Path) -> None:
    place = environments.Place(Path(sys.executable), tmp_path)
    with pytest.raises(CommandFault, match=r"no verdict: Keras 3\.15\.1 on numpy was run"):
        running.verified(results(keras="3.15.1"), named("3.9-numpy"), place)
    with pytest.raises(CommandFault, match="no verdict"):
        running.verified(results(keras="3.9.2", backend="jax"), named("3.9-numpy"), place)
    assert running.verified(results(keras="3.9.2"), named("3.9-numpy"), place)


def test_a_moving_release_is_named_by_what_was_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environments, "_install", installing("3.16.0.dev1"))
    place = environments.prepared(named("nightly-numpy"), tmp_path, Path(sys.executable))
    assert running.verified(results(keras="3.16.0.dev1"), named("nightly-numpy"), place)
    with pytest.raises(CommandFault, match="no verdict"):
        running.verified(results(keras="3.15.1"), named("nightly-numpy"), place)


def test_what_a_killed_process_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    with files.temporary(tmp_path) as around:
        left = around.rename(tmp_path / f"{around.name}0")
    (tmp_path / ".making-foreign").mkdir()
    files.sweep(tmp_path)
    assert not left.exists()
    assert [path.name for path in tmp_path.iterdir()] == [".making-foreign"]


def test_reports_leave_what_they_did_not_write(tmp_path: Path) -> None:
    texts = {"issue.md": "a", "repro.py": "b"}
    ours = folder._written(tmp_path / "ours", texts)
    (ours / "notes.txt").write_text("mine")
    folder._written(ours, {"issue.md": "c"})
    assert sorted(path.name for path in ours.iterdir()) == [files.MARKER, "issue.md", "notes.txt"]
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "issue.md").write_text("mine")
    with pytest.raises(CommandFault, match="not written by a report"):
        folder._written(theirs, texts)
    assert (theirs / "issue.md").read_text() == "mine"


def test_a_folder_of_others_is_not_taken_for_reports(tmp_path: Path) -> None:
    (tmp_path / "done-main.jsonl").write_text("mine")
    with pytest.raises(CommandFault, match="name a new or empty folder"):
        files.claim(tmp_path, "reports")
    assert [path.name for path in tmp_path.iterdir()] == ["done-main.jsonl"]
    files.claim(tmp_path / "new", "reports")
    files.claim(tmp_path / "new", "reports")

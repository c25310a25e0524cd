"""Folders that killed processes leave are removed at the next start, and nothing else is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from keras_rnn_conformance.base.homes import MARKER, PREFIX, sweep
from keras_rnn_conformance.base.paths import ROOT
from tests.selftest.sessions import settings

HELD = """
import sys
from keras_rnn_conformance.subject import preparation
print(preparation._HOME.path, flush=True)
sys.stdin.read()
"""


def started(folder: Path) -> tuple[subprocess.Popen[str], Path]:
    """A process that has such a folder, and waits."""
    process = subprocess.Popen(
        [sys.executable, "-c", HELD],
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=settings(TMPDIR=str(folder)),
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_what_a_killed_process_leaves_is_removed_at_the_next_start(
    tmp_path: Path, how: signal.Signals
) -> None:
    killed, left = started(tmp_path)
    (left / "jax").mkdir()
    killed.send_signal(how)
    killed.communicate()
    assert left.is_dir()
    alive, home = started(tmp_path)
    assert not left.exists()
    assert sweep(tmp_path) == [] and home.is_dir(), "its process is alive"
    alive.communicate()
    assert list(tmp_path.iterdir()) == [], "a process that ends in order leaves nothing"


def test_nothing_else_is_removed(tmp_path: Path) -> None:
    killed, left = started(tmp_path / ".")
    killed.kill()
    killed.communicate()
    elsewhere = tmp_path / "elsewhere"
    left.rename(elsewhere)
    foreign = tmp_path / f"{PREFIX}foreign"
    foreign.mkdir()
    (foreign / MARKER).write_text("mine")
    (tmp_path / f"{PREFIX}unmarked").mkdir()
    (tmp_path / f"{PREFIX}file").touch()
    (tmp_path / f"{PREFIX}link").symlink_to(elsewhere)
    linked = tmp_path / f"{PREFIX}linked"
    linked.mkdir()
    (linked / MARKER).symlink_to(elsewhere / MARKER)
    pipe = tmp_path / f"{PREFIX}pipe"
    pipe.mkdir()
    os.mkfifo(pipe / MARKER)
    before = sorted(tmp_path.rglob("*"))
    assert sweep(tmp_path) == []
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_of_another_user_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed, left = started(tmp_path)
    killed.kill()
    killed.communicate()
    monkeypatch.setattr(os, "getuid", lambda: left.stat().st_uid + 1)
    assert sweep(tmp_path) == [] and left.is_dir()

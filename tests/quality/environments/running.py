"""Run pytest in one environment of the table, and hold what it does to what it must do."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.quality.environments.table import Row

ROOT = Path(__file__).resolve().parents[3]
INSTALLED = ROOT / "build" / "environments"
_READ_ONLY = (
    'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && cd "$1" && shift && exec "$@"'
)
"""Root writes where no permission says so: it gets a mount of its own."""
_UNSHARE = ("unshare", "--mount", "--map-root-user")
LONGEST = 3600
_CHECKOUT = (
    "conftest.py", "pyproject.toml", "fixtures", "keras_rnn_conformance", "reference_impl", "tests",
)  # fmt: skip
_OURS = re.compile(r"(KERAS|TF|JAX|XLA|ONEDNN|DNNL|PYTEST|PYTHON)_?[A-Z0-9_]*")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")

_TALLY = re.compile(r"\b\d+ (passed|failed|error)")
_INSTALLING = threading.Lock()


@dataclass(frozen=True)
class Outcome:
    """What came of a run.

    Attributes:
        word: `green`, `refused`, `skipped` or `WRONG`.
        why: the refusal, what is wrong, or why it was not run.
    """

    word: str
    why: str = ""

    @property
    def wrong(self) -> bool:
        """Whether the suite did anything but what the row says."""
        return self.word == "WRONG"

    def __str__(self) -> str:
        return f"{self.word}: {self.why}" if self.why else self.word


def run(row: Row, backend: str, chosen: Sequence[str]) -> Outcome:
    """Run the chosen cases in an environment on a backend."""
    lacking = _lacking(row)
    if lacking:
        return Outcome("skipped", lacking)
    with tempfile.TemporaryDirectory(prefix="environment-") as name:
        folder = Path(name).resolve()
        Prepared(row, backend, folder).write()
        try:
            done = Prepared(row, backend, folder).run(chosen)
        except subprocess.TimeoutExpired:
            return Outcome("WRONG", f"still running after {LONGEST} s")
    outcome = judged(row.refused.get(backend, ""), done)
    return judged("", done) if outcome.wrong and row.may_run else outcome


def _lacking(row: Row) -> str:
    """Why an environment cannot be had on this machine."""
    if (row.before or row.read_only) and os.name != "posix":
        return "needs a POSIX shell"
    if row.read_only and not _mounts():
        return "needs a mount of its own: unshare --mount, which this user or system has not"
    if row.packages:
        return _install(row.packages)
    return ""


def _mounts() -> bool:
    if shutil.which("unshare") is None:
        return False
    return not subprocess.run([*_UNSHARE, "true"], capture_output=True, check=False).returncode


def _place(packages: Sequence[str]) -> Path:
    key = f"{sys.executable} {sys.version} {' '.join(packages)}"
    return INSTALLED / hashlib.sha256(key.encode()).hexdigest()[:16]


def _install(packages: Sequence[str]) -> str:
    """Install into a folder of their own, whole or not at all; return why that failed."""
    place = _place(packages)
    with _INSTALLING:
        if place.exists():
            return ""
        INSTALLED.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=INSTALLED) as name:
            made = Path(name) / "site"
            command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target"]
            done = subprocess.run(
                [*command, str(made), *packages], capture_output=True, text=True, check=False
            )
            if done.returncode:
                lines = done.stderr.strip().splitlines() or ["no reason given"]
                return f"pip cannot install {' '.join(packages)}: {lines[-1]}"
            made.rename(place)
    return ""


@dataclass(frozen=True)
class Prepared:
    """A row on a backend, with the folder that it has for itself."""

    row: Row
    backend: str
    folder: Path

    def write(self) -> None:
        """Write the files of the row, and copy the checkout if it asks for one."""
        for path, text in self.row.files.items():
            self._write(path, self._filled(text))
        if self.row.plugin:
            self._write("early/first_of_all.py", self.row.plugin)
        if self.row.copied:
            ignored = shutil.ignore_patterns("__pycache__", "build")
            for name in _CHECKOUT:
                here, there = ROOT / name, self.folder / self.row.copied / name
                if here.is_dir():
                    shutil.copytree(here, there, ignore=ignored)
                else:
                    there.parent.mkdir(exist_ok=True)
                    shutil.copy(here, there)

    def run(self, chosen: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run pytest there."""
        row = self.row
        checkout = self.folder / row.copied if row.copied else ROOT
        command = [sys.executable, *row.python, "-m", "pytest", "-p", "no:cacheprovider"]
        command += ["-p", "first_of_all"] if row.plugin else []
        command += [*row.pytest, *chosen]
        if row.elsewhere:
            command += ["--rootdir", str(ROOT), str(ROOT / "tests" / "conformance")]
        if row.before:
            command = ["/bin/sh", "-c", f'{row.before}; exec "$@"', "sh", *command]
        if row.read_only:
            command = [*_UNSHARE, "sh", "-c", _READ_ONLY, "sh", str(checkout), *command]
        return subprocess.run(
            command,
            cwd=self.folder if row.elsewhere else checkout,
            env=self._environ(),
            stdin=subprocess.DEVNULL, capture_output=True, timeout=LONGEST, check=False,
            encoding="utf-8", errors="replace",
        )  # fmt: skip

    def _environ(self) -> dict[str, str]:
        """The environment of this process, without what speaks to Python, pytest and Keras."""
        environ = {k: v for k, v in os.environ.items() if not _OURS.fullmatch(k)}
        environ["KERAS_BACKEND"] = self.backend
        for name, value in self.row.settings.items():
            if value is None:
                environ.pop(name, None)
            else:
                environ[name] = self._filled(value)
        paths = [str(_place(self.row.packages))] if self.row.packages else []
        paths += [str(self.folder / "early")] if self.row.plugin else []
        given = environ.get("PYTHONPATH", "")
        environ["PYTHONPATH"] = os.pathsep.join(filter(None, [*paths, given]))
        return environ

    def _write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def _filled(self, text: str) -> str:
        return text.replace("{folder}", str(self.folder)).replace("{backend}", self.backend)


def judged(refusal: str, done: subprocess.CompletedProcess[str]) -> Outcome:
    """Whether a process did what its row says: green, or one line and no verdicts."""
    stdout, stderr = (_COLOUR.sub("", text) for text in (done.stdout, done.stderr))
    written = f"{stdout}\n{stderr}"
    errors = [line for line in written.splitlines() if line.startswith("ERROR: ")]
    if not refusal:
        ended = re.search(r"^=*\s*\d+ passed.*\bin [\d.]+s", stdout, re.MULTILINE)
        if done.returncode == 0 and ended:
            return Outcome("green")
    elif done.returncode and len(errors) == 1 and refusal in errors[0]:
        verdicts = _TALLY.search(written)
        if not verdicts and "Traceback" not in written:
            return Outcome("refused", errors[0].removeprefix("ERROR: "))
    lines = written.strip().splitlines()
    worst = errors or [line for line in lines if re.match(r"(FAILED|E  )", line)] or lines
    want = f"a refusal with {refusal!r}" if refusal else "green"
    return Outcome("WRONG", f"want {want}, got exit status {done.returncode}: {worst[-1:]}")

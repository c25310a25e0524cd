"""Results of releases that were run, kept so that a run of many can be taken up again.

They lie under build/record, in a folder named by a hash of all that decides what a run gives: a
change of the suite begins a new folder.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from keras_rnn_conformance.base.files import spoken
from keras_rnn_conformance.base.paths import BUILD, ROOT
from keras_rnn_conformance.releases.table import MOVING, Release
from keras_rnn_conformance.results.file import Results, load
from keras_rnn_conformance.results.lines import FileFault

FOLDER = BUILD / "record"
_PARTS = ("reference_impl", "tests/conformance", "keras_rnn_conformance", "fixtures/article")
_APART = ("report", "releases")
"""Folders of the package that take no part in a run."""


def place_of(release: Release, profile: str, python: Path | None) -> Path:
    """The file that keeps what a release gives."""
    return FOLDER / _key(str(python or "")) / f"{release.name}-{profile}.jsonl"


def kept(release: Release, path: Path) -> Results | None:
    """The results that an earlier run kept; none if it did not come so far."""
    if release.version in MOVING or not path.exists():
        return None
    try:
        return load(path)
    except FileFault:
        return None


def keep(results: Results, path: Path) -> None:
    """Keep results."""
    with spoken(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    results.save(path)


@cache
def _key(python: str) -> str:
    whole = hashlib.sha256(python.encode())
    files = [file for part in _PARTS for file in (ROOT / part).rglob("*.*")]
    for file in sorted(files):
        if file.suffix in (".py", ".json") and not set(_APART) & set(file.parts):
            whole.update(file.relative_to(ROOT).as_posix().encode())
            whole.update(file.read_bytes())
    return whole.hexdigest()[:12]

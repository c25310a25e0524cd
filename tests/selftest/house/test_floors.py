"""The house: its rooms stand in floors, no files import each other in a circle, no room is full."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import grimp
import pytest

from keras_rnn_conformance.base.paths import ROOT
from keras_rnn_conformance.judging import suite
from tests.quality import architecture

PACKAGES = ("keras_rnn_conformance", "reference_impl", "tests")
MOST_FLOORS, MOST_FILES, MOST_LINES = 10, 15, 400
WHOLE = "keras_rnn_conformance/standalone/observer.py"
"""It is copied by itself to where an old Keras runs, and so is one file."""


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    """By module, the modules that it imports, those inside functions included."""
    graph = grimp.build_graph(*PACKAGES, include_external_packages=True, cache_dir=None)
    return {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}


def circles(imports: Mapping[str, set[str]]) -> set[str]:
    """The modules that are left when those that import none of the rest are taken away."""
    left = {module: set(others) for module, others in imports.items()}
    while done := {module for module, others in left.items() if not others & left.keys()}:
        left = {module: others for module, others in left.items() if module not in done}
    return set(left)


def test_no_files_import_each_other_in_a_circle(imports: dict[str, set[str]]) -> None:
    assert circles(imports) == set()


def test_a_circle_would_be_seen() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set()}) == {"a", "b", "c"}


def test_the_oracle_imports_numpy_and_the_standard_library_alone(
    imports: dict[str, set[str]],
) -> None:
    roots = {
        other.partition(".")[0]
        for module, others in imports.items()
        if module.startswith("reference_impl")
        for other in others
    }
    assert roots - sys.stdlib_module_names == {"numpy", "reference_impl"}


def test_every_room_is_on_a_floor_and_there_are_few() -> None:
    named = {room for rooms in architecture.floors() for room in rooms} - {"reference_impl"}
    package = ROOT / "keras_rnn_conformance"
    assert named | {"standalone"} == {path.parent.name for path in package.glob("*/__init__.py")}
    assert len(architecture.floors()) <= MOST_FLOORS


def test_the_picture_of_the_rooms_is_current() -> None:
    assert architecture.PAGE.read_text("utf-8") == architecture.page()


def test_every_room_says_what_it_is() -> None:
    for path in (ROOT / "keras_rnn_conformance").glob("*/__init__.py"):
        doc = path.read_text("utf-8").partition('"""')[2].partition('"""')[0]
        assert doc.count(".") >= 2, f"{path}: say what the room is, and what it may know"


def test_no_folder_is_full() -> None:
    files: Counter[Path] = Counter()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            files[path.parent.relative_to(ROOT)] += path.name != "__init__.py"
    full = {str(folder): count for folder, count in files.items() if count > MOST_FILES}
    assert full == {}, "make a room of some of them"


def test_no_file_is_long() -> None:
    lines = {
        path.relative_to(ROOT).as_posix(): path.read_text("utf-8").count("\n")
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
    }
    long = {path for path, count in lines.items() if count > MOST_LINES}
    assert long == {WHOLE}, "split them by what they are about"


def test_no_conformance_module_has_the_name_of_another() -> None:
    """Modules are ordered and chosen (`-k`, times of a run) by name, whatever their folder."""
    names = Counter(module.__name__.rpartition(".")[2] for module in suite.modules())
    assert [name for name, count in names.items() if count > 1] == []

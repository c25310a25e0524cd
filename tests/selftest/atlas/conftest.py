"""A browser, and two pages of the atlas."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from keras_rnn_conformance.atlas.command import NAME
from keras_rnn_conformance.base.files import locked
from keras_rnn_conformance.cli.commands import run
from tests.selftest.atlas.browser import browser, prefer, resize
from tests.selftest.results.test_results import IDS, results

SIZES = {"phone": (360, 740), "desktop": (1280, 900)}


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with browser(tmp_path_factory.mktemp("profile")) as driven:
        prefer(driven, prefers_reduced_motion="reduce")
        yield driven


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of three runs: one rule is broken in one case, on two of them; one file is hostile."""
    from tests.selftest.atlas.test_atlas import hostile, saved  # is skipped without jinja2

    folder = tmp_path_factory.mktemp("small")
    jax = results(keras="3.9.2", backend="jax")
    mended = results(keras="3.9.2")
    mended.rows[IDS[5]] = {**mended.rows[IDS[0]], "id": IDS[5]}
    assert run(["atlas", str(folder / "out"), *saved(folder, mended, jax, hostile())]) == 0
    return folder / "out" / NAME


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of everything that is recorded, made by the first worker that asks for it."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    page = folder / "whole" / NAME
    with locked(folder):
        if not page.exists():
            assert run(["atlas", str(page.parent)]) == 0
    return page


@pytest.fixture(params=SIZES)
def size(request: pytest.FixtureRequest, driver: Any) -> str:
    resize(driver, *SIZES[request.param])
    return str(request.param)

"""A pytest plugin that writes where the time of a run went: `-p` and its name."""

from __future__ import annotations

import json
import time
from collections.abc import Generator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest

from keras_rnn_conformance.base.files import write_whole
from keras_rnn_conformance.judging import readiness


@dataclass
class Share:
    """The time that the cases of one module took.

    Attributes:
        cases: how many were judged.
        wall: seconds, everything that pytest does for a case included.
        keras: of them, inside Keras.
        judging: of them, in the oracle and the rules.
    """

    cases: int = 0
    wall: float = 0.0
    keras: float = 0.0
    judging: float = 0.0


@dataclass
class Times:
    """The time of one run: seconds to import Keras, and the share of every module."""

    importing: float = 0.0
    modules: dict[str, Share] = field(default_factory=dict)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--times", type=Path, required=True, metavar="FILE", help="where to write")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Stopwatch(config.option.times), "stopwatch")


class Stopwatch:
    """Times every case of a run in one process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.times = Times()

    def pytest_collection_finish(self) -> None:
        start = time.perf_counter()
        readiness.ready()
        self.times.importing = time.perf_counter() - start

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        start = time.perf_counter()
        result = yield
        share = self.times.modules.setdefault(item.path.stem, Share())
        share.wall += time.perf_counter() - start
        facts: dict[str, Any] = dict(item.user_properties)
        if "seconds" in facts:
            share.cases += 1
            share.keras += facts["seconds"]["keras"]
            share.judging += facts["seconds"]["judging"]
        return result

    def pytest_sessionfinish(self) -> None:
        write_whole(self.path, json.dumps(asdict(self.times), indent=1) + "\n")

"""A pytest plugin that writes what came of each case to the file that MENDED names."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

_TOLD: dict[str, dict[str, list[str]]] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep the known failures that a case refutes, and the rules that it breaks besides."""
    told: dict[str, Any] = dict(report.user_properties)
    if report.when == "call" and "mended" in told:
        _TOLD[str(told["case"])] = {name: told[name] for name in ("mended", "unexpected")}


def pytest_sessionfinish() -> None:
    """Write all of it."""
    Path(os.environ["MENDED"]).write_text(json.dumps(_TOLD), encoding="utf-8")

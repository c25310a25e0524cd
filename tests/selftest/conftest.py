"""Puts the files that take longest first, so that no worker is left alone with one at the end."""

from __future__ import annotations

import pytest

LONG = ("report/test_reports.py", "report/test_report_endings.py", "quality/test_sabotage.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """For `--dist loadfile --no-loadscope-reorder`, which hands files out in this order."""
    items.sort(key=lambda item: not item.path.as_posix().endswith(LONG))

"""parametrize_with_checks: one test of pytest for each layer and check."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from keras_rnn_conformance.own.api import checked, known
from keras_rnn_conformance.own.declared import Declared
from keras_rnn_conformance.own.laws import LAWS
from keras_rnn_conformance.own.subject import Subject, kind_of

Expected = Mapping[str, str] | Callable[[Any], Mapping[str, str]]


class Check:
    """One check, to be called with a layer, cell or factory; it passes, fails or is skipped."""

    def __init__(
        self, name: str, subject: Subject, expected: Mapping[str, str], scripts: str | Path | None
    ) -> None:
        self.name, self.subject, self.expected, self.scripts = name, subject, expected, scripts

    def __call__(self, layer: Any) -> None:
        """Run the check on the layer that it was made for."""
        __tracebackhide__ = True
        if layer is not self.subject.source:
            raise ValueError(f"call {self.name} with the layer that pytest hands to the test")
        outcome, text = checked(self.subject, self.name, self.expected, self.scripts)
        if text:
            pytest.fail(text, pytrace=False)
        if outcome.status == "skipped":
            pytest.skip(outcome.reason)
        if outcome.status in ("expected", "keras"):
            pytest.xfail(outcome.reason)


def parametrize_with_checks(
    layers: Sequence[Any],
    *,
    expected_failed_checks: Expected | None = None,
    scripts: str | Path | None = None,
) -> pytest.MarkDecorator:
    """Make a test function run once for each layer or cell and each check.

    The function has the arguments `layer` and `check`, and calls `check(layer)`.

    Args:
        layers: classes, layers, cells or factories, each alone or in a pair with its `Declared`.
        expected_failed_checks: reasons by the name of the check, for all layers; or a function
            that gives these for a layer. Strict: a check that passes all the same fails.
        scripts: a folder in which to write a standalone script for every failure.

    Raises:
        ValueError: if a name is that of no check.
    """
    rows = []
    for entry in layers:
        source, declare = entry if isinstance(entry, tuple) else (entry, Declared())
        subject = Subject(source, kind_of(source), declare)
        expected = expected_failed_checks or {}
        reasons = expected(source) if callable(expected) else expected
        known(reasons)
        rows += [
            pytest.param(
                source, Check(name, subject, reasons, scripts), id=f"{subject.name}-{name}"
            )
            for name, law in LAWS.items()
            if subject.kind == "cell" or not law.cells_only
        ]
    return pytest.mark.parametrize(("layer", "check"), rows)

"""The atlas breaks no rule of axe-core: it can be read by ear, and moved in by keys."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from keras_rnn_conformance.atlas.command import NAME
from keras_rnn_conformance.cli.commands import run
from tests.selftest.atlas.browser import browser, prefer, resize
from tests.selftest.atlas.test_atlas import saved
from tests.selftest.results.test_results import results

pytest.importorskip("jinja2", reason="it fills in the page's template: pip install '.[atlas]'")

_AXE = find_spec("axe_core_python")
_RUN = """
const done = arguments[arguments.length - 1];
axe.run(document).then(({ violations, passes }) => done([
  violations.map(({ id, impact, nodes }) => `${id} (${impact}): ${nodes[0].html.slice(0, 200)}`),
  passes.length]));
"""


@pytest.mark.skipif(_AXE is None, reason="axe-core-python is not installed: pip install '.[dev]'")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(360, 740), (1280, 900)], ids=["phone", "desktop"])
def test_axe_finds_nothing(tmp_path: Path, size: tuple[int, int], scheme: str) -> None:
    page = saved(tmp_path, results(keras="3.9.2"), results(keras="3.9.2", backend="jax"))
    assert run(["atlas", str(tmp_path / "out"), *page]) == 0
    with browser(tmp_path / "profile") as driver:
        prefer(driver, prefers_color_scheme=scheme, prefers_reduced_motion="reduce")
        resize(driver, *size)
        driver.get((tmp_path / "out" / NAME).as_uri())
        violations, passed = _judged(driver)
    assert violations == []
    assert passed > 20


def _judged(driver: Any) -> tuple[list[str], int]:
    """What breaks a rule, and how many rules hold."""
    assert _AXE is not None and _AXE.origin is not None
    driver.set_script_timeout(240)
    driver.execute_script(Path(_AXE.origin).with_name("axe.min.js").read_text(encoding="utf-8"))
    violations, passed = driver.execute_async_script(_RUN)
    return violations, passed

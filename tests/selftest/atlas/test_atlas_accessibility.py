"""The atlas breaks no rule of axe-core: it can be read by ear, and moved in by keys."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.selftest.atlas.browser import prefer

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
def test_axe_finds_nothing(driver: Any, small: Path, size: str, scheme: str) -> None:
    prefer(driver, prefers_color_scheme=scheme, prefers_reduced_motion="reduce")
    driver.get(small.as_uri())
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

"""What the process under judgement is told before Keras is imported."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.harness import environment

# An XLA that knows flags of a CPU alone, and ends the process at any other as XLA does.
STAND_IN = """
import os
class CompileOptions:
    def __init__(self):
        if not all("cpu" in flag for flag in os.environ["XLA_FLAGS"].split()):
            os.abort()
"""


@pytest.fixture
def jaxlib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a jaxlib stands that is no more than its reading of flags."""
    package = tmp_path / "jaxlib"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "xla_client.py").write_text(STAND_IN)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(environment, "_has_plugins", lambda: False)
    return tmp_path


def told(monkeypatch: pytest.MonkeyPatch, given: str) -> list[str]:
    monkeypatch.setenv("XLA_FLAGS", given)
    environment._compile_plainly()
    return os.environ["XLA_FLAGS"].split()


def test_only_flags_that_this_xla_knows_are_set(
    jaxlib: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert told(monkeypatch, "") == ["--xla_cpu_use_fusion_emitters=false"]


def test_flags_of_the_user_come_last_and_are_kept(
    jaxlib: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = "--xla_cpu_use_fusion_emitters=true"
    assert told(monkeypatch, mine)[-1] == mine


def test_a_device_of_a_plugin_has_its_programs_optimized(
    jaxlib: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "_has_plugins", lambda: True)
    assert told(monkeypatch, "--mine=1") == ["--mine=1"]

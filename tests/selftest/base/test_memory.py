"""Memory is freed between cases before the system's limit of memory maps ends the process."""

from __future__ import annotations

from pathlib import Path

import pytest

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.judging import readiness

readiness.ready()
from keras_rnn_conformance.cases.case import Case  # noqa: E402
from keras_rnn_conformance.judging.verdict import conduct  # noqa: E402
from keras_rnn_conformance.subject import memory  # noqa: E402


@pytest.fixture
def freed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts how often memory is freed, from the first case on."""
    count: list[int] = []
    monkeypatch.setattr(memory, "free", lambda: count.append(1))
    monkeypatch.setattr(memory, "_counted", [0])
    return count


@pytest.mark.parametrize(("found", "times"), [(100, 0), (16_000, 0), (17_000, 40), (None, 2)])
def test_memory_is_freed_well_before_the_limit(
    freed: list[int], monkeypatch: pytest.MonkeyPatch, found: int | None, times: int
) -> None:
    monkeypatch.setattr(memory, "maps", lambda: found)
    monkeypatch.setattr(memory, "_allowed", lambda: 65_530)
    assert sum(memory.free_seldom() for _ in range(1000)) == times == len(freed)


def test_every_case_is_counted(freed: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_LOOK", 1)
    monkeypatch.setattr(memory, "maps", lambda: 10**9)
    assert conduct(Case.parse("LSTM-seq1-state1-u3-t5")).ok
    assert freed


def test_the_maps_are_counted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if memory._MAPS.exists():
        found = memory.maps()
        assert found is not None and found > 10
    monkeypatch.setattr(memory, "_MAPS", tmp_path / "none")
    assert memory.maps() is None
    monkeypatch.setattr(memory, "_ALLOWED", tmp_path / "none")
    assert memory._allowed() == 65_530


@pytest.mark.skipif(environment.backend() != "jax", reason="only JAX keeps what it compiled")
def test_freeing_lets_go_of_compiled_programs() -> None:
    before = memory.maps()
    for u in range(1, 9):
        assert conduct(Case.parse(f"LSTM-seq1-state1-u{u}-t5")).ok
    grown = memory.maps()
    memory.free()
    after = memory.maps()
    assert before and grown and after and after - before < (grown - before) / 2

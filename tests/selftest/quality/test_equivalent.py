"""Claims that a mutant changes nothing: in the documented form, with a reason, about a mutant."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.quality.mutation import equivalent
from tests.quality.mutation.mutants import mutants


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "equivalent.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_claim_that_matches_no_mutant_is_refused(tmp_path: Path) -> None:
    claim = '[[mutant]]\nids = ["nowhere.py:1:*"]\nreason = "no such line in any source"\n'
    path = written(tmp_path, f'keras = "3.15.1"\n{claim}')
    with pytest.raises(equivalent.EquivalentError, match="matches no mutant"):
        equivalent.claimed(
            equivalent.load("3.15.1", path), tuple(mutants("layers/rnn/lstm.py")), "tensorflow"
        )


def test_claims_that_are_no_tables_are_refused(tmp_path: Path) -> None:
    with pytest.raises(equivalent.EquivalentError, match="on its own line"):
        equivalent.load("3.15.1", written(tmp_path, 'keras = "3.15.1"\nmutant = [{}]\n'))


def test_a_claim_without_a_reason_is_refused(tmp_path: Path) -> None:
    text = 'keras = "3.15.1"\n[[mutant]]\nids = ["*"]\nreason = "equivalent"\n'
    with pytest.raises(equivalent.EquivalentError, match="say why"):
        equivalent.load("3.15.1", written(tmp_path, text))


def test_claims_about_another_release_are_not_used(tmp_path: Path) -> None:
    assert equivalent.load("3.14.0", written(tmp_path, 'keras = "3.15.1"\n')) == []


def test_the_reviewed_list_is_of_the_documented_form() -> None:
    equivalent.load("3.15.1")

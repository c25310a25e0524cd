"""The files of older releases: all of the table are there, and are what the index says they are."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest

from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.models import shelf
from keras_rnn_conformance.cases.models.archive import (
    AS_WRITTEN,
    FILED,
    FOLDER,
    files,
    folder_of,
    index,
)
from keras_rnn_conformance.expected.registry import expected
from keras_rnn_conformance.releases.files import cudnn
from keras_rnn_conformance.releases.table import named
from reference_impl import LSTM

RELEASES = tuple(dict.fromkeys(file.release for file in files()))
BYTES = 4_000_000
"""All files together are smaller."""


@pytest.mark.parametrize("release", RELEASES)
def test_the_files_of_a_release_are_those_that_it_wrote(release: str) -> None:
    facts = index(release)
    assert facts["keras"] == named(release).version == release
    assert {"python", "packages", "backend", "command"} <= facts.keys()
    there = {path.name for path in (FOLDER / folder_of(release)).iterdir()} - {"index.json"}
    wanted = {file.path.partition("/")[2] for file in files() if file.release == release}
    assert there == wanted == {row["file"] for row in facts["files"]}
    for row in facts["files"]:
        whole = (FOLDER / folder_of(release) / row["file"]).read_bytes()
        assert hashlib.sha256(whole).hexdigest() == row["sha256"], row["file"]


def test_no_folder_is_of_a_release_that_the_table_lacks() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {folder_of(r) for r in RELEASES}


def test_the_files_are_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < BYTES


def test_every_model_is_in_a_file() -> None:
    assert shelf.ROWS.keys() == FILED.keys()


def test_what_a_release_computed_is_what_the_oracle_says_of_its_options() -> None:
    compared = 0
    for file in files():
        want = expected(file.case, Data(file.case))
        for name, (numbers, _) in want.facts["recorded"].items():
            error = np.abs(numbers - want.arrays[name].value)
            assert (error <= want.arrays[name].bound).all(), f"{file.path}: {name}"
            compared += 1
    assert compared > len(RELEASES) * 5


def test_another_data_seed_feeds_other_numbers_to_the_same_weights() -> None:
    file = next(files())
    first, other = (expected(file.case, Data(file.case, seed)) for seed in (0, 1))
    (name,) = first.names
    assert not np.allclose(first.arrays[name].value, other.arrays[name].value)
    (recorded,), (again,) = first.facts["recorded"].items(), other.facts["recorded"].items()
    assert (recorded[0], again[0]) == (name, AS_WRITTEN + name)
    assert all(np.array_equal(a, b) for a, b in zip(recorded[1], again[1], strict=True))


def test_weights_in_the_layout_of_cudnn_are_those_of_the_plain_layer() -> None:
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=shape) for shape in LSTM(2).weight_shapes((1, 3))]
    kernel, recurrent, bias = cudnn("CuDNNLSTM", weights)
    gates = [gate.reshape(2, 3).T for gate in np.split(kernel, 4, axis=1)]
    assert np.array_equal(np.concatenate(gates, axis=1), weights[0])
    crossed = [gate.T for gate in np.split(recurrent, 4, axis=1)]
    assert np.array_equal(np.concatenate(crossed, axis=1), weights[1])
    assert np.allclose(bias[:8] + bias[8:], weights[2])


def test_an_index_is_json_of_one_line_a_file() -> None:
    for release in RELEASES:
        text = (FOLDER / folder_of(release) / "index.json").read_text("utf-8")
        assert text.count('"sha256"') == len(json.loads(text)["files"])

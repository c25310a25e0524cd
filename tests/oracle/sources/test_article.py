"""The article's numbers: the oracle, in the generation of its time, gives every one of them.

Printed decimals are compared through their rounding and the oracle's own error bound: the
releases of the article's time, run today, differ from it in the last digit.
"""

from __future__ import annotations

import numpy as np
import pytest

import reference_impl as ref
from keras_rnn_conformance.cases.scenarios.article import Decimals, Listing, Record, load
from keras_rnn_conformance.expected.scenarios.article import MEANING, constant_weights, reference
from reference_impl import Bounded

ARTICLE = load()
PRINTING = [listing for listing in ARTICLE.listings.values() if listing.printed]


def share_of_bound(got: Bounded, want: Decimals) -> float:
    """The largest share of half a last digit plus the error bound; above 1 is a contradiction."""
    assert got.value.shape == want.value.shape
    error = np.abs(got.value - want.value)
    return float(np.max(error / (want.half_unit + got.bound)))


def returned(layer: ref.Layer) -> list[Bounded]:
    """What a layer with the listings' weights returns for the listings' input."""
    result: list[Bounded] = layer(ARTICLE.x, constant_weights(layer)).returned
    return result


@pytest.mark.parametrize("listing", PRINTING, ids=lambda listing: f"listing{listing.number}")
def test_the_generation_of_its_time_gives_every_printed_number(listing: Listing) -> None:
    arrays = returned(reference(listing.layer, "printed", dict(listing.arguments)))
    assert len(arrays) == len(listing.printed)
    for array, printed in zip(arrays, listing.printed, strict=True):
        assert share_of_bound(array, printed.decimals) <= 1, printed.name


@pytest.mark.parametrize("generation", sorted(set(ref.GENERATIONS) - {"keras2.0"}))
def test_no_later_generation_gives_the_printed_numbers(generation: str) -> None:
    output, *_ = returned(reference("LSTM", "printed", {}, generation))
    assert share_of_bound(output, ARTICLE.listings[2].printed[0].decimals) > 1000


def test_no_activation_of_keras_3_has_a_name_that_gives_the_printed_numbers() -> None:
    printed = ARTICLE.listings[2].printed[0].decimals
    for name in ("sigmoid", "hard_sigmoid", "sparse_sigmoid", "tanh", "relu6", "linear"):
        output, *_ = returned(reference("LSTM", "listing", {"recurrent_activation": name}))
        assert share_of_bound(output, printed) > 1000, name


def test_the_forget_bias_is_part_of_the_printed_numbers() -> None:
    output, *_ = returned(reference("LSTM", "zerobias", {}))
    assert share_of_bound(output, ARTICLE.listings[2].printed[0].decimals) > 1000


@pytest.mark.parametrize(
    "record", ARTICLE.records, ids=lambda r: f"{r.release}, {r.layer}, {r.variant}"
)
def test_recorded_numbers(record: Record) -> None:
    both = {"return_sequences": True, "return_state": True}
    arrays = returned(reference(record.layer, record.variant, both, record.generation))
    wanted = record.arrays(sequences=True)
    assert len(arrays) == len(wanted)
    for array, name in zip(arrays, wanted, strict=True):
        assert share_of_bound(array, wanted[name]) <= 1, name


def test_every_variant_is_recorded() -> None:
    assert {record.variant for record in ARTICLE.records} == set(MEANING)
    assert {record.layer for record in ARTICLE.records} == {"SimpleRNN", "LSTM", "GRU"}

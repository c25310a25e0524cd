"""What the oracle expects of the article's listings: the scenario `article`."""

from __future__ import annotations

from typing import Any

import numpy as np

import reference_impl as ref
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import state_names
from keras_rnn_conformance.cases.data import Array, Data
from keras_rnn_conformance.cases.scenarios import article
from keras_rnn_conformance.cases.scenarios.article import listing, variant
from keras_rnn_conformance.expected.oracle import oracle
from keras_rnn_conformance.expected.registry import Expected, expectation
from reference_impl import Bounded

MEANING: dict[str, dict[str, Any]] = {
    "listing": {"generation": "keras3"},
    "named": {"generation": "keras3", "recurrent_activation": "hard_sigmoid"},
    "printed": {"generation": "keras2.0"},
    "zerobias": {"generation": "keras2.0", "unit_forget_bias": False},
}
"""By variant without the listing's number: the options of the oracle that mean the same."""


@expectation("article")
def _article(case: Case, data: Data) -> Expected:
    return _decoder(case, data) if case["what"] == "listing5" else _listing(case)


def _listing(case: Case) -> Expected:
    facts = article.load()
    layer = reference(case.layer, variant(case), dict(listing(case).arguments))
    weights = constant_weights(layer)
    returned = layer(facts.x, weights).returned
    names = ["output", *(state_names(case.layer) if case["state"] else [])]
    records = [r for r in facts.records if (r.layer, r.variant) == (case.layer, variant(case))]
    return Expected(
        dict(zip(names, returned, strict=True)), names, {"weights": weights, "records": records}
    )


def reference(layer: str, what: str, arguments: dict[str, Any], generation: str = "") -> ref.Layer:
    """The oracle's layer for a variant; `generation` stands in for the variant's own."""
    options = {**MEANING[what], **arguments, "precision": "float32"}
    if generation:
        options["generation"] = generation
    made: ref.Layer = getattr(ref, layer)(article.load().units, **options)
    return made


def constant_weights(layer: ref.Layer) -> list[Array]:
    """The weights that the listings' initializers give: kernel, recurrent kernel, bias."""
    facts = article.load()
    wide = layer.gate_count * layer.units
    kernel = np.full((facts.x.shape[-1], wide), np.float32(facts.kernel), np.float64)
    recurrent = np.full((layer.units, wide), np.float32(facts.recurrent_kernel), np.float64)
    return [kernel, recurrent, layer.initial_weights_bias(facts.bias)]


def _decoder(case: Case, data: Data) -> Expected:
    layer = oracle(case)
    names = ["output", *state_names(case.layer)]
    states = data.states(len(names) - 1)
    forced = layer(data.x, data.weights(), initial_state=states).returned
    fed_back = feed_back(layer, data.x[:, 0], data.weights(), states, data.timesteps)
    arrays = dict(zip(names, fed_back, strict=True))
    arrays.update({f"forced {n}": a for n, a in zip(names, forced, strict=True)})
    return Expected(arrays, names)


def feed_back(layer: Any, x: Array, weights: Any, states: list[Array], steps: int) -> list[Bounded]:
    """A decoder's loop: each output is the next input.

    Args:
        x: the first input, (batch, units).
        states: one (batch, units) per state.

    Returns:
        The outputs, (batch, steps, units), then the last states, with their error bounds.
    """
    part = layer.checked_part(x.shape, weights, states, None, None)
    cell, carried = layer.cell(part.weights), part.states
    output, outputs = Bounded(x, 0.0, layer.precision), []
    for _ in range(steps):
        output, carried = cell.step(cell.project(output[None])[:, 0], carried)
        outputs.append(output)
    return [Bounded.stack(outputs, 1), *carried]

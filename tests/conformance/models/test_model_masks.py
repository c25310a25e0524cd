"""Models of masked layers: what layers compute, which masks they hand on, what padding does."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from keras_rnn_conformance.cases.axes import RECURRENT
from keras_rnn_conformance.cases.axis import words_of
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.models.parts import MASKING
from keras_rnn_conformance.cases.models.sources import lot, model_of, shortest
from keras_rnn_conformance.cases.models.table import NEIGHBOURS
from keras_rnn_conformance.judging.rules import Failure, Trial, rule

SIZES: dict[str, int | str] = {"u": 2, "t": 4, "n": 3, "in": 5, "do": "model"}
MASKS = ("right", "gap", "left")
UNLIKE = ("right", "left", "left")
"""Masks that differ in the opposite order of the samples: two inputs then have two masks."""
DEAR = frozenset(
    (
        "spatial",
        "gaussian",
        "leaky",
        "elu",
        "identity",
        "both_summed",
        "batchnorm_steps",
        "each_norm",
        "each_model",
        "join_none",
        "join_second",
        "append_none",
        "append_second",
        "join_recurrent",
        "subtract_both",
        "average_one",
        "multiply_one",
        "minimum_both",
        "additive_value",
        "encoder_within",
        "lstm_states",
        "cells",
    )
)
"""Models for `thorough` alone: others show nearly the same."""
LARGE: dict[str, int | str] = {"u": 9, "t": 17, "n": 11, "in": 13, "do": "model"}
"""A size beyond 8 along every axis of a model, and beyond a byte for tokens."""
ENLARGED = words_of(
    "heads heads_causal heads_shared scores attend_concat nested_masks gru_states both_ways "
    "each_norm_of_parts each_sequential by_masking by_fraction by_vector dropout layernorm "
    "batchnorm average append_both append_three add_three multiply_three maximum_three repeated "
    "dot_features subtract_both flatten_ends reshape_ends lengths convolved kept_lambda spoilt"
)
"""Models of every kind of layer that goes along timesteps, samples or features: once more, large.
"""
SQUARE: dict[str, int | str] = {"u": 3, "t": 4, "n": 4, "in": 4, "do": "model"}
"""As many samples as timesteps and features: whoever mixes their axes up gets no error."""
SQUARED = words_of(
    "average softmaxed batchnorm attend_both attend_value additive_both heads add_both append_both "
    "dot_features each_norm both_ways permute_ends spoilt spoilt_average"
)
"""Models of layers that lay a mask along an axis."""
LONE: dict[str, dict[str, int]] = {"by_last_feature": {"in": 67}, "repeated": {"n": 67}}
"""Models of layers that go along features or samples: once more, large along that axis alone."""
HALVED = ("attend_both", "heads_shared", "average")
"""Models that leave out what is masked by numbers, which 16 bits hold or not."""
DROPPING = ("Flatten", "Reshape", "Permute", "ZeroPadding1D")
"""Layers without masking that models are made of; a Lambda without a mask is another one."""


def cases(profile: str) -> Iterator[Case]:
    """Every model once, layers and masks by lot; in `thorough` every combination."""
    for name in NEIGHBOURS:
        wanted = {"smoke": name in ("dense", "append_one"), "default": name not in DEAR}
        if wanted.get(profile, True):
            masks = UNLIKE if {"tokens", "others"} <= {*NEIGHBOURS[name].inputs} else MASKS
            yield Case.of(
                RECURRENT[lot(name, 3)], **SIZES, what=name, mask=masks[lot(name, 9) // 3]
            )
    for name in HALVED if profile != "smoke" else ():
        yield Case.of(RECURRENT[lot(name, 3)], **SIZES, what=name, mask="right", dtype="mbf16")
    for name in ENLARGED if profile != "smoke" else ():
        mask = UNLIKE[lot(name, 3)]
        yield Case.of(RECURRENT[lot(name, 9) // 3], **LARGE, what=name, mask=mask)
    for name, sizes in LONE.items() if profile != "smoke" else ():
        yield Case.of(RECURRENT[lot(name, 3)], **{**SIZES, **sizes}, what=name, mask="right")
    for name in SQUARED if profile != "smoke" else ():
        yield Case.of(RECURRENT[lot(name, 3)], **SQUARE, what=name, mask="right")
    if profile == "thorough":
        for name in NEIGHBOURS:
            for k, mask in enumerate((*MASKS, "first", "alt")):
                yield Case.of(RECURRENT[k % 3], **SIZES, what=name, mask=mask)
                yield Case.of(RECURRENT[(k + 1) % 3], **SIZES, what=name, mask=mask, dtype="mbf16")


def of_models(case: Case) -> bool:
    """The cases of the scenario `model`."""
    return case["do"] == "model"


def _masking(case: Case) -> list[str]:
    """The parts whose compute_mask is called."""
    parts = model_of(case).parts
    return [part.name for part in parts if part.kind in MASKING and part.mask_from is None]


@rule(
    "MASK-40",
    "compute_mask of a layer, called on tensors and their masks, gives the mask that its output "
    "carries.",
    source="keras.layers.Layer.compute_mask; guide: Understanding masking and padding, Supporting "
    "masking in your custom layers",
    applies=lambda c: of_models(c) and bool(_masking(c)),
)
def masks_computed(trial: Trial) -> Iterator[Failure]:
    want = trial.want.facts["masks"]
    masked = [name for name in _masking(trial.case) if want[name] is not None]
    got = trial.seen.facts.get("computed masks", [])
    if got != masked:
        yield Failure("structure", "what compute_mask gives a mask for", str(got), str(masked))
    for name in masked:
        if name in got:
            yield from trial.close(f"computed mask of {name}", want[name].astype(np.float64))


def _padded(case: Case) -> bool:
    return of_models(case) and model_of(case).padding


@rule(
    "NEIGHBOUR-1",
    "Every layer of a model under a mask computes what it documents, from its inputs and "
    "their masks.",
    source="keras.layers: the class of each layer; guide: Understanding masking and padding",
    applies=of_models,
)
def layers_compute(trial: Trial) -> Iterator[Failure]:
    yield from trial.compare()


@rule(
    "NEIGHBOUR-2",
    "A layer that supports masking passes a mask on as its compute_mask says; no other "
    "layer passes one on.",
    source="keras.Layer, supports_masking; keras.Layer.compute_mask; guide: Understanding masking "
    "and padding, Supporting masking in your custom layers",
    applies=of_models,
)
def masks_handed_on(trial: Trial) -> Iterator[Failure]:
    want = trial.want.facts["masks"]
    carrying = [name for name in want if want[name] is not None]
    got = trial.seen.facts.get("masked", [])
    if got != carrying:
        yield Failure("structure", "what carries a mask", str(got), str(carrying))
    for name in carrying:
        if name in got:
            yield from trial.close(f"mask of {name}", want[name].astype(np.float64))


@rule(
    "NEIGHBOUR-3",
    "A padded sample gives what it gives without its padding, through every layer that "
    "supports masking.",
    source="guide: Understanding masking and padding; keras.layers.Masking; "
    "keras.layers.Embedding, mask_zero",
    applies=_padded,
)
def padding_is_left_out(trial: Trial) -> Iterator[Failure]:
    row = shortest(trial.data)
    one = slice(row, row + 1)
    for name in model_of(trial.case).outputs:
        padded = trial.seen.arrays.get(name)
        bound = trial.want.facts["clean"][name].bound
        if padded is None or padded.shape != bound.shape:
            shape = "nothing" if padded is None else str(padded.shape)
            yield Failure("structure", name, shape, str(bound.shape), name=name)
            continue
        yield from trial.close(f"short: {name}", padded[one], 2.0 * bound[one])


@rule(
    "NEIGHBOUR-101",
    "Called again on the samples in another order, with the masks that these have, every layer of "
    "a model gives each sample what it gave before.",
    source="keras.Layer.__call__: the mask of the inputs; guide: Understanding masking and padding",
    applies=of_models,
)
def samples_may_turn(trial: Trial) -> Iterator[Failure]:
    for name in model_of(trial.case).outputs:
        first, bound = trial.seen.arrays.get(name), trial.want.arrays[name].bound
        if first is not None and first.shape == bound.shape:
            yield from trial.close(f"turned: {name}", first[::-1], 2.0 * bound[::-1])


def _embeds(case: Case) -> bool:
    return _padded(case) and any(part.kind == "Embedding" for part in model_of(case).parts)


@rule(
    "NEIGHBOUR-4",
    "The values at masked timesteps, however large, change no output.",
    source="keras.layers.RNN, mask: the timestep should be ignored; keras.layers.Embedding, "
    "mask_zero; guide: Understanding masking and padding",
    applies=_embeds,
)
def padding_holds_anything(trial: Trial) -> Iterator[Failure]:
    for name, want in trial.want.facts["clean"].items():
        yield from trial.close(name, want.value, want.bound)


def _dropping(case: Case) -> list[str]:
    parts = model_of(case).parts
    bare = [part.name for part in parts if part.kind == "Lambda" and "mask" not in part.options]
    return [part.name for part in parts if part.kind in DROPPING] + bare


@rule(
    "NEIGHBOUR-5",
    "A layer that does not support masking and is called on a masked input warns "
    "that it destroys the mask.",
    source="keras.Layer.__call__: the warning; keras.Layer, supports_masking",
    applies=lambda c: of_models(c) and bool(_dropping(c)),
)
def warns(trial: Trial) -> Iterator[Failure]:
    for name in _dropping(trial.case):
        words = ("does not support masking", f"'{name}'")
        if not any(all(word in text for word in words) for text in trial.seen.warnings):
            told = str(trial.seen.warnings)
            yield Failure("fact", f"warnings about {name}", told, "that the mask is destroyed")


@rule(
    "NEIGHBOUR-8",
    "Called on symbolic tensors, every layer of a model gives as many outputs as on arrays, of "
    "the shapes and dtypes that these have.",
    source="keras.Layer.compute_output_spec; keras.layers.MultiHeadAttention, call arguments: "
    "return_attention_scores",
    applies=of_models,
)
def foretells(trial: Trial) -> Iterator[Failure]:
    foretold = trial.seen.facts.get("foretold", {})
    for name in trial.want.arrays:
        computed = trial.seen.arrays.get(name)
        if computed is None:
            continue
        want = [*map(str, computed.shape[1:]), trial.seen.dtypes[name]]
        if foretold.get(name) != want:
            got = foretold.get(name, foretold.get("error"))
            yield Failure("shape", f"symbolic {name}", str(got), str(want))


@rule(
    "NEIGHBOUR-90",
    "compute_output_spec of a layer tells the shapes and dtypes of its outputs, of tensors as of "
    "symbolic ones, and whatever it was called on before.",
    source="keras.layers.Layer.compute_output_spec; keras.Operation.compute_output_spec",
    applies=of_models,
)
def tells(trial: Trial) -> Iterator[Failure]:
    told = trial.seen.facts.get("told", {})
    for name in trial.want.arrays:
        computed = trial.seen.arrays.get(name)
        if computed is not None:
            want = [*map(str, computed.shape[1:]), trial.seen.dtypes[name]]
            if told.get(name) != want:
                yield Failure("shape", f"{name} told of tensors", str(told.get(name)), str(want))


@rule(
    "MASK-30",
    "Only a layer that drops a mask warns that it destroys it: neither one that hands it on, nor "
    "a part of one that does.",
    source="keras.Layer, supports_masking; keras.layers.MultiHeadAttention; guide: Understanding "
    "masking and padding",
    applies=of_models,
)
def destroys_nothing(trial: Trial) -> Iterator[Failure]:
    excused = [
        "(of type Probe)",
        "The NumPy backend",
        *(f"'{name}'" for name in _dropping(trial.case)),
    ]
    for text in trial.seen.warnings:
        if "does not support masking" in text and not any(name in text for name in excused):
            yield Failure("fact", "warnings of a destroyed mask", text, "none")
            return

"""Which wrong layer which law must find, at least; and on which backends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import keras

from keras_rnn_conformance import Declared
from keras_rnn_conformance.own.judge import attempt
from keras_rnn_conformance.own.laws import LAWS, Sizes
from keras_rnn_conformance.own.subject import Subject, kind_of
from tests.selftest.own import wrong_cells as c
from tests.selftest.own import wrong_copies as kept
from tests.selftest.own import wrong_layers as w

MUTABLE = ("numpy", "torch")
GRADIENTS = ("tensorflow", "jax", "torch")
JIT = ("tensorflow", "jax")
ALL = ("numpy", "torch", "tensorflow", "jax")


@dataclass(frozen=True)
class Planted:
    """A wrong layer or cell, with what its author would declare."""

    subject: Any
    declared: Declared = Declared()  # noqa: RUF009  # frozen
    backends: tuple[str, ...] = ALL


def _each(*subjects: Any, **more: Any) -> list[Planted]:
    return [Planted(subject, **more) for subject in subjects]


_FIRST = Declared(output="first state")

PLANTED: dict[str, list[Planted]] = {
    "check_call": _each(w.NotANumber),
    "check_cell_states": _each(c.StateNested, c.StateSizeWrong),
    "check_cell_output_size": [
        *_each(c.OutputSizeWrong),
        Planted(c.CellCounts, Declared(output_size=9)),
    ],
    "check_cell_step_by_step": _each(c.CellCounts),
    "check_initial_state": _each(w.InitialStateDoubled),
    "check_symbolic_call": _each(w.SymbolicShape, w.SaidShape),
    "check_compute_output_shape": _each(w.SaidShape, w.SaidUnits),
    "check_parts_equal_whole": _each(w.CarryLost, w.InitialStateIgnored),
    "check_later_steps_do_not_matter": _each(w.MeanOfTime, w.Counts),
    "check_rows_independent": _each(w.MeanOfBatch, w.FirstRowLeads),
    "check_rows_in_any_order": _each(w.FirstRowLeads, w.Counts),
    "check_units_independent": _each(
        w.Counts, w.SaidUnits, declared=Declared(units_independent=True)
    ),
    "check_long_parts_equal_whole": _each(w.Forgetful, w.InitialStateIgnored),
    "check_wide": _each(w.Narrow, w.MeanOfBatch),
    "check_return_sequences": _each(w.LastOutput),
    "check_return_state": _each(w.StateAsked, w.LastOutput),
    "check_output_is_first_state": _each(w.StatesSwapped, w.StateAsked, declared=_FIRST),
    "check_unrolled_equals_looped": _each(w.Unrolled),
    "check_go_backwards_is_reversal": _each(w.NeverBackwards),
    "check_go_backwards_unrolled": _each(w.BackwardsUnrolled, w.Unrolled),
    "check_stateful": _each(w.NeverStateful, w.Counts),
    "check_reset_state": _each(w.NeverReset, w.Counts),
    "check_masked_step_is_left_out": _each(w.MaskIgnored, w.MaskGrows),
    "check_masked_last_output": _each(w.MaskIgnored, w.MaskGrows),
    "check_mask_of_each_sample": _each(w.MaskOfFirstRow, w.MaskIgnored),
    "check_mask_of_true": _each(w.MaskGrows, w.Counts),
    "check_masked_output": _each(w.ZeroOutput, w.MaskIgnored),
    "check_zero_output_for_mask": _each(w.ZeroOutput, w.MaskIgnored),
    "check_mask_unrolled": _each(w.UnrolledWithoutMask, w.Unrolled),
    "check_masking_layer_in_front": _each(w.Counts),
    "check_second_call": _each(w.Counts, w.WeightsDrift),
    "check_other_length": _each(w.FirstLength, w.Counts),
    "check_input_is_kept": _each(w.InputChanged, backends=MUTABLE),
    "check_states_are_kept": _each(w.StatesChanged, backends=MUTABLE),
    "check_weights_are_kept": _each(w.WeightsDrift),
    "check_compiled_equals_called": _each(w.Counts),
    "check_jit_equals_called": _each(w.Counts, backends=JIT),
    "check_compiled_for_any_length": [
        *_each(w.LengthNeeded, backends=("tensorflow",)),
        *_each(w.Counts),
    ],
    "check_built_in_a_model": _each(w.SymbolicFirst, w.Counts),
    "check_same_seed": _each(w.Unseeded),
    "check_float16": _each(w.DtypeDropped, backends=("tensorflow", "jax")),
    "check_bfloat16": _each(w.DtypeDropped, w.HalfWrong, backends=("numpy", "tensorflow", "jax")),
    "check_mixed_float16": _each(w.DtypeDropped, w.HalfWrong),
    "check_mixed_bfloat16": _each(w.DtypeDropped, w.HalfWrong),
    "check_float64": _each(w.DtypeDropped, w.HalfWrong, backends=("numpy", "tensorflow", "torch")),
    "check_global_policy": _each(w.FixedDtype),
    "check_gradients": _each(w.GradientStopped, backends=GRADIENTS),
    "check_fit": _each(w.TrainingRaises, backends=GRADIENTS),
    "check_training_without_dropout": _each(w.TrainingGrows),
    "check_dropout_in_inference": _each(w.AlwaysDrops, w.Counts),
    "check_dropout_in_training": _each(w.NeverDrops, w.SameMask),
    "check_recurrent_dropout": _each(w.NeverDrops, w.AlwaysDrops),
    "check_bidirectional": _each(kept.DirectionLost, w.NeverBackwards),
    "check_time_distributed": _each(w.Counts),
    "check_two_in_a_model": _each(w.Counts),
    "check_stacked_cells": _each(c.CellCounts),
    "check_shared": _each(w.Counts),
    "check_config": _each(kept.scaled, c.CellConfigLost),
    "check_json": _each(kept.NoJson, kept.scaled),
    "check_keras_file": _each(kept.scaled, kept.LoadsNothing),
    "check_weights_file": _each(kept.LoadsNothing),
    "check_set_weights": _each(kept.WeightsLost),
    "check_clone_model": _each(kept.scaled),
    "check_deepcopy": _each(kept.NoCopy, kept.CopyUntrained),
    "check_pickle": _each(kept.scaled, kept.LoadsNothing),
}


def finds(name: str, one: Planted, *, quickly: bool = False) -> bool:
    """Whether the law applies to the planted fault, and finds it; `quickly` on fewer timesteps,

    with the rounding measured once.

    Raises:
        AssertionError: if the law does not apply.
    """
    subject = _subject(one)
    lacking = subject.lacking(LAWS[name])
    assert lacking is None, f"{name} does not apply to {subject.name}: {lacking}"
    law = LAWS[name]
    if not quickly:
        return attempt(law, subject, subject.sizes(law)) is not None
    steps = 3 if law.sizes == Sizes() else law.sizes.timesteps
    return attempt(law, subject, replace(law.sizes, timesteps=steps), draws=1) is not None


def planted_here() -> dict[str, list[Planted]]:
    """The faults that can exist on this backend."""
    backend = keras.backend.backend()
    return {
        name: [one for one in all_of if backend in one.backends] for name, all_of in PLANTED.items()
    }


@cache
def _subject(one: Planted) -> Subject:
    return Subject(one.subject, kind_of(one.subject), one.declared)

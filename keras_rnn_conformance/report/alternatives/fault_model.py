"""What the oracle computes a case from, taken apart so that it can be put together wrongly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import (
    call_name,
    flat,
    form,
    output_names,
    returned,
    state_tree,
)
from keras_rnn_conformance.cases.data import Array, Data
from keras_rnn_conformance.expected.compositions import initial_states
from keras_rnn_conformance.expected.oracle import oracle
from keras_rnn_conformance.expected.registry import GENERATION
from reference_impl.bounded import Bounded, exact

Step = Callable[[Any, tuple[Any, ...]], tuple[Any, tuple[Any, ...]]]
States = tuple[Any, ...]
FORMS = ("layer", "rnn", "one", "cell")
"""The forms that are one cell in one loop."""


@dataclass(frozen=True)
class Run:
    """What one call gives: (batch, timesteps, units), (batch, units), and (batch, units) each.

    Attributes:
        trail: the states after every timestep, in the order of processing.
    """

    sequence: Any
    output: Any
    states: States
    start: States = ()
    trail: tuple[States, ...] = ()


@dataclass(frozen=True)
class Scene:
    """One cell in one loop over time, with its numbers.

    Attributes:
        case: the options.
        options: arguments of the reference layer in place of those of the case.
        xs: the input of every call, (batch, timesteps, features).
        weights: in Keras's order and layout.
        start: the initial states that are given, if any.
        output_mask, state_mask: the timesteps that count for the outputs, and for the states.
        back, mask_back: whether the inputs, and the masks, are read from their end.
        zero: whether a masked timestep gives zeros.
        repeats_state: whether it gives the first state before it, in place of the output before it.
        wrap: makes the step of the loop from the cell and its step.
        between: makes the states that a stateful layer goes on from those that a call left.
        reset: makes the states after `reset_state`.
        carry_on: whether a call starts where the one before ended.
        finish: changes of what a call gives, in order.
    """

    case: Case
    xs: tuple[Array, ...]
    weights: tuple[Array, ...]
    start: Any
    output_mask: Any
    state_mask: Any
    back: bool
    mask_back: bool
    zero: bool
    carry_on: bool
    repeats_state: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    wrap: Callable[[Any, Step], Step] = lambda cell, step: step
    between: Callable[[States], States] = lambda states: states
    reset: Callable[[States], Any] = lambda states: None
    finish: tuple[Callable[[Run], Run], ...] = ()

    def but(self, **changes: Any) -> Scene:
        """The scene with some attributes changed."""
        return replace(self, **changes)

    def with_options(self, **options: Any) -> Scene:
        """The scene with other arguments of the reference layer."""
        return replace(self, options={**self.options, **options})

    def masked(self, mask: Any) -> Scene:
        """The scene with another mask."""
        return replace(self, output_mask=mask, state_mask=mask)

    def then(self, change: Callable[[Run], Run]) -> Scene:
        """The scene with another change of what a call gives."""
        return replace(self, finish=(*self.finish, change))


def scene_of(case: Case, data: Data) -> Scene | None:
    """The right scene of a case; None for what is not one cell in one loop."""
    if case["do"] != "call" or form(case) not in FORMS or case["via"] == "td" or case["t"] == 0:
        return None
    calls = range(case.number("calls"))
    return Scene(
        case,
        xs=tuple(data.x_of(number) for number in calls),
        weights=tuple(data.all_weights()[0]),
        start=initial_states(case, data),
        output_mask=data.mask,
        state_mask=data.mask,
        back=bool(case["back"]),
        mask_back=bool(case["back"]),
        zero=bool(case["zero"]) and bool(case["seq"]),
        carry_on=bool(case["stateful"]) and case["init"] == "none",
    )


def compute(scene: Scene) -> dict[str, Bounded]:
    """Everything that the calls of the scene give, by the names of the oracle's expectation."""
    with np.errstate(all="ignore"):
        return _computed(scene)


def _computed(scene: Scene) -> dict[str, Bounded]:
    case, arrays, kept = scene.case, {}, scene.start
    names = [*output_names(case), *flat(state_tree(case))]
    wanted = set(flat(returned(case)))
    for number, x in enumerate(scene.xs):
        start = scene.start
        if number and scene.carry_on:
            start = scene.reset(kept) if case["reset"] != "none" else kept
        run = one_call(scene, x, start)
        for change in scene.finish:
            run = change(run)
        kept = scene.between(run.states)
        output = run.sequence if case["seq"] else run.output
        for name, array in zip(names, [output, *run.states], strict=True):
            if name in wanted:
                arrays[call_name(name, number)] = array
    if case["stateful"]:
        arrays |= {f"kept {n}": s for n, s in zip(flat(state_tree(case)), kept, strict=True)}
    return arrays


def one_call(scene: Scene, x: Array, start: Any) -> Run:
    """One run of the loop."""
    layer = oracle(
        scene.case,
        generation=scene.options.get("generation", GENERATION.get()),
        **{k: v for k, v in scene.options.items() if k != "generation"},
    )
    inputs = exact(x.transpose(1, 0, 2), layer.precision)
    part = layer.checked_part((x.shape[0], x.shape[2]), scene.weights, start, None, None)
    cell = layer.cell(part.weights)
    inputs = inputs[::-1] if scene.back else inputs
    output_mask, state_mask = (
        _in_time(mask, scene) for mask in (scene.output_mask, scene.state_mask)
    )
    step = scene.wrap(cell, cell.step)
    states, projected = part.states, cell.project(inputs)
    outputs: list[Any] = []
    trail = []
    for t in range(inputs.shape[0]):
        output, new = step(projected[:, t], states)
        zeros = exact(np.zeros(output.shape), layer.precision)
        if output_mask is not None:
            kept = states[0] if scene.repeats_state else outputs[-1] if outputs else zeros
            before = zeros if scene.zero else kept
            output = output.where(output_mask[t], before)
        if state_mask is not None:
            new = tuple(n.where(state_mask[t], s) for n, s in zip(new, states, strict=True))
        states = tuple(new)
        outputs.append(output)
        trail.append(states)
    return Run(output.stack(outputs, 1), output, states, part.states, tuple(trail))


def _in_time(mask: Any, scene: Scene) -> Any:
    if mask is None:
        return None
    steps = np.asarray(mask).T[:, :, None]
    return steps[::-1] if scene.mask_back else steps

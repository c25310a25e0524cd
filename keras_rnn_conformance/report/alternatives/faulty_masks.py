"""Wrong loops over time that a diagnosis tries: masks of outputs and of states."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from keras_rnn_conformance.report.alternatives.fault_model import Run, Scene, one_call
from keras_rnn_conformance.report.alternatives.faulty_equations import Alternative
from reference_impl.bounded import Bounded, exact

Change = Callable[[Scene], Scene | None]


def alternatives(scene: Scene) -> Iterator[Alternative]:
    """Every wrong use of the mask that the case of the scene can show."""
    yield Alternative(
        "zeros for a last output that is masked, without return_sequences",
        "zero",
        _zero_last if not scene.case["seq"] else lambda s: None,
    )
    for sentence, change in MASKS.items():
        yield Alternative(sentence, "mask", _with_mask(change))
    yield Alternative(
        "the mask applied to the outputs and not to the states",
        "mask",
        lambda s: s.but(state_mask=None),
    )
    yield Alternative(
        "masked timesteps updating states that outputs repeat",
        "mask",
        lambda s: s.but(state_mask=None, repeats_state=True),
    )
    yield Alternative(
        "the mask applied to the states and not to the outputs",
        "mask",
        lambda s: s.but(output_mask=None),
    )
    yield Alternative(
        "the mask applied to the outputs and not to the returned states",
        "mask",
        _mixed(states=True),
    )
    yield Alternative(
        "the mask applied to the returned states and not to the outputs",
        "mask",
        _mixed(states=False),
    )
    yield Alternative(
        "the mask read in the direction opposite to that of the input",
        "mask",
        lambda s: s.but(mask_back=not s.mask_back),
    )
    zeros = "zero_output_for_mask ignored" if scene.zero else "zeros for masked timesteps"
    yield Alternative(zeros, "zero", lambda s: s.but(zero=not s.zero))
    yield Alternative(
        "zero_output_for_mask by the mask read in the wrong direction",
        "zero",
        _filled(0.0, turned=True) if scene.zero else lambda s: None,
    )
    yield Alternative("ones for masked timesteps", "zero", _filled(1.0))
    yield Alternative(
        "the initial state for the outputs before the first valid timestep", "fill", _from_start
    )
    yield Alternative("the output of the last timestep zeroed by its mask", "zero", _last_zeroed)
    yield Alternative("states of zeros after a masked timestep", "state", _zero_states)


MASKS: dict[str, Callable[[Any], Any]] = {
    "the mask ignored": lambda m: None,
    "the mask inverted": lambda m: ~m,
    "the mask one timestep late": lambda m: np.roll(m, 1, 1),
    "the mask one timestep early": lambda m: np.roll(m, -1, 1),
    "the mask reversed in time": lambda m: m[:, ::-1],
    "the first sample's mask for every sample": lambda m: np.broadcast_to(m[:1], m.shape),
    "a timestep masked only where every sample masks it": lambda m: m | m.any(0, keepdims=True),
    "a timestep masked wherever one sample masks it": lambda m: m & m.all(0, keepdims=True),
    "the mask taken for right padding of the same length": lambda m: (
        np.arange(m.shape[1]) < m.sum(1, keepdims=True)
    ),
    "the mask of another sample: in reverse order": lambda m: m[::-1],
}


def _with_mask(change: Callable[[Any], Any]) -> Change:
    return lambda scene: scene.masked(change(scene.output_mask))


def _mixed(states: bool) -> Change:
    """What one call gives, with the states, or the outputs, of a call without the mask."""

    def change(scene: Scene) -> Scene | None:
        if len(scene.xs) > 1:
            return None
        free = one_call(scene.masked(None), scene.xs[0], scene.start)

        def finish(run: Run) -> Run:
            if states:
                return replace(run, states=free.states)
            return replace(run, sequence=free.sequence, output=free.output)

        return scene.then(finish)

    return change


def _processed(scene: Scene) -> Any:
    """The mask in the order of the outputs, (batch, timesteps, 1)."""
    mask = np.asarray(scene.output_mask)
    return (mask[:, ::-1] if scene.mask_back else mask)[..., None]


def _filled(value: float, turned: bool = False) -> Change:
    def change(scene: Scene) -> Scene:
        valid = _processed(scene)
        right, scene = (valid[:, ::-1] if turned else valid), scene.but(zero=False)

        def finish(run: Run) -> Run:
            fill = exact(np.full(run.sequence.shape, value), run.sequence.precision)
            sequence = run.sequence.where(np.broadcast_to(right, fill.shape), fill)
            return replace(run, sequence=sequence, output=sequence[:, -1])

        return scene.then(finish)

    return change


def _zero_last(scene: Scene) -> Scene:
    return _only_last(scene, whole=False)


def _last_zeroed(scene: Scene) -> Scene:
    return _only_last(scene, whole=True)


def _only_last(scene: Scene, whole: bool) -> Scene:
    valid = _processed(scene)[:, -1]

    def finish(run: Run) -> Run:
        output = _where(run.output, valid, 0.0)
        sequence = _where(run.sequence, valid[:, None], 0.0) if whole else run.sequence
        return replace(run, output=output, sequence=sequence)

    return scene.then(finish)


def _where(array: Bounded, condition: Any, value: float) -> Bounded:
    fill = exact(np.full(array.shape, value), array.precision)
    return array.where(np.broadcast_to(condition, array.shape), fill)


def _zero_states(scene: Scene) -> Scene:
    valid = _processed(scene)[:, -1]
    return scene.then(
        lambda run: replace(run, states=tuple(_where(s, valid, 0.0) for s in run.states))
    )


def _from_start(scene: Scene) -> Scene:
    seen = np.maximum.accumulate(_processed(scene), axis=1)

    def finish(run: Run) -> Run:
        start = run.start[0].stack([run.start[0]] * seen.shape[1], 1)
        sequence = run.sequence.where(np.broadcast_to(seen, start.shape), start)
        return replace(run, sequence=sequence, output=sequence[:, -1])

    return scene.then(finish)

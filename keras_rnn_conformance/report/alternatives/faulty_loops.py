"""Wrong loops over time that a diagnosis tries: direction, states, samples, calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from keras_rnn_conformance.report.alternatives import faulty_masks
from keras_rnn_conformance.report.alternatives.fault_model import Run, Scene, Step, one_call
from keras_rnn_conformance.report.alternatives.faulty_equations import Alternative, stepped
from reference_impl.bounded import Bounded

Change = Callable[[Scene], Scene | None]


def alternatives(scene: Scene) -> Iterator[Alternative]:
    """Every wrong loop that the case of the scene can show."""
    if scene.output_mask is not None:
        yield from faulty_masks.alternatives(scene)
    yield from _direction(scene)
    yield from _steps()
    yield from _states(scene)
    yield from _samples(scene)
    if scene.start is not None:
        yield from _starts(scene)
    else:
        yield Alternative("an initial state of ones", "start", _started(lambda s: np.ones_like(s)))
        if scene.case.layer == "LSTM":
            yield Alternative(
                "a carry that starts from ones",
                "start",
                _started(lambda s: np.ones_like(s), first=1),
            )
    if len(scene.xs) > 1 or scene.case["stateful"]:
        yield from _calls(scene)


def _direction(scene: Scene) -> Iterator[Alternative]:
    word = "go_backwards ignored" if scene.back else "the input read backwards"
    yield Alternative(
        word, "direction", lambda s: s.but(back=not s.back, mask_back=not s.mask_back)
    )
    yield Alternative(
        "the outputs in the reverse order of time", "direction", _sequence(lambda y: y[:, ::-1])
    )
    yield Alternative(
        "the input read forwards, and the outputs reversed"
        if scene.back
        else "the input read backwards, and the outputs reversed",
        "direction",
        lambda s: s.but(back=not s.back, mask_back=not s.mask_back).then(
            lambda run: replace(run, sequence=run.sequence[:, ::-1])
        ),
    )
    yield Alternative(
        "the outputs one timestep late",
        "direction",
        _sequence(lambda y: y[:, np.roll(np.arange(y.shape[1]), 1)]),
    )
    yield Alternative(
        "the first output in the place of the last",
        "output",
        lambda s: s.then(lambda run: replace(run, output=run.sequence[:, 0])),
    )
    yield Alternative(
        "the output of the step before the last in the place of the last",
        "output",
        lambda s: s.then(lambda run: replace(run, output=run.sequence[:, -min(2, len(run.trail))])),
    )


def _sequence(change: Callable[[Any], Any]) -> Change:
    return lambda s: s.then(lambda run: replace(run, sequence=change(run.sequence)))


def _steps() -> Iterator[Alternative]:
    yield Alternative(
        "the last timestep of the input not seen (zeros in its place)",
        "input",
        _inputs(lambda x: np.concatenate([x[:, :-1], 0 * x[:, -1:]], 1)),
    )
    yield Alternative(
        "the first timestep of the input not seen (zeros in its place)",
        "input",
        _inputs(lambda x: np.concatenate([0 * x[:, :1], x[:, 1:]], 1)),
    )
    yield Alternative("every timestep started from the initial state", "state", _forgetful)
    yield Alternative("the first timestep run twice", "start", _first_twice)
    yield Alternative("the last timestep run twice, for the states", "state", _last_twice)


def _inputs(change: Callable[[Any], Any]) -> Change:
    return lambda scene: scene.but(xs=tuple(change(x) for x in scene.xs))


def _forgetful(scene: Scene) -> Scene:
    def loop(cell: Any, step: Step) -> Step:
        first: list[Any] = []

        def wrong(x: Any, states: Any) -> Any:
            first.append(states)
            return step(x, first[0])

        return wrong

    return stepped(loop)(scene)


def _first_twice(scene: Scene) -> Scene:
    def loop(cell: Any, step: Step) -> Step:
        done: list[bool] = []

        def wrong(x: Any, states: Any) -> Any:
            if not done:
                done.append(True)
                states = step(x, states)[1]
            return step(x, states)

        return wrong

    return stepped(loop)(scene)


def _last_twice(scene: Scene) -> Scene | None:
    if scene.output_mask is not None or len(scene.xs) > 1:
        return None
    x = scene.xs[0][:, ::-1] if scene.back else scene.xs[0]
    longer = np.concatenate([x, x[:, -1:]], 1)
    again = one_call(scene.but(back=False), longer, scene.start)
    return scene.then(lambda run: replace(run, states=again.states))


def _states(scene: Scene) -> Iterator[Alternative]:
    def states(change: Callable[[tuple[Any, ...]], tuple[Any, ...]]) -> Change:
        return lambda s: s.then(lambda run: replace(run, states=change(run.states)))

    yield Alternative(
        "the states of the step before the last",
        "state",
        lambda s: s.then(lambda run: replace(run, states=[run.start, *run.trail][-2])),
    )
    yield Alternative(
        "the states of the first timestep",
        "state",
        lambda s: s.then(lambda run: replace(run, states=run.trail[0])),
    )
    yield Alternative(
        "the initial states in the place of the last",
        "state",
        lambda s: s.then(lambda run: replace(run, states=run.start)),
    )
    if scene.case.layer == "LSTM":
        yield Alternative("hidden state and carry exchanged", "state", states(lambda s: s[::-1]))
        yield Alternative(
            "the hidden state returned for the carry too", "state", states(lambda s: (s[0], s[0]))
        )
        yield Alternative(
            "the carry returned for the hidden state too", "state", states(lambda s: (s[1], s[1]))
        )


def _samples(scene: Scene) -> Iterator[Alternative]:
    batch = scene.xs[0].shape[0]
    if batch < 2:
        return
    first, back, next_ = np.zeros(batch, int), np.arange(batch)[::-1], np.roll(np.arange(batch), 1)
    for word, rows in (
        ("the first sample's {} for every sample", first),
        ("the {} of the samples in reverse order", back),
        ("each sample's {} handed to its neighbour", next_),
    ):
        for what, outputs, states in (
            ("outputs and states", 1, 1),
            ("outputs", 1, 0),
            ("states", 0, 1),
        ):
            yield Alternative(word.format(what), "sample", _rows(rows, outputs, states))
        yield Alternative(
            word.format("states") + " at every timestep", "sample", stepped(_leaking(rows))
        )
    yield Alternative(
        "the first sample's outputs for every sample at every timestep",
        "sample",
        stepped(_first_output),
    )


def _first_output(cell: Any, step: Step) -> Step:
    def wrong(x: Any, states: Any) -> Any:
        output, states = step(x, states)
        return output[np.zeros(output.shape[0], int)], states

    return wrong


def _rows(rows: Any, outputs: int, states: int) -> Change:
    def finish(run: Run) -> Run:
        run = replace(run, sequence=run.sequence[rows], output=run.output[rows]) if outputs else run
        return replace(run, states=tuple(s[rows] for s in run.states)) if states else run

    return lambda scene: scene.then(finish)


def _leaking(rows: Any) -> Callable[[Any, Step], Step]:
    return lambda cell, step: lambda x, states: step(x, tuple(_taken(s, rows) for s in states))


def _taken(state: Bounded, rows: Any) -> Bounded:
    return state[rows]


def _started(change: Callable[[Any], Any], first: int = 0) -> Change:
    """Other initial states; those before `first` stay zeros."""

    def changed(scene: Scene) -> Scene | None:
        if scene.carry_on and len(scene.xs) > 1:
            return None
        zeros = np.zeros((scene.xs[0].shape[0], scene.case.number("u")))
        count = 2 if scene.case.layer == "LSTM" else 1
        return scene.but(start=[change(zeros) if k >= first else zeros for k in range(count)])

    return changed


def _starts(scene: Scene) -> Iterator[Alternative]:
    def start(change: Callable[[Any], Any]) -> Change:
        return lambda s: s.but(start=change(s.start))

    yield Alternative("initial_state ignored", "start", start(lambda s: None))
    if scene.case.layer == "LSTM":
        yield Alternative("the two initial states exchanged", "start", start(lambda s: s[::-1]))
        yield Alternative("the initial carry ignored", "start", start(lambda s: [s[0], s[1] * 0.0]))
    yield Alternative(
        "the first sample's initial state for every sample",
        "start",
        start(lambda s: [a[np.zeros(a.shape[0], int)] for a in s]),
    )
    if scene.output_mask is not None:
        yield Alternative("the mask ignored beside initial_state", "mask", lambda s: s.masked(None))


def _calls(scene: Scene) -> Iterator[Alternative]:
    if scene.carry_on:
        yield Alternative(
            "stateful ignored: every call started from zeros",
            "calls",
            lambda s: s.but(carry_on=False),
        )
    else:
        yield Alternative(
            "each call started from the states that the one before left",
            "calls",
            lambda s: s.but(carry_on=True),
        )
    yield from _kept(scene)
    if scene.case["reset"] != "none":
        yield Alternative("reset_state ignored", "reset", lambda s: s.but(reset=lambda kept: kept))
        yield Alternative(
            "states reset to ones",
            "reset",
            lambda s: s.but(reset=lambda kept: [1.0 + 0.0 * k for k in kept]),
        )
        yield Alternative(
            "the hidden state alone reset",
            "reset",
            lambda s: s.but(reset=lambda kept: [kept[0] * 0.0, *kept[1:]]),
        )


def _kept(scene: Scene) -> Iterator[Alternative]:
    for sentence, change in (
        ("states of zeros kept between the calls", lambda kept: tuple(k * 0.0 for k in kept)),
        ("the kept hidden state and carry exchanged", lambda kept: kept[::-1]),
        (
            "the first sample's state kept for every sample",
            lambda kept: tuple(k[np.zeros(k.shape[0], int)] for k in kept),
        ),
        ("states kept in half precision", lambda kept: tuple(_halved(k) for k in kept)),
    ):
        yield Alternative(sentence, "kept", _between(change))


def _halved(state: Bounded) -> Bounded:
    value = state.value.astype(np.float16).astype(np.float64)
    return Bounded(value, state.error + np.abs(value) * 2.0**-10, state.precision)


def _between(change: Callable[[Any], Any]) -> Change:
    return lambda scene: scene.but(between=change)

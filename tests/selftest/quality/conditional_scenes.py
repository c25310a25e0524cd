"""What guards and structural helpers do in real layers, printed as JSON, from a fresh process.

Children of the mutation command are forked from a process that has computed nothing, which a
process that runs other tests cannot promise.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np

from tests.quality.mutation import children
from tests.quality.mutation.campaign import Campaign, survey
from tests.quality.mutation.conditions import conditional, history, planted
from tests.quality.mutation.conditions.conditional import ActTask
from tests.quality.mutation.conditions.guards import GUARDS
from tests.quality.mutation.mutants import Mutant, mutants
from tests.quality.mutation.reach import Reach

LSTM = "layers/rnn/lstm.py"
LIVE = (
    "cloned",
    "reloaded",
    "global-policy",
    "layers>10",
    *(guard.name for guard in GUARDS.values() if guard.fact == "calls"),
)
"""The guards that only a run of Keras can make true."""


def guarded() -> Mutant:
    """A wrong sign in the carry of LSTM where there are more than 64 units."""
    return next(
        m
        for m in mutants(LSTM)
        if m.member == "LSTMCell._compute_carry_and_output_fused" and " - i" in m.after
    ).under("units>64")


class Calling:
    """A suite that calls an LSTM of 2 or of 70 units, and notices a wrong sign by the value."""

    name = "ours"

    def tests(self) -> list[str]:
        """The tests: numbers of units."""
        return ["2", "70"]

    def kind(self, test: str) -> str:
        """All are of one kind."""
        return ""

    family = likeness = kind

    def fault(self, test: str) -> str:
        """What a layer of so many units does wrong."""
        layer = keras.layers.LSTM(int(test), kernel_initializer="ones", use_bias=False)
        y = keras.ops.convert_to_numpy(layer(np.ones((1, 2, 3), "float32")))
        return "VALUE-2" if y.mean() < 0.5 else ""


class Acting(keras.layers.SimpleRNNCell):
    """A cell that notes which guards were true when it was called last."""

    seen: list[str] = []  # noqa: RUF012  (one list for all cells is what it is for)

    def call(self, inputs: Any, states: Any, training: bool = False) -> Any:
        """The cell's own call, and the note."""
        self.seen[:] = [name for name in LIVE if planted.acts(name, locals())]
        return super().call(inputs, states, training=training)


def situations() -> Iterator[tuple[str, list[str]]]:
    """Situations, each with the guards that are true in them."""
    x = np.ones((2, 3, 4), "float32")
    small, short = np.ones((5, 3, 4), "float32"), np.ones((5, 2, 4), "float32")

    def after(layer: Any, inputs: Any = x, **options: Any) -> list[str]:
        layer(inputs, **options)
        return list(Acting.seen)

    plain = keras.layers.RNN(Acting(2))
    yield "first", after(plain)
    yield "second", after(plain)
    yield "batch", after(plain, small)
    yield "length", after(plain, short)
    yield "training", after(plain, short, training=True)
    yield "inference", after(plain, short)
    plain.set_weights([weight + 1 for weight in plain.get_weights()])
    yield "weights", after(plain, short)
    yield "clone", after(keras.layers.RNN.from_config(plain.get_config(), {"Acting": Acting}))
    restored = keras.layers.RNN(Acting(2))
    restored.build(x.shape)
    restored.cell.load_own_variables({str(i): w for i, w in enumerate(plain.get_weights())})
    yield "reload", after(restored)
    identities = [keras.layers.Identity() for _ in range(10)]
    yield "deep", after(keras.Sequential([*identities, keras.layers.RNN(Acting(2))]))
    keras.config.set_dtype_policy("mixed_float16")
    yield "policy", after(keras.layers.RNN(Acting(2)))


def compiled() -> list[Any]:
    """Whether code is told to be compiled, outside and inside a function of TensorFlow or JAX."""
    told: list[Any] = []

    def look(x: Any) -> Any:
        told.append(planted.acts("compiled", locals()))
        return x

    look(keras.ops.ones(1))
    if keras.backend.backend() == "tensorflow":
        sys.modules["tensorflow"].function(look)(keras.ops.ones(1))
    elif keras.backend.backend() == "jax":
        sys.modules["jax"].jit(look)(keras.ops.ones(1))
    return told


def helpers() -> dict[str, Any]:
    """What the helpers of structural mutants give."""
    ops, owned = keras.ops, np.ones(3)
    rows = ops.ones((planted.CHUNK + 1, 2))
    choice = ops.convert_to_tensor([True, False])
    layer = SimpleNamespace(dtype_policy=None)
    steps = {time: planted.cut(ops.ones(1), {"time": time}) for time in (0, planted.CUT - 1)}
    return {
        "chunks": [planted.whole_chunks(n) for n in (planted.CHUNK + 3, 3)],
        "chunked": float(ops.sum(planted.chunked(rows))),
        "inplace": [planted.inplace("Mult", owned, 2) is owned, owned.tolist()],
        "clobbered": [planted.clobbered("result", {"inputs": owned}), owned.tolist()],
        "product": np.isnan(
            ops.convert_to_numpy(planted.product(choice, ops.ones(2), ops.ones(2) * np.nan))
        ).tolist(),
        "appended": [planted.appended(7, {"self": layer}), vars(layer)["_kept_results"]],
        "retraced": float(planted.retraced(lambda: ops.sum(rows))),
        "cut": [float(ops.sum(one)) for one in steps.values()],
    }


class Scene:
    """One of the scenes, in a child."""

    def __init__(self, scene: Callable[[], Any]) -> None:
        self._scene = scene

    def work(self, tell: children.Tell) -> None:
        """Play it."""
        history.install()
        tell(self._scene())

    def allowance(self, told: list[Any]) -> float:
        """Ample for a slow machine."""
        return 300.0


def played(scene: Callable[[], Any]) -> Any:
    """What a scene tells."""
    ((_, told, ending),) = children.conduct([Scene(scene)], 1)
    return told[0] if ending == "done" else ending


def campaign() -> list[Any]:
    """Which tests make a mutant act, and what a campaign makes of it."""
    mutant = guarded()
    (found,) = survey(Calling(), Reach(), (LSTM,), 1, partial(ActTask, mutants=[mutant]))
    acting = conditional.acting(found, [mutant])
    (seen,) = Campaign(Calling(), acting, "key").run([mutant], 1)
    return [acting.of(mutant), seen.word, seen.by, seen.of]


def sight() -> list[str]:
    """What a dry run can tell on the line of a mutant."""
    task = conditional.SightTask(Calling().fault, ["2"], (LSTM,))
    return sorted(conditional.dry_run([task], 1)[LSTM][min(guarded().lines)])


if __name__ == "__main__":
    scenes = {
        "situations": played(lambda: dict(situations())),
        "compiled": played(compiled),
        "helpers": played(helpers),
        "campaign": campaign(),
        "sight": sight(),
    }
    print(json.dumps(scenes))

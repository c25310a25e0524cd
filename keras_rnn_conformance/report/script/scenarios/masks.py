"""Scripts about the masks that come out of a layer."""

from __future__ import annotations

import numpy as np

from keras_rnn_conformance.cases.composition import flat, returned
from keras_rnn_conformance.expected.registry import expected
from keras_rnn_conformance.report.script.layers import FRONT, made, numbers, packed
from keras_rnn_conformance.report.script.text import (
    Body,
    NoText,
    Plan,
    asserted,
    called,
    compared,
    equal,
    literal,
    nested,
)

PROBE = [
    "class Probe(keras.layers.Layer):  # keeps the mask that reaches it",
    "    def call(self, inputs, mask=None):",
    "        self.mask = mask",
    "        return inputs",
]


def masks(plan: Plan) -> Body:
    """The script of the masks that come out."""
    case, data, what = plan.case, plan.data, str(plan.case["what"])
    if what == "model":
        return _model(plan)
    plain = case.but(do="call", what="plain")
    lines = [*numbers(plain, data), *made(plain, data)]
    names = list(flat(returned(case)))
    if what == "carried":
        both = case["maskby"] == "both"
        lines += [] if both else FRONT
        call = "layer(Front(~mask)(x), mask=mask)" if both else "layer(Front(mask)(x))"
        lines += [
            *PROBE,
            f"given = keras.tree.flatten({call})",
            "found = []",
            "for array in given:",
            "    probe = Probe()",
            "    probe(array)",
            "    found.append(probe.mask)",
        ]
    elif case["init"] == "list":
        lines += [
            f"states = {packed(case)}",
            "found = layer.compute_mask([x, *states], [mask, *[None] * len(states)])",
        ]
    else:
        lines += ["found = layer.compute_mask(x, mask)"]
    if plan.failure.kind == "error":
        error = plan.seen.error
        assert error is not None
        lines.insert(-1, f"# It should run. On this release it raises {error.name}.")
        return Body(lines, rf"(^|\.){error.name}\b")
    want = expected(case, data).facts["masks"]
    aim = [None if want[name] is None else nested(want[name]) for name in names]
    lines += [
        "found = found if isinstance(found, list) else [found]",
        f"found += [None] * ({len(names)} - len(found))",
        "actual = [m if m is None else np.array(m, int).tolist() for m in found]",
        f"expected = [{', '.join(str(item) for item in aim)}]",
        *equal(plan.rule, "masks of what is returned"),
    ]
    return Body(lines, asserted(plan.rule, "masks of what"))


def _model(plan: Plan) -> Body:
    """A padded sample, and the sample without its padding, through a model of random weights."""
    case, data = plan.case, plan.data
    if plan.failure.kind == "error" or case["maskby"] == "embedding":
        raise NoText("a model behind an Embedding has no standalone script")
    assert data.mask is not None
    own = {
        "unroll": bool(case["unroll"]),
        "go_backwards": bool(case["back"]),
        "zero_output_for_mask": bool(case["zero"]),
    }
    given = {key: value for key, value in own.items() if value}
    first = called(f"keras.layers.{case.layer}", str(data.units), return_sequences=True, **given)
    sample = int(np.argmin(data.mask.all(1)))
    x, mask = data.x[sample : sample + 1], data.mask[sample : sample + 1]
    lines = [
        f"x = {literal(np.where(mask[..., None], x, 0.0), 'float32')}  # zeros are padding",
        "keras.utils.set_random_seed(1)",
        "model = keras.Sequential([",
        "    keras.layers.Masking(),",
        f"    {first},",
        f"    keras.layers.Bidirectional(keras.layers.{case.layer}(2, return_sequences=True)),",
        '    keras.layers.TimeDistributed(keras.layers.Dense(2, activation="tanh")),',
        f"    keras.layers.{case.layer}(2),",
        "])",
        "actual = keras.ops.convert_to_numpy(model(x)).astype(float)",
        "short = x[:, (x != 0).any((0, 2))]",
        "expected = keras.ops.convert_to_numpy(model(short)).astype(float)",
        *compared(plan.rule, "padded", 1e-5),
    ]
    return Body(lines, asserted(plan.rule, "padded"))


WRITERS = {"masks": masks}

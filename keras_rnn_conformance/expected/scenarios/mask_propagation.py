"""What masks come out of a layer, and what a model of several layers computes under a mask."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import reference_impl as ref
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import flat, form, output_names, returned
from keras_rnn_conformance.cases.data import Array, Data
from keras_rnn_conformance.cases.masking import model_weights
from keras_rnn_conformance.expected.oracle import oracle
from keras_rnn_conformance.expected.registry import Expected, expectation
from reference_impl import Bounded

Mask = NDArray[np.bool_] | None


@expectation("masks")
def masks(case: Case, data: Data) -> Expected:
    """The mask that each returned array carries, or the numbers that the model returns."""
    if case["what"] == "model":
        whole = model_output(case, data)
        return Expected({"padded": whole, "short": whole}, ["padded", "short"])
    return Expected(names=list(flat(returned(case))), facts={"masks": carried(case, data)})


def carried(case: Case, data: Data) -> dict[str, Mask]:
    """By name of what a call returns, the mask that it should carry."""
    sequence = bool(case["seq"]) or form(case) in ("td", "dense")
    outputs = output_names(case) if sequence else []
    after = mask_after(case, data)
    return {name: after if name in outputs else None for name in flat(returned(case))}


def mask_after(case: Case, data: Data) -> Mask:
    """The mask of the sequence that comes out, which is in the order of processing."""
    return data.mask[:, ::-1] if data.mask is not None and case["back"] else data.mask


def model_output(case: Case, data: Data) -> Bounded:
    """What the model of `model_weights` returns for the masked batch, (batch, units)."""
    first, ahead, back, dense, last = model_weights(case, data)
    plain = case.but(back=0, zero=0, unroll=0)

    def layer(of: Case = plain, **options: Any) -> Any:
        return oracle(of, **{"return_sequences": True, **options})

    x: Any = data.x
    mask = mask_after(case, data)
    x = layer(case)(x, first, mask=data.mask).sequence
    both = ref.Bidirectional(layer(), layer(go_backwards=True))
    x = both(x, ahead, back, mask=mask).sequence
    x = _every_step(plain, x, *dense)
    result: Bounded = layer(return_sequences=False)(x, last, mask=mask).output
    return result


def _every_step(case: Case, x: Bounded, kernel: Array, bias: Array) -> Bounded:
    """tanh(x @ kernel + bias), as the only step of a SimpleRNN."""
    batch, steps, features = x.shape
    no_state = np.zeros((kernel.shape[1],) * 2)
    one_step = x.reshape(batch * steps, 1, features)
    output = oracle(case, "SimpleRNN")(one_step, [kernel, no_state, bias]).output
    result: Bounded = output.reshape(batch, steps, -1)
    return result

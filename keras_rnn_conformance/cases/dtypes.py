"""What the dtype of a case means: the compute dtype, the variable dtype and the policy's name."""

from __future__ import annotations

from keras_rnn_conformance.cases.constraints.constraint import Options

COMPUTE = {"f32": "float32", "f16": "float16", "bf16": "bfloat16", "f64": "float64",
           "mf16": "float16", "mbf16": "bfloat16"}  # fmt: skip


VARIABLE = {**COMPUTE, "mf16": "float32", "mbf16": "float32"}


POLICY = {**COMPUTE, "mf16": "mixed_float16", "mbf16": "mixed_bfloat16"}


def output_dtype(case: Options) -> str:
    """The compute dtype of the outermost layer, which its outputs have."""
    return COMPUTE[str(case["dtype"] if case["outer"] == "same" else case["outer"])]

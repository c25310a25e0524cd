"""What goes wrong for one rank, one shape, one argument or one dtype alone."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tests.quality.fault_injection.catalogue.layer.loop import given
from tests.quality.fault_injection.faults import Garden, edge, fault

HALF = ("float16", "bfloat16")


@fault(
    "no bias for sequences in half",
    "Adds no bias where a Dense computes on a sequence in half precision.",
    "NEIGHBOUR-155",
    edge("every_rank", "SimpleRNN"),
)
def _no_bias_for_sequences_in_half(garden: Garden) -> None:
    def call(original: Any, self: Any, inputs: Any, **options: Any) -> Any:
        if self.bias is None or len(inputs.shape) != 3 or self.compute_dtype not in HALF:
            return original(self, inputs, **options)
        return ops.matmul(inputs, self.kernel)

    garden.around(keras.layers.Dense, "call", call)


@fault(
    "no mask beside training",
    "Gives the function of a Lambda no mask where it takes training as well.",
    "NEIGHBOUR-156",
    edge("lambda_told", "SimpleRNN"),
)
def _no_mask_beside_training(garden: Garden) -> None:
    def call(original: Any, self: Any, inputs: Any, mask: Any = None, training: Any = None) -> Any:
        hidden = None if self._fn_expects_training_arg else mask
        return original(self, inputs, mask=hidden, training=training)

    garden.around(keras.layers.Lambda, "call", call)


@fault(
    "a trace of what is hidden",
    "Lets attention give a trillionth of the values that a mask hides.",
    "NEIGHBOUR-157",
    edge("hidden_values", "SimpleRNN"),
)
def _a_trace_of_what_is_hidden(garden: Garden) -> None:
    def call(original: Any, self: Any, inputs: Any, **options: Any) -> Any:
        return original(self, inputs, **options) + 1e-12 * ops.mean(inputs[1])

    garden.around(keras.layers.Attention, "call", call)


@fault(
    "the larger of a row",
    "Takes what stands beside timesteps for what stands beside features, in maximum.",
    "EDGE-155",
    edge("every_axis", "SimpleRNN"),
)
def _the_larger_of_a_row(garden: Garden) -> None:
    def maximum(original: Any, x: Any, y: Any) -> Any:
        if len(y.shape) == 3 and y.shape[2] == 1 < y.shape[1] == x.shape[2]:
            y = ops.swapaxes(y, 1, 2)
        return original(x, y)

    garden.around(keras.ops, "maximum", maximum)


@fault(
    "factors of one strength",
    "Counts the product of LoRA's factors once, whatever lora_alpha is.",
    "EDGE-156",
    edge("lora_scaled", "SimpleRNN"),
)
def _factors_of_one_strength(garden: Garden) -> None:
    def enable(original: Any, self: Any, rank: int, *given: Any, **options: Any) -> None:
        original(self, rank, *given, **options)
        self.lora_alpha = rank

    garden.around(keras.layers.EinsumDense, "enable_lora", enable)


@fault(
    "losses in single precision",
    "Computes every loss in single precision, whatever dtype it is given.",
    "LEARN-155",
    edge("losses_in", "SimpleRNN"),
)
def _losses_in_single_precision(garden: Garden) -> None:
    def init(original: Any, self: Any, *given: Any, **options: Any) -> None:
        original(self, *given, **options)
        self._dtype = "float32"

    garden.around(keras.losses.Loss, "__init__", init)


@fault(
    "the first digits alone",
    "Rounds the input to the digits of bfloat16.",
    "VALUES-155",
    "SimpleRNN-seq1-state1-u3-t4-n3-init.list-mag.fine",
)
def _the_first_digits_alone(garden: Garden) -> None:
    given(garden, lambda x: ops.cast(ops.cast(x, "bfloat16"), x.dtype))


@fault(
    "loaded layers draw at each timestep",
    "Lets a layer out of a configuration draw a mask of dropout at each timestep.",
    "DROP-155",
    edge("copied_drops", "SimpleRNN"),
)
def _loaded_layers_draw_at_each_timestep(garden: Garden) -> None:
    def out_of(original: Any, config: Any) -> Any:
        made = original(config)
        for name in ("get_dropout_mask", "get_recurrent_dropout_mask"):
            draw = getattr(made.cell, name)
            setattr(
                made.cell, name, lambda x, draw=draw: (made.cell.reset_dropout_mask(), draw(x))[1]
            )
        return made

    garden.put(
        keras.layers.SimpleRNN, "from_config", classmethod(lambda cls, c: out_of(from_config, c))
    )


from_config = keras.layers.SimpleRNN.from_config

"""Mends of TimeDistributed."""

from __future__ import annotations

from tests.quality.mends.mend import Edit, Mend

TIME = "layers/rnn/time_distributed.py"

MENDS = (
    Mend(
        "TimeDistributed takes any layer, of any outputs, quantized too",
        (
            "GRU-seq0-state0-u2-t4-n3-in5-do.edge-what.own_slices",
            "LSTM-seq0-state0-u2-t4-n3-in5-do.edge-what.two_slices",
            "SimpleRNN-seq0-state0-u2-t4-n3-in5-do.edge-what.quantized",
        ),
        (
            Edit(
                TIME,
                """\
        child_output_shape = self.layer.compute_output_shape(child_input_shape)
        return (child_output_shape[0], input_shape[1], *child_output_shape[1:])
""",
                """\
        child = backend.KerasTensor(child_input_shape, dtype=self.compute_dtype)
        outputs = self.layer.compute_output_spec(child)
        shapes = [(x.shape[0], input_shape[1], *x.shape[1:]) for x in tree.flatten(outputs)]
        return tree.pack_sequence_as(outputs, shapes) if tree.is_nested(outputs) else shapes[0]
""",
            ),
            Edit(
                TIME,
                "from keras.src import ops\n",
                "from keras.src import ops\nfrom keras.src import tree\n",
            ),
            Edit(
                TIME,
                "            return self.layer.call(inputs[i], **kwargs)\n",
                """\
            if getattr(self.layer, "quantization_mode", None) is not None:
                return self.layer.quantized_call(inputs[i], **kwargs)
            return self.layer.call(inputs[i], **kwargs)
""",
            ),
            Edit(
                TIME,
                """\
            outputs = ops.stack(
                [step_function(i) for i in range(inputs.shape[0])]
            )
            return time_distributed_transpose(outputs)
""",
                """\
            slices = [step_function(i) for i in range(inputs.shape[0])]
            outputs = tree.map_structure(lambda *x: ops.stack(x), *slices)
            return tree.map_structure(time_distributed_transpose, outputs)
""",
            ),
        ),
    ),
)

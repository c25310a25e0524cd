"""Mends of wrappers: Bidirectional, TimeDistributed, and RNN around a cell."""

from __future__ import annotations

from tests.quality.mends.layers import CONV, RNN, STACKED
from tests.quality.mends.mend import Edit, Mend

BIDIRECTIONAL = "layers/rnn/bidirectional.py"
WRAPPER = "layers/core/wrapper.py"

MENDS = (
    Mend(
        "Bidirectional asks a layer for no attribute stateful",
        ("RNN-seq1-state0-u2-t3-n4-as.bi-cell.spare",),
        (
            Edit(
                BIDIRECTIONAL,
                "        self.stateful = layer.stateful\n",
                '        self.stateful = getattr(layer, "stateful", False)\n',
            ),
            Edit(
                BIDIRECTIONAL,
                "        if self.forward_layer.states and self.backward_layer.states:\n",
                "        if not self.stateful:\n            return None\n"
                "        if self.forward_layer.states and self.backward_layer.states:\n",
            ),
            Edit(
                BIDIRECTIONAL,
                "            forward_value = getattr(self.forward_layer, a)\n"
                "            backward_value = getattr(self.backward_layer, a)\n",
                """\
            forward_value = getattr(self.forward_layer, a, False)
            backward_value = getattr(self.backward_layer, a, False)
""",
            ),
            Edit(
                BIDIRECTIONAL,
                "            forward_inputs, initial_state=forward_state, **kwargs\n",
                """\
            forward_inputs,
            **({} if forward_state is None else {"initial_state": forward_state}),
            **kwargs,
""",
            ),
            Edit(
                BIDIRECTIONAL,
                "            backward_inputs, initial_state=backward_state, **kwargs\n",
                """\
            backward_inputs,
            **({} if backward_state is None else {"initial_state": backward_state}),
            **kwargs,
""",
            ),
        ),
    ),
    Mend(
        "weights of Bidirectional are what its layers begin with",
        ("GRU-seq0-state0-u3-t2-as.bi-do.init-what.weights",),
        (
            Edit(
                BIDIRECTIONAL,
                "            self.backward_layer.build(sequences_shape)\n",
                """\
            self.backward_layer.build(sequences_shape)
        for layer in (self.forward_layer, self.backward_layer):
            if getattr(layer, "initial_weights", None) is not None:
                layer.set_weights(layer.initial_weights)
                layer.initial_weights = None
""",
            ),
        ),
    ),
    Mend(
        "masks of the states of a stateful Bidirectional",
        (
            "GRU-seq1-state1-u2-t3-n4-as.bi-stateful1-calls2",
            "LSTM-seq0-state1-u2-t3-n4-as.bi-stateful1-merge.none",
        ),
        (
            Edit(
                BIDIRECTIONAL,
                """\
            state_mask = (None for _ in self.states)
            if isinstance(output_mask, list):
                return output_mask + state_mask * 2
            return (output_mask,) + state_mask * 2
""",
                """\
            state_mask = tuple(None for _ in self.states)
            if isinstance(output_mask, tuple):
                return output_mask + state_mask
            return (output_mask,) + state_mask
""",
            ),
        ),
    ),
    Mend(
        "shapes of a Bidirectional of two sizes",
        (
            "SimpleRNN-seq1-state1-u2-t3-n4-as.bi-own2",
            "SimpleRNN-seq1-state1-u2-t3-n4-as.bi-merge.none-own2",
        ),
        (
            Edit(
                BIDIRECTIONAL,
                "        output_shape = self.forward_layer.compute_output_shape(sequences_shape)\n",
                """\
        output_shape = self.forward_layer.compute_output_shape(sequences_shape)
        other_shape = self.backward_layer.compute_output_shape(sequences_shape)
""",
            ),
            Edit(
                BIDIRECTIONAL,
                "            output_shape, state_shape = output_shape[0], output_shape[1:]\n",
                """\
            output_shape, state_shape = output_shape[0], output_shape[1:]
            other_shape, other_state_shape = other_shape[0], other_shape[1:]
""",
            ),
            Edit(
                BIDIRECTIONAL,
                "            output_shape[-1] *= 2\n",
                "            output_shape[-1] += other_shape[-1]\n",
            ),
            Edit(
                BIDIRECTIONAL,
                "            output_shape = [output_shape, output_shape]\n",
                "            output_shape = [output_shape, other_shape]\n",
            ),
            Edit(
                BIDIRECTIONAL,
                """\
                return tuple(output_shape) + state_shape + state_shape
            return tuple([output_shape]) + (state_shape) + (state_shape)
""",
                """\
                return tuple(output_shape) + state_shape + other_state_shape
            return tuple([output_shape]) + (state_shape) + (other_state_shape)
""",
            ),
        ),
    ),
    Mend(
        "a mask goes backwards with the sequence",
        (
            "SimpleRNN-seq1-state1-u2-t3-n2-mask.right-back1-do.masks-what.carried",
            "ConvLSTM1D-seq1-state1-u2-t3-n2-mask.right-back1-do.masks-what.carried",
            "SimpleRNN-seq0-state0-u2-t4-n2-mask.right-maskby.masking-back1-do.masks-what.model",
        ),
        (
            Edit(
                RNN,
                "        output_mask = mask if self.return_sequences else None\n",
                """\
        if mask is not None and self.go_backwards:
            mask = ops.flip(mask, axis=1)
        output_mask = mask if self.return_sequences else None
""",
            ),
            Edit(
                CONV,
                """\
        mask = tree.flatten(mask)[0]
        output_mask = mask if self.return_sequences else None
        if self.return_state:
            state_mask = [None, None]
            return [output_mask] + state_mask
        else:
            return output_mask
""",
                "        return super().compute_mask(_, mask)\n",
            ),
            Edit(
                CONV,
                "        self.state_size = -1  # Custom, defined in methods\n",
                "        self.state_size = [-1, -1]  # Custom, defined in methods\n",
            ),
        ),
    ),
    Mend(
        "a cell of one's own has no compute_dtype",
        ("RNN-seq1-state1-u2-t3-n4-cell.class",),
        (
            Edit(
                RNN,
                "                x, dtype=self.cell.compute_dtype\n",
                "                x, dtype=_compute_dtype(self)\n",
            ),
            Edit(
                RNN,
                "            output, new_states = self.cell(inputs, states, **cell_kwargs)\n",
                """\
            step_fn = self.cell if callable(self.cell) else self.cell.call
            output, new_states = step_fn(inputs, states, **cell_kwargs)
""",
            ),
            Edit(
                RNN,
                "dtype=self.cell.compute_dtype)\n                for d in",
                "dtype=_compute_dtype(self))\n                for d in",
            ),
            Edit(
                RNN,
                '@keras_export("keras.layers.RNN")\n',
                """\
def _compute_dtype(layer):
    return getattr(layer.cell, "compute_dtype", layer.compute_dtype)


@keras_export("keras.layers.RNN")
""",
            ),
        ),
    ),
    Mend(
        "nested states are reset, and to given values",
        (
            "LSTM-seq0-state1-u2-t3-n4-as.list-stateful1-calls2-reset.between",
            "LSTM-seq0-state0-u2-t4-n3-in5-do.edge-what.reset_given",
        ),
        (
            Edit(
                RNN,
                """\
    def reset_state(self):
        if self.states is not None:
            for v in self.states:
                v.assign(ops.zeros_like(v.value))
""",
                """\
    def reset_state(self, states=None):
        if self.states is not None:
            kept = tree.flatten(self.states)
            given = [ops.zeros_like(v.value) for v in kept]
            if states is not None:
                given = tree.flatten(states)
            for v, value in zip(kept, given):
                v.assign(value)
""",
            ),
        ),
    ),
    Mend(
        "a name for each state",
        ("LSTM-seq0-state0-u2-t4-n3-in5-do.edge-what.state_paths",),
        (
            Edit(
                RNN,
                '                    name="rnn_state",\n',
                '                    name=f"rnn_state_{next(numbers)}",\n',
            ),
            Edit(
                RNN,
                "        with backend.name_scope(self.name, caller=self):\n            self.states",
                "        numbers = itertools.count()\n"
                "        with backend.name_scope(self.name, caller=self):\n            self.states",
            ),
            Edit(
                RNN,
                "from keras.src import backend\n",
                "import itertools\n\nfrom keras.src import backend\n",
            ),
        ),
    ),
    Mend(
        "constants of a call go to the cell",
        ("SimpleRNN-seq0-state0-u2-t4-n3-in5-do.edge-what.constants",),
        (
            Edit(
                RNN,
                """\
        mask=None,
        training=False,
    ):
        timesteps""",
                """\
        mask=None,
        training=False,
        constants=None,
    ):
        self._constants = constants
        timesteps""",
            ),
            Edit(
                RNN,
                '            cell_kwargs["training"] = training\n\n        def step',
                """\
            cell_kwargs["training"] = training
        if getattr(self, "_constants", None) is not None:
            cell_kwargs["constants"] = self._constants

        def step""",
            ),
        ),
    ),
    Mend(
        "what is built inside a wrapper is in its name scope",
        ("LSTM-seq0-state0-u3-t3-as.td-do.clone", "LSTM-seq0-state0-u3-t3-as.td-do.keras"),
        (
            Edit(
                WRAPPER,
                """\
        layer = serialization_lib.deserialize_keras_object(
            config.pop("layer"),
            custom_objects=custom_objects,
        )
        return cls(layer, **config)
""",
                """\
        config = dict(config)
        layer_config = dict(config.pop("layer"))
        layer_config.pop("build_config", None)
        layer = serialization_lib.deserialize_keras_object(
            layer_config,
            custom_objects=custom_objects,
        )
        return cls(layer, **config)
""",
            ),
            Edit(
                BIDIRECTIONAL,
                "        config = copy.deepcopy(config)\n",
                """\
        config = copy.deepcopy(config)
        for held in ("layer", "backward_layer"):
            if config.get(held) is not None:
                config[held].pop("build_config", None)
""",
            ),
            Edit(
                RNN,
                """\
        cell = serialization_lib.deserialize_keras_object(
            config.pop("cell"), custom_objects=custom_objects
        )
""",
                """\
        config = dict(config)
        cell = config.pop("cell")
        if isinstance(cell, dict):
            cell = {k: v for k, v in cell.items() if k != "build_config"}
        cell = serialization_lib.deserialize_keras_object(
            cell, custom_objects=custom_objects
        )
""",
            ),
            Edit(
                STACKED,
                """\
        cells = []
        for cell_config in config.pop("cells"):
""",
                """\
        cells = []
        config = dict(config)
        for cell_config in config.pop("cells"):
            cell_config = {k: v for k, v in cell_config.items() if k != "build_config"}
""",
            ),
        ),
        others=(
            "LSTM-seq0-state0-u3-t3-as.rnn-do.config-what.again",
            "LSTM-seq0-state0-u3-t3-as.stack-do.config-what.again",
            "TimeDistributed-seq0-state0-u3-t3-do.config-what.again",
        ),
    ),
)

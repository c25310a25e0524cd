"""Mends of models around the layers: masks, states, losses."""

from __future__ import annotations

from tests.quality.mends.layers import RNN
from tests.quality.mends.mend import Edit, Mend

MENDS = (
    Mend(
        "the mask of the first argument, however many tensors a call has",
        (
            "GRU-seq0-state1-u3-t5-n4-mask.right-maskby.masking-init.list",
            "LSTM-seq0-state1-u3-t5-n4-mask.right-maskby.masking-init.list",
        ),
        (
            Edit(
                "layers/layer.py",
                "        elif len(call_spec.tensor_arguments_dict) > 1:\n",
                """\
        elif len(call_spec.tensor_arguments_dict) > 1:
            if call_spec.arguments_dict.get("mask", self) is None:
                kwargs["mask"] = tree.map_structure(
                    backend.get_keras_mask, call_spec.first_arg
                )
""",
            ),
        ),
    ),
    Mend(
        "states are variables of their layer",
        ("GRU-seq1-state1-u3-t3-n4-stateful1-calls2-via.stateless",),
        (
            Edit(
                RNN,
                "    def get_initial_state(self, batch_size):\n",
                """\
    @property
    def variables(self):
        states = [] if self.states is None else tree.flatten(self.states)
        return super().variables + states

    def get_initial_state(self, batch_size):
""",
            ),
        ),
    ),
    Mend(
        "a model resets the states in it",
        ("GRU-seq0-state0-u2-t4-n3-in5-do.edge-what.reset_model",),
        (
            Edit(
                "models/model.py",
                "    def call(self, *args, **kwargs):\n",
                """\
    def reset_state(self):
        for layer in self._flatten_layers(include_self=False):
            if getattr(layer, "stateful", False):
                layer.reset_state()

    def call(self, *args, **kwargs):
""",
            ),
        ),
    ),
    Mend(
        "Softmax takes a mask of timesteps",
        ("LSTM-seq0-state0-u2-t4-n3-in5-mask.right-do.model-what.softmaxed",),
        (
            Edit(
                "layers/activations/softmax.py",
                "            if len(mask.shape) > len(inputs.shape):\n",
                """\
            if len(mask.shape) == len(inputs.shape) - 1:
                mask = backend.numpy.expand_dims(mask, -1)
            if len(mask.shape) > len(inputs.shape):
""",
            ),
        ),
    ),
    Mend(
        "a weight for each sample, and a loss for each sequence",
        (
            "GRU-seq0-state0-u2-t3-n3-in4-mask.right-do.learn-what.square_weights",
            "SimpleRNN-seq0-state0-u2-t3-n5-in4-mask.first-do.learn-what.sample_weights",
            "LSTM-seq0-state0-u2-t4-n3-in5-do.edge-what.sequence_loss",
        ),
        (
            Edit(
                "losses/loss.py",
                """\
        mask = ops.convert_to_tensor(mask, dtype=dtype)

""",
                """\
        mask = ops.convert_to_tensor(mask, dtype=dtype)
        further = tuple(range(len(values.shape), len(mask.shape)))
        if further:
            mask = ops.max(mask, axis=further)
    if sample_weight is not None:
        sample_weight = ops.reshape(
            sample_weight,
            (*sample_weight.shape, *[1] * (len(values.shape) - len(sample_weight.shape))),
        )
        if mask is not None and len(mask.shape) < len(values.shape):
            mask = ops.expand_dims(mask, -1)

""",
            ),
            Edit(
                "losses/loss.py",
                "            sample_weight *= float_mask\n",
                "            sample_weight = sample_weight * float_mask\n",
            ),
            Edit(
                "losses/loss.py",
                "            float_mask, sample_weight = squeeze_or_expand_to_same_rank(\n",
                """\
            while len(sample_weight.shape) < len(float_mask.shape):
                sample_weight = ops.expand_dims(sample_weight, -1)
            float_mask, sample_weight = squeeze_or_expand_to_same_rank(
""",
            ),
        ),
    ),
    Mend(
        "the losses of a model are added up on NumPy",
        ("GRU-seq0-state0-u2-t3-n5-in4-mask.right-do.learn-what.added_loss_seen",),
        (
            Edit(
                "trainers/trainer.py",
                "            total_loss = ops.sum(losses)\n",
                "            total_loss = ops.sum(ops.stack(losses))\n",
            ),
        ),
    ),
    Mend(
        "a layer that a model and a model inside it share, in a file",
        ("GRU-seq0-state0-u2-t4-n3-in5-do.edge-what.saved_within",),
        (
            Edit(
                "models/functional.py",
                "            layer_config = serialize_obj_fn(operation)\n",
                """\
            layer_config = serialize_obj_fn(operation)
            if serialize_obj_fn is serialization_lib.serialize_keras_object:
                layer_config["shared_object_id"] = id(operation)
""",
            ),
            Edit(
                "models/functional.py",
                "    # Then we process nodes in order of layer depth.\n",
                """\
    # A layer of a model inside this one has nodes there, which come first.
    for layer in created_layers.values():
        if not isinstance(layer, (Functional, InputLayer)):
            layer._nodes_elsewhere = len(layer._inbound_nodes)

    # Then we process nodes in order of layer depth.
""",
            ),
            Edit(
                "models/functional.py",
                "            node_index -= 1\n",
                """\
            node_index -= 1
        node_index += getattr(layer, "_nodes_elsewhere", 0)
""",
            ),
            Edit(
                "models/functional.py",
                "            if len(layer._inbound_nodes) <= inbound_node_index:\n",
                """\
            inbound_node_index += getattr(layer, "_nodes_elsewhere", 0)
            if len(layer._inbound_nodes) <= inbound_node_index:
""",
            ),
        ),
    ),
)

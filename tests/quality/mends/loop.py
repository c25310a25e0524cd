"""Mends of the loop over time."""

from __future__ import annotations

from tests.quality.mends.layers import RNN
from tests.quality.mends.mend import Edit, Mend

NUMPY, TORCH = "backend/numpy/rnn.py", "backend/torch/rnn.py"

MENDS = (
    Mend(
        "the scan keeps the output before, and its mask fits every state",
        (
            "GRU-seq0-state1-u3-t3-n4-mask.all-init.list",
            "LSTM-seq1-state1-u2-t3-n4-as.list-mask.right-back1-init.list",
            "LSTM-seq1-state1-u2-t3-n4-as.mix-mask.right-back1-init.list",
            "RNN-seq1-state1-u2-t3-n4-mask.alt-cell.outstate",
            "RNN-seq1-state0-u2-t3-n4-as.list-mask.gap",
            "RNN-seq1-state1-u2-t3-n4-mask.alt-cell.nested",
            "ConvLSTM1D-seq1-state1-u3-t3-n4-mask.ragged",
        ),
        (
            Edit(
                NUMPY,
                """\
                    masked_outs = np.where(
                        is_masked, np.zeros_like(output_t), output_t
                    )
                else:
                    # Assume the first state is the previous output.
                    output_tm1 = states[0]
                    if tree.is_nested(output_tm1):
                        # Stacked RNN case: assume first state of last cell.
                        output_tm1 = states[-1][0]
                    masked_outs = np.where(is_masked, output_tm1, output_t)

                new_states = tree.map_structure(
                    lambda s, ns: np.where(is_masked, s, ns),
                    states,
                    new_states,
                )
""",
                """\
                    output_tm1 = np.zeros_like(output_t)
                else:
                    output_tm1 = previous.get("output", np.zeros_like(output_t))

                def chosen(masked, valid):
                    axes = tuple(range(is_masked.ndim, np.ndim(valid)))
                    return np.where(np.expand_dims(is_masked, axes), masked, valid)

                masked_outs = chosen(output_tm1, output_t)
                previous["output"] = masked_outs
                new_states = tree.pack_sequence_as(
                    states,
                    [
                        chosen(s, ns)
                        for s, ns in zip(tree.flatten(states), tree.flatten(new_states))
                    ],
                )
""",
            ),
            Edit(
                NUMPY,
                "        if mask is not None:\n\n            def _step",
                "        if mask is not None:\n            previous = {}\n\n            def _step",
            ),
        ),
    ),
    Mend(
        "the unrolled loop puts out zeros for masked timesteps where asked to",
        (
            "SimpleRNN-seq1-state1-u2-t4-n3-mask.alt-zero1-unroll1",
            "GRU-seq1-state0-u2-t3-n4-as.bi-mask.right-unroll1",
            "ConvLSTM1D-seq1-state1-u3-t3-n2-in2-mask.right-zero1-unroll1",
        ),
        (
            Edit(
                NUMPY,
                "                if not successive_outputs:\n",
                "                if zero_output_for_mask or not successive_outputs:\n",
            ),
        ),
    ),
    Mend(
        "a sequence without timesteps is refused",
        ("GRU-seq0-state0-u2-t4-n3-in5-do.edge-what.no_timesteps",),
        (
            Edit(
                RNN,
                "        if self.unroll and timesteps is None:\n",
                """\
        if timesteps == 0:
            raise ValueError("A sequence must have at least one timestep.")
        if self.unroll and timesteps is None:
""",
            ),
        ),
    ),
    Mend(
        "several inputs of a timestep",
        ("SimpleRNN-seq0-state0-u2-t4-n3-in5-do.edge-what.paired",),
        (
            Edit(
                NUMPY,
                """\
        x = np.flip(x, axis=0) if reverse else x
        mask = np.flip(mask, axis=0) if reverse else mask

        for each_x, each_mask in zip(x, mask):
""",
                """\
        x = tree.map_structure(lambda x: np.flip(x, axis=0) if reverse else x, x)
        mask = np.flip(mask, axis=0) if reverse else mask

        for step, each_mask in enumerate(mask):
            each_x = tree.map_structure(lambda x: x[step], x)
""",
            ),
            Edit(
                NUMPY,
                """\
        xs = np.flip(xs, axis=0) if reverse else xs

        for x in xs:
""",
                """\
        xs = tree.map_structure(lambda x: np.flip(x, axis=0) if reverse else x, xs)

        for step in range(len(tree.flatten(xs)[0])):
            x = tree.map_structure(lambda x: x[step], xs)
""",
            ),
            Edit(
                RNN,
                "        step_input_shape = (sequences_shape[0],) + tuple(sequences_shape[2:])\n",
                """\
        nested = isinstance(sequences_shape[0], (tuple, list))
        shapes = sequences_shape if nested else [sequences_shape]
        step_input_shape = [(shape[0],) + tuple(shape[2:]) for shape in shapes]
        step_input_shape = step_input_shape if nested else step_input_shape[0]
""",
            ),
            Edit(
                RNN,
                "        timesteps = sequences.shape[1]\n",
                """\
        timesteps = tree.flatten(sequences)[0].shape[1]
        mask = mask if mask is None else tree.flatten(mask)[0]
""",
            ),
            Edit(
                RNN,
                "batch_size=ops.shape(sequences)[0]",
                "batch_size=ops.shape(tree.flatten(sequences)[0])[0]",
            ),
            Edit(
                RNN,
                "input_length=sequences.shape[1]",
                "input_length=tree.flatten(sequences)[0].shape[1]",
            ),
            Edit(
                RNN,
                "            self.cell, sequences[:, 0, :], initial_state\n",
                """\
            self.cell,
            tree.map_structure(lambda x: x[:, 0], sequences),
            initial_state,
""",
            ),
        ),
    ),
    Mend(
        "initial states are counted",
        (
            "LSTM-seq0-state0-u3-t2-n2-in4-do.bad-what.states_few",
            "GRU-seq0-state0-u3-t2-n2-in4-do.bad-what.states_many",
        ),
        (
            Edit(
                RNN,
                "        initial_state = list(initial_state)\n\n        # Cast",
                """\
        initial_state = list(initial_state)
        if len(initial_state) != len(self.state_size):
            raise ValueError(
                f"Expected {len(self.state_size)} initial states. "
                f"Received: {len(initial_state)}"
            )

        # Cast""",
            ),
        ),
    ),
    Mend(
        "a mask has the timesteps of the sequence",
        ("GRU-seq0-state0-u3-t2-n2-in4-do.bad-what.mask_steps",),
        (
            Edit(
                RNN,
                "        if initial_state is None:\n            if self.stateful:\n",
                """\
        if mask is not None and None not in (timesteps, mask.shape[1]):
            if mask.shape[1] != timesteps:
                raise ValueError(
                    f"The mask of shape {mask.shape} does not fit a sequence "
                    f"of {timesteps} timesteps."
                )
        if initial_state is None:
            if self.stateful:
""",
            ),
        ),
    ),
    Mend(
        "the unrolled loop of torch goes through the mask backwards",
        (
            "GRU-seq0-state0-u3-t1-mask.all-back1-unroll1",
            "GRU-seq1-state0-u2-t3-n4-as.bi-mask.right-unroll1",
        ),
        (
            Edit(
                TORCH,
                "                mask_list = torch.flip(mask_list, dims=mask_list.shape)\n",
                "                mask_list = mask_list[::-1]\n",
            ),
        ),
        backends=("torch",),
    ),
)

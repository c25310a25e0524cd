"""Mends of the layers: constructors, configurations, states and weights."""

from __future__ import annotations

from tests.quality.mends.mend import Edit, Mend

RNN, LSTM, GRU, SIMPLE, CONV = (
    f"layers/rnn/{name}.py" for name in ("rnn", "lstm", "gru", "simple_rnn", "conv_lstm")
)
STACKED, DROPOUT = "layers/rnn/stacked_rnn_cells.py", "layers/rnn/dropout_rnn_cell.py"

_WHOLE = """\
        units = units.item() if hasattr(units, "item") else units
        if not isinstance(units, int) or units <= 0:
"""
_CONFIG = '            "seed": self.seed,\n        }\n'
_IMPLEMENTATION = """\
            "seed": self.seed,
            "implementation": self.implementation,
        }
"""
_CELL_SEED = '            "seed": self.cell.seed,\n        }\n'
_GIVEN = """\
            "seed": self.cell.seed,
            "implementation": self.cell.implementation,
            "use_cudnn": self.use_cudnn,
        }
"""
_RATE = "        self.dropout = min(1.0, max(0.0, dropout))\n"
_NUMBER = (
    """\
        if isinstance(dropout, str):
            raise ValueError(f"Argument `dropout` must be a number. Received: {dropout}")
"""
    + _RATE
)

MENDS = (
    Mend(
        "units of any integer type, and of no other",
        (
            "GRU-seq1-state1-u3-t3-drop50-rdrop25-do.written-what.integers",
            "SimpleRNN-seq0-state0-u2-t4-n3-in5-mask.right-do.edge-what.numpy_units",
            "GRU-seq0-state0-u3-t2-n2-in4-do.bad-what.units_word",
        ),
        (*(Edit(path, "        if units <= 0:\n", _WHOLE) for path in (LSTM, GRU, SIMPLE)),),
    ),
    Mend(
        "filters of any integer type, and of no other",
        (
            "ConvLSTM2D-seq0-state0-u3-t2-n2-in4-kern1-do.bad-what.units_negative",
            "ConvLSTM2D-seq0-state0-u3-t2-n2-in4-kern1-do.bad-what.units_word",
        ),
        (
            Edit(
                CONV,
                "        self.filters = filters\n",
                """\
        filters = filters.item() if hasattr(filters, "item") else filters
        if not isinstance(filters, int) or filters <= 0:
            raise ValueError(f"`filters` must be a positive integer, not {filters}")
        self.filters = filters
""",
            ),
        ),
    ),
    Mend(
        "sizes of any integer type",
        ("ConvLSTM1D-seq1-state1-u2-t3-stride2-do.written-what.integers",),
        (
            Edit(
                "utils/argument_validation.py",
                "    if isinstance(value, int):\n        value_tuple = (value,) * n\n",
                """\
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, int):
        value_tuple = (value,) * n
""",
            ),
        ),
    ),
    Mend(
        "seeds of any integer type",
        ("LSTM-seq1-state1-u3-t3-drop50-rdrop25-do.written-what.seeds",),
        (
            Edit(
                "random/seed_generator.py",
                "        self._initial_seed = seed\n",
                """\
        seed = seed.item() if hasattr(seed, "item") else seed
        self._initial_seed = seed
""",
            ),
        ),
    ),
    Mend(
        "rates are numbers",
        ("LSTM-seq0-state0-u3-t2-n2-in4-do.bad-what.dropout_word",),
        (Edit(LSTM, _RATE, _NUMBER),),
    ),
    Mend(
        "SimpleRNN keeps its seed and its activity_regularizer",
        (
            "SimpleRNN-seq0-state0-u3-t3-do.config-what.seed",
            "SimpleRNN-seq0-state0-u3-t3-do.config-what.activity_regularizer",
            "SimpleRNN-seq0-state0-u3-t2-do.reg-what.activity",
            "SimpleRNN-seq1-state0-u3-t3-n8-in4-as.bi-drop50-do.train-what.seed",
        ),
        (
            Edit(
                SIMPLE,
                '            "recurrent_dropout": self.recurrent_dropout,\n        }\n',
                """\
            "recurrent_dropout": self.recurrent_dropout,
            "seed": self.cell.seed,
        }
""",
            ),
            Edit(
                SIMPLE,
                "            unroll=unroll,\n            **kwargs,\n",
                """\
            unroll=unroll,
            activity_regularizer=activity_regularizer,
            **kwargs,
""",
            ),
        ),
    ),
    Mend(
        "configurations of LSTM and GRU hold every argument",
        (
            "GRU-seq0-state0-u3-t3-do.config-what.use_cudnn",
            "LSTM-seq0-state0-u3-t3-do.config-what.implementation",
        ),
        tuple(
            edit
            for path in (LSTM, GRU)
            for edit in (Edit(path, _CONFIG, _IMPLEMENTATION), Edit(path, _CELL_SEED, _GIVEN))
        ),
    ),
    Mend(
        "activity_regularizer sees the output alone",
        ("LSTM-seq1-state1-u3-t2-do.reg-what.activity",),
        (
            Edit(
                "layers/layer.py",
                "                    for output in tree.flatten(outputs):\n"
                "                        if backend.is_tensor(output):\n",
                """\
                    regularized = tree.flatten(outputs)
                    if getattr(self, "return_state", False):
                        regularized = regularized[:1]
                    for output in regularized:
                        if backend.is_tensor(output):
""",
            ),
        ),
    ),
    Mend(
        "unit_forget_bias forces a bias of zeros",
        (
            "LSTM-seq0-state0-u3-t2-do.init-what.forget",
            "LSTM-seq0-state0-u3-t1-as.cell-do.init-what.forget",
        ),
        (
            Edit(
                LSTM,
                "                            self.bias_initializer(\n",
                '                            initializers.get("zeros")(\n',
                times=2,
            ),
        ),
    ),
    Mend(
        "rates of 1",
        (
            "LSTM-seq1-state0-u3-t3-n2-in4-rdrop100-do.train-what.edges",
            "GRU-seq1-state0-u3-t3-n2-in4-drop100-do.train-what.edges",
            "ConvLSTM2D-seq1-state0-u3-t3-n2-in4-drop100-kern1-do.train-what.edges",
            "ConvLSTM2D-seq1-state0-u3-t3-n2-in4-rdrop100-kern1-do.train-what.edges",
        ),
        (
            Edit(LSTM, "0.0 < self.dropout < 1.0", "0.0 < self.dropout", times=2),
            Edit(LSTM, "0.0 < self.recurrent_dropout < 1.0", "0.0 < self.recurrent_dropout"),
            Edit(GRU, "0.0 < self.dropout < 1.0", "0.0 < self.dropout", times=2),
            Edit(GRU, "0.0 < self.recurrent_dropout < 1.0", "0.0 < self.recurrent_dropout"),
            Edit(CONV, "0.0 < self.dropout < 1.0", "0.0 < self.dropout"),
            Edit(CONV, "0.0 < self.recurrent_dropout < 1.0", "0.0 < self.recurrent_dropout"),
        ),
    ),
    Mend(
        "zero_output_for_mask is used only with return_sequences",
        (
            "GRU-seq0-state0-u8-t3-n128-in4-mask.right-zero1-rdrop50-do.train-what.masks",
            "GRU-seq0-state1-u3-t5-mask.right-zero1",
        ),
        (
            Edit(
                RNN,
                "            zero_output_for_mask=self.zero_output_for_mask,\n",
                "            zero_output_for_mask=self.zero_output_for_mask\n"
                "            and self.return_sequences,\n",
            ),
        ),
    ),
    Mend(
        "what is made not trainable hands it on",
        (
            "GRU-seq0-state0-u3-t2-as.bi-do.init-what.frozen",
            "ConvLSTM2D-seq0-state0-u3-t2-do.init-what.frozen",
            "SimpleRNN-seq0-state0-u3-t2-as.td-do.init-what.frozen",
        ),
        (
            Edit(
                RNN,
                "        self.cell = cell\n",
                """\
        self.cell = cell
        if not self.trainable and isinstance(cell, Layer):
            cell.trainable = False
""",
            ),
            Edit(
                "layers/core/wrapper.py",
                "        self.layer = layer\n",
                """\
        self.layer = layer
        if not self.trainable:
            layer.trainable = False
""",
            ),
            Edit(
                "layers/rnn/bidirectional.py",
                "        self._verify_layer_config()\n\n        def",
                """\
        self._verify_layer_config()
        if not self.trainable:
            self.forward_layer.trainable = False
            self.backward_layer.trainable = False

        def""",
            ),
        ),
    ),
    Mend(
        "dtype_policy() follows floatx until a policy is set",
        ("GRU-seq1-state1-u3-t3-f16-do.settings-what.late",),
        (
            Edit(
                "dtype_policies/dtype_policy.py",
                "        policy = DTypePolicy(backend.floatx())\n"
                "        set_dtype_policy(policy)\n",
                "        policy = DTypePolicy(backend.floatx())\n",
            ),
        ),
    ),
    Mend(
        "a state of each cell for each of its sizes",
        (
            "GRU-seq1-state1-u2-t3-n4-as.list",
            "LSTM-seq1-state1-u2-t3-n4-as.one",
        ),
        (
            Edit(
                STACKED,
                """\
                initial_states.append(
                    get_initial_state_fn(batch_size=batch_size)
                )
""",
                """\
                initial = get_initial_state_fn(batch_size=batch_size)
                if isinstance(cell.state_size, int) and tree.is_nested(initial):
                    initial = initial[0]
                initial_states.append(initial)
""",
            ),
            Edit(
                STACKED,
                "        if len(new_states) == 1:\n"
                "            new_states = new_states[0]\n        return",
                "        return",
            ),
            Edit(
                STACKED,
                "            if len(states) == 1 and not state_is_list:\n",
                "            if not state_is_list and tree.is_nested(states):\n",
            ),
        ),
    ),
    Mend(
        "masks of a call are kept by each thread",
        ("SimpleRNN-seq0-state0-u2-t4-n3-in5-do.edge-what.held_up",),
        (
            Edit(
                DROPOUT,
                "class DropoutRNNCell:\n",
                '''\
class _OfThread:
    """An attribute that each thread has for itself."""

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, cell, owner=None):
        return vars(cell).get(self.name, {}).get(threading.get_ident())

    def __set__(self, cell, value):
        kept = vars(cell).setdefault(self.name, {})
        kept[threading.get_ident()] = value
        if value is None:
            del kept[threading.get_ident()]


class DropoutRNNCell:
    _dropout_mask = _OfThread()
    _recurrent_dropout_mask = _OfThread()

''',
            ),
            Edit(
                DROPOUT,
                "from keras.src import backend\n",
                "import threading\nfrom keras.src import backend\n",
            ),
        ),
    ),
    Mend(
        "a list of cells has the dtype of its layer",
        ("RNN-seq1-state1-u2-t3-n4-as.list-mf16-cell.noinit",),
        (
            Edit(
                RNN,
                "            cell = StackedRNNCells(cell)\n",
                '            cell = StackedRNNCells(cell, dtype=kwargs.get("dtype"))\n',
            ),
        ),
    ),
    Mend(
        "a mask of each gate fits no fused implementation",
        ("GRU-seq1-state0-u3-t3-n1-in4-impl1-drop50-do.train-what.seed",),
        tuple(
            Edit(
                path,
                "            if not self.recurrent_dropout:\n",
                """\
            if not self.recurrent_dropout and not (
                training and self.dropout and self.cell.implementation == 1
            ):
""",
            )
            for path in (LSTM, GRU)
        ),
    ),
    Mend(
        "an orthogonal matrix of half precision",
        ("GRU-seq0-state0-u3-t2-f16-do.init-what.frozen",),
        (
            Edit(
                "initializers/random_initializers.py",
                "        # Compute the qr factorization\n",
                """\
        a = ops.cast(a, "float32")
        # Compute the qr factorization
""",
            ),
            Edit(
                "initializers/random_initializers.py",
                "        return self.gain * ops.reshape(q, shape)\n",
                "        return ops.cast(self.gain * ops.reshape(q, shape), dtype)\n",
            ),
        ),
    ),
)

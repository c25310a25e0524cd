"""A pytest plugin that breaks the LSTM of the installed Keras, to show what a failure looks like.

python -m pytest -p tests.selftest.broken_layer --case LSTM-seq1-state1-u3-t5
"""

from __future__ import annotations

from typing import Any

import keras

_call = keras.layers.LSTMCell.call


def _reads_the_hidden_state_for_the_carry(
    self: Any, inputs: Any, states: Any, training: bool = False
) -> Any:
    hidden, _ = states
    return _call(self, inputs, [hidden, hidden], training)


keras.layers.LSTMCell.call = _reads_the_hidden_state_for_the_carry

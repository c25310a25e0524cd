"""Recurrent layers and cells of published packages, held to the laws.

Run `pytest` here with ncps 1.0.1, mingru-keras 0.1.3 or qkeras-v3 1.2.1 installed, on any backend,
or with keras-lmu 0.9.0 or keras-nac 0.0.4 on TensorFlow. What is not installed is left out.
"""

import os

from keras_rnn_conformance import Declared, parametrize_with_checks

THINGS = []

try:
    from ncps.keras import LTC, CfC, CfCCell, LTCCell, MixedMemoryRNN, WiredCfCCell
    from ncps.wirings import AutoNCP, FullyConnected
except ImportError:
    pass
else:

    def cfc(units, **options):
        return CfC(units, backbone_units=5, **options)

    def cfc_pure(units, **options):
        return CfC(units, backbone_units=5, mode="pure", **options)

    def cfc_mixed(units, **options):
        return CfC(units, backbone_units=5, mixed_memory=True, **options)

    def cfc_wired(**options):
        return CfC(AutoNCP(8, 3), **options)

    def ltc(units, **options):
        return LTC(units, **options)

    def ltc_wired(**options):
        return LTC(AutoNCP(8, 3), **options)

    def cfc_cell(units, **options):
        return CfCCell(units, backbone_units=5, backbone_dropout=0.0, **options)

    def wired_cfc_cell(**options):
        return WiredCfCCell(AutoNCP(8, 3), **options)

    def ltc_cell(units, **options):
        return LTCCell(FullyConnected(units), **options)

    def mixed_cell(units, **options):
        return MixedMemoryRNN(CfCCell(units, backbone_units=5, backbone_dropout=0.0), **options)

    fixed = Declared(step_shape=(2,))  # a wiring keeps the size of its first input
    THINGS += [cfc, cfc_pure, cfc_mixed, (cfc_wired, fixed), (ltc, fixed), (ltc_wired, fixed)]
    THINGS += [cfc_cell, (wired_cfc_cell, fixed), (ltc_cell, fixed), mixed_cell]

try:
    from mingru_keras import MinGRU
except ImportError:
    pass
else:
    THINGS += [(MinGRU, Declared(units_independent=True))]

try:
    from qkeras import QGRU, QLSTM, QSimpleRNN
except ImportError:
    pass
else:
    QUANTIZERS = {
        "kernel_quantizer": "quantized_bits(8, 2, 1, alpha=1.0)",
        "recurrent_quantizer": "quantized_bits(8, 2, 1, alpha=1.0)",
        "bias_quantizer": "quantized_bits(8, 2, 1, alpha=1.0)",
    }

    def q_simple_rnn(units, **options):
        return QSimpleRNN(units, **options, **QUANTIZERS)

    def q_lstm(units, **options):
        return QLSTM(units, **options, **QUANTIZERS)

    def q_gru(units, **options):
        return QGRU(units, **options, **QUANTIZERS)

    def q_lstm_2(units, **options):
        return QLSTM(units, implementation=2, **options, **QUANTIZERS)

    def q_gru_2(units, **options):
        return QGRU(units, implementation=2, **options, **QUANTIZERS)

    def q_gru_2_after(units, **options):
        return QGRU(units, implementation=2, reset_after=True, **options, **QUANTIZERS)

    quantized = Declared(rounds=True, differentiable=False)
    THINGS += [(q, quantized) for q in (q_simple_rnn, q_lstm, q_lstm_2)]
    THINGS += [(q, quantized) for q in (q_gru, q_gru_2, q_gru_2_after)]

TENSORFLOW = os.environ.get("KERAS_BACKEND", "tensorflow") == "tensorflow"

try:
    if not TENSORFLOW:
        raise ImportError("keras-lmu calls TensorFlow by itself")
    from keras_lmu import LMU, LMUCell
except ImportError:
    pass
else:

    def lmu_cell(units, **options):
        return LMUCell(memory_d=2, order=4, theta=8, hidden_cell=None, **options)

    def lmu(**options):
        import keras

        hidden = keras.layers.SimpleRNNCell(3, dtype=options.get("dtype"))
        return LMU(memory_d=2, order=4, theta=8, hidden_cell=hidden, **options)

    # recurrent_dropout acts on the connection of the memory to itself, which these do not have
    still = Declared(lacks=("recurrent_dropout",))
    THINGS += [(lmu, still), (lmu_cell, still)]

try:
    if not TENSORFLOW:
        raise ImportError("keras-nac calls TensorFlow by itself")
    from keras_nac import NCPCell
except ImportError:
    pass
else:

    def nac_cell(**options):
        return NCPCell(AutoNCP(8, 3), **options)

    THINGS += [(nac_cell, fixed)]


@parametrize_with_checks(THINGS)
def test_packages(layer, check):
    check(layer)

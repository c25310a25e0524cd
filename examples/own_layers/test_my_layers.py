"""Run `pytest` in this folder: the layers of my_layers.py pass, those of wrong_layers.py fail."""

from my_layers import LeakyCell, half_scaled
from wrong_layers import LosesMask, StateBeforeOutput, forgets_scale

from keras_rnn_conformance import Declared, parametrize_with_checks

CELL = Declared(output="first state")


@parametrize_with_checks([half_scaled, (LeakyCell, CELL)])
def test_right(layer, check):
    check(layer)


@parametrize_with_checks([forgets_scale, LosesMask, (StateBeforeOutput, CELL)])
def test_wrong(layer, check):
    check(layer)

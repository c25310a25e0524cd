"""Recurrent layers that are wrong in one way: configurations, files and copies."""

from __future__ import annotations

from keras.layers import SimpleRNN


class ConfigLacksScale(SimpleRNN):
    """get_config forgets an argument of its constructor."""

    def __init__(self, units, scale=1.0, **kwargs):
        super().__init__(units, **kwargs)
        self.scale = scale

    def call(self, sequences, initial_state=None, mask=None, training=False):
        return super().call(sequences * self.scale, initial_state, mask, training)


def scaled(units, **options):
    """A layer whose configuration is wrong, made with what the configuration forgets."""
    return ConfigLacksScale(units, scale=2.0, **options)


class NoJson(SimpleRNN):
    """Its configuration holds what JSON cannot."""

    def get_config(self):
        return {**super().get_config(), "units": {self.units}}

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "units": min(config["units"])})


class DirectionLost(SimpleRNN):
    """Its configuration always says forwards."""

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "go_backwards": False})


class LoadsNothing(SimpleRNN):
    """Loading weights does nothing."""

    def build(self, sequences_shape, initial_state_shape=None):
        super().build(sequences_shape, initial_state_shape)
        self.cell.load_own_variables = lambda store: None


class WeightsLost(SimpleRNN):
    """get_weights gives zeros."""

    def get_weights(self):
        return [0 * w for w in super().get_weights()]


class NoCopy(SimpleRNN):
    """A copy is the layer itself."""

    def __deepcopy__(self, memo):
        return self


class CopyUntrained(SimpleRNN):
    """A copy has new weights."""

    def __deepcopy__(self, memo):
        other = type(self).from_config(self.get_config())
        other.build((None, None, 2))
        return other

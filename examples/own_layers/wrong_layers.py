"""The same, each with a mistake that is easily made."""

from my_layers import LeakyCell, ScaledLSTM


class ForgetsScale(ScaledLSTM):
    """Its configuration lacks `scale`: a model that is saved and loaded is another model."""

    def get_config(self):
        config = super().get_config()
        config.pop("scale")
        return config


class LosesMask(ScaledLSTM):
    """It hands the mask on to nobody."""

    def call(self, sequences, initial_state=None, mask=None, training=False):
        return super().call(sequences, initial_state, None, training)


class StateBeforeOutput(LeakyCell):
    """It returns the new state and hands the old one on: nothing is remembered."""

    def call(self, inputs, states):
        output, _ = super().call(inputs, states)
        return output, [states[0] + 0 * output, output]


def forgets_scale(units, **options):
    """The layer with an argument that is not at its default."""
    return ForgetsScale(units, scale=0.5, **options)

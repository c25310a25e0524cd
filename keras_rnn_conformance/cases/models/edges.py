"""What users do with recurrent layers beside calling and training them: one name, one deed."""

from __future__ import annotations

EDGES: dict[str, str] = {
    "reset_model": "Model.reset_state between two calls of a model with a stateful layer",
    "reset_given": "reset_state(states=...) of a stateful layer",
    "own_layer": "a cell with dropout in a layer of the user's own: fit, then another batch size",
    "no_timesteps": "a call on sequences without timesteps",
    "ragged": "a model of ragged input, on TensorFlow",
    "numpy_units": "units that are a NumPy integer, and a configuration in JSON",
    "threads": "several threads that call one model",
    "quantized": 'quantize("int8") of a model with TimeDistributed(Dense)',
    "exported": "a stateful layer in a SavedModel, which is called twice",
    "floatx": "a model under set_floatx: made, trained without a step, and predicting",
    "stateful_fit": "fit of a stateful layer, whose states a callback resets after each epoch",
    "constant_states": "initial states that are constants of a functional model, and its file",
    "constant_mask": "a mask that is a constant of a functional model, and its file",
    "constants": "a cell of the user's own that attends to `constants`",
    "decoder": "encoder and decoder taken out of a loaded model by layer.input and layer.output",
}

TRAINING = ("own_layer", "floatx", "stateful_fit")
"""Those that fit a model."""

STEP = 0.125
"""The learning rate of a deed that trains."""

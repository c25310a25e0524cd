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
    "tokens": "ids of an Embedding in every dtype, in a large table",
    "stray_token": "an id beyond the table of an Embedding, in one sample",
    "learned_start": "two steps of training a cell whose first state is a weight",
}

SIDESTEP = 0.5
"""How far a weight is moved to either side to see how the loss changes."""

TOKENS = {"int32": 1, "int64": 1, "uint8": 1, "uint16": 1, "float32": 1, "int32 far apart": 97}
"""By name of an output, how far the tokens stand apart in the table."""

TRAINING = ("own_layer", "floatx", "stateful_fit", "learned_start")
"""Those that fit a model."""

STEP = 0.125
"""The learning rate of a deed that trains."""

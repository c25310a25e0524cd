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
    "decoder": "encoder and decoder taken out of a loaded model by layer.input and layer.output",
}

"""The names of the backends, for whoever must know them without importing Keras."""

BACKENDS = {
    "tensorflow": ("tensorflow", "tensorflow tensorflow-cpu"),
    "jax": ("jax", "jax"),
    "torch": ("torch", "torch"),
    "numpy": ("scipy jax", "numpy"),
    "openvino": ("openvino scipy", "openvino"),
}
"""By backend: the modules that it needs, and the distributions that it may come from."""

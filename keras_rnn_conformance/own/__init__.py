"""Laws for a user's own recurrent layers and cells: they need Keras, NumPy and pytest, no equations."""

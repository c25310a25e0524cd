"""The API of Keras by release: signatures, arguments that are serialized, misuses to refuse."""

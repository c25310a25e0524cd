"""From a case to a Keras layer: cells, layers and wrappers, with the weights of the case."""

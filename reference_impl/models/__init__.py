"""Models: the layers around a recurrent layer, and graphs of layers."""

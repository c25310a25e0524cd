"""Arguments of constructors: which there are, how they are written, what the weights become."""

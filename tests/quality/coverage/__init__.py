"""Which lines and branches of Keras's own recurrent sources the cases of a profile run."""

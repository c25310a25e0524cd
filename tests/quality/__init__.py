"""How much the suite catches: mutation, coverage of Keras's sources, injected faults."""

"""Every release of Keras that can be judged here: where it runs, and how to run it."""

"""Every release of Keras that can be judged here: where it runs, and how to run it.

A release has an environment of its own, made when first needed; the suite is started in it as
another process, and what it leaves is read as `results`.
"""

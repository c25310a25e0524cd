"""Gradients, steps of training, and models that are trained."""

"""Deeds on what losses, metrics, optimizers, rates, numbers and texts are by definition."""

"""Faults of whole models, and of their training."""

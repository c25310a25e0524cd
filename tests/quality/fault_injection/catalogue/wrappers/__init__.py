"""Faults of cells, stacks and wrappers."""

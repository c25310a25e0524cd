"""Faults of arguments, settings and weights."""

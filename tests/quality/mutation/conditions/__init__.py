"""Mutants that act under a condition only."""

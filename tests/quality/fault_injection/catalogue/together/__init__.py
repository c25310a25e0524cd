"""Faults that act under a condition only."""

"""Faults of one layer: equations, the loop, masks, states, dropout."""

"""Deeds of the scenario `edge` that try what goes wrong only under a condition."""

"""Deeds about what training, models and layers tell of themselves."""

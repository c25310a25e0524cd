"""Whole models: what layers compute and learn, what files must give back, and other uses."""

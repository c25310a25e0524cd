"""Whole models: neighbours under a mask, training and files, and what users do beside that."""

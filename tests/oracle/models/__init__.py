"""Whole models and their training, against torch, differences and laws."""

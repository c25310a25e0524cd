"""Copies, files and exports."""

"""Faults of configurations, copies, files and exports."""

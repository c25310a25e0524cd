"""Registers the conformance plugin, nothing else."""

pytest_plugins = ["tests.harness.plugin"]

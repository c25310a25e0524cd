"""Registers the conformance plugin, nothing else."""

pytest_plugins = ["keras_rnn_conformance.pytest_plugin"]

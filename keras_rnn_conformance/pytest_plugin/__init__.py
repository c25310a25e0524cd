"""The pytest plugin: `-p keras_rnn_conformance.pytest_plugin`.

PYTEST_DONT_REWRITE: it may be imported before pytest starts.
"""

pytest_plugins = ["keras_rnn_conformance.pytest_plugin.plugin"]

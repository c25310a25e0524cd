"""The suite as pytest runs it: options, one item a case, summary, results, reports, JUnit, GitHub.

The verdict is that of `judging`; this room turns it into an outcome that pytest knows. Only public
API of pytest is used. The plugin is `-p keras_rnn_conformance.pytest_plugin`.

PYTEST_DONT_REWRITE: it may be imported before pytest starts.
"""

pytest_plugins = ["keras_rnn_conformance.pytest_plugin.plugin"]

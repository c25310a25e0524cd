"""Where the parts of the project lie: in a checkout, or in the installed package.

An installed package holds the conformance rules and the fixtures itself; in a checkout they lie
beside it, and what only developers need (docs, tests, builds) lies there alone.
"""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
INSTALLED = (PACKAGE / "conformance").is_dir()
"""Whether this is an installed package, with no checkout around it."""

ROOT = PACKAGE.parent
"""The root of the checkout; of an installed package, the folder that packages lie in."""

FIXTURES = (PACKAGE if INSTALLED else ROOT) / "fixtures"
CONFORMANCE = PACKAGE / "conformance" if INSTALLED else ROOT / "tests" / "conformance"
CONFORMANCE_PACKAGE = f"{PACKAGE.name}.conformance" if INSTALLED else "tests.conformance"
SETTINGS = (PACKAGE if INSTALLED else ROOT) / "pyproject.toml"
"""The settings of pytest, for a run that does not start at the root of a checkout."""

COMMAND = "keras-rnn-conformance" if INSTALLED else "python -m keras_rnn_conformance"
JUDGE = "python -m pytest" if Path.cwd() == ROOT and not INSTALLED else f"{COMMAND} test"
"""How messages name the command of the package, and the one that runs the suite."""

REQUIREMENT = "keras-rnn-conformance[{}]" if INSTALLED else ".[{}]"
"""What pip installs for a backend, as messages name it."""

BUILD = (Path.cwd() if INSTALLED else ROOT) / "build"
"""Where environments and intermediate results are made."""

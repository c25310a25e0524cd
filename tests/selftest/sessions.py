"""How tests begin a session of pytest in a process of its own."""

from __future__ import annotations

import sys

PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")

"""A pytest plugin that plants a fault of the catalogue into Keras: the one that FAULT names.

FAULT="one step late" python -m pytest -p tests.selftest.planted_fault
"""

from __future__ import annotations

import os

from tests.quality.fault_injection.faults import Garden, catalogue

catalogue()[os.environ["FAULT"]].plant(Garden())

"""A pytest plugin that makes all harmless changes at once, which go together.

python -m pytest -p tests.quality.fault_injection.harmless.everything

Whatever fails then is a false alarm of the suite; `HARMLESS=NAME,NAME` in the environment makes a
few of the changes, to find out which one it is.
"""

from __future__ import annotations

import os

from tests.quality.fault_injection.faults import Garden
from tests.quality.fault_injection.harmless import ALONE, every

_wanted = [name for name in os.environ.get("HARMLESS", "").split(",") if name]
_garden = Garden()
for _name in _wanted or [name for name in every() if name not in ALONE]:
    every()[_name].plant(_garden)

"""Frees what a backend holds of cases that are done: it compiles for every new layer.

XLA keeps every program that it has compiled, each in memory maps of its own. A long run in one
process would come to the number of maps that the system allows, and end there with a segmentation
fault.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path

_LOOK = 25
"""Cases between two looks at the maps."""
_UNSEEN = 500
"""Cases between two releases where the system does not tell the maps."""
_USUAL = 65_530
_SHARE = 4
"""Memory is freed once the maps are more than this part of those allowed."""

_MAPS = Path("/proc/self/maps")
_ALLOWED = Path("/proc/sys/vm/max_map_count")
_counted = [0]


def free_seldom() -> bool:
    """Count a case, and free memory if it is time; called between cases, never within one.

    Returns:
        Whether memory was freed.
    """
    _counted[0] += 1
    if not _due(_counted[0]):
        return False
    free()
    return True


def free() -> None:
    """Drop compiled programs, which later cases compile again, and what is unreachable."""
    if "jax" in sys.modules:
        import jax

        jax.clear_caches()
    gc.collect()


def maps() -> int | None:
    """How many memory maps this process has; None where the system does not tell."""
    try:
        with _MAPS.open("rb") as file:
            return sum(1 for _ in file)
    except OSError:
        return None


def _due(count: int) -> bool:
    if count % _LOOK:
        return False
    mapped = maps()
    return count % _UNSEEN == 0 if mapped is None else mapped > _allowed() // _SHARE


def _allowed() -> int:
    try:
        return int(_ALLOWED.read_text())
    except (OSError, ValueError):
        return _USUAL

"""Every mend."""

from __future__ import annotations

from tests.quality.mends import files, layers, loop, models, slices, wrappers
from tests.quality.mends.mend import Mend

MENDS: tuple[Mend, ...] = (
    *layers.MENDS,
    *wrappers.MENDS,
    *slices.MENDS,
    *loop.MENDS,
    *models.MENDS,
    *files.MENDS,
)


def of(backend: str) -> list[Mend]:
    """The mends whose cases are to be tried on a backend."""
    return [mend for mend in MENDS if backend in mend.backends]

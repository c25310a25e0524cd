"""Numbers that a key determines, the same on every machine."""

from __future__ import annotations

import argparse
import hashlib
import re

import numpy as np
from numpy.typing import NDArray

GRID = 64

SEEDS = 2**32
"""How many data seeds there are: 0 and up."""


def data_seed(text: str) -> int:
    """The argument of `--data-seed`.

    Raises:
        ArgumentTypeError: unless it is a whole number from 0 to 2**32 - 1.
    """
    if not re.fullmatch("[0-9]{1,10}", text, re.ASCII) or int(text) >= SEEDS:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 to {SEEDS - 1}")
    return int(text)


def stream(seed: int, key: str, field: str, count: int) -> NDArray[np.uint32]:
    """`count` unsigned 32-bit integers that depend on the three keys alone."""
    digest = hashlib.shake_256(f"{seed}|{key}|{field}".encode()).digest(4 * count)
    return np.frombuffer(digest, dtype="<u4")


def drawn_by(key: str, seed: int) -> str:
    """What Python's generator is seeded with: a layer that gets no seed takes one from there."""
    return f"{seed} {key}"


def grid(words: NDArray[np.uint32], largest: int, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Non-zero multiples of 1/64 up to `largest`/64, of both signs."""
    magnitude = 1 + (words >> 1) % largest
    signed = np.where(words & 1, magnitude, -magnitude.astype(np.int64))
    return (signed / GRID).reshape(shape)

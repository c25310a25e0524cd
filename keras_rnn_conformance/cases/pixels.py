"""Images as samples: a ConvLSTM with a kernel of one pixel is an LSTM at every pixel."""

from __future__ import annotations

import math
from typing import TypeVar

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.composition import rank

Images = TypeVar("Images")


def by_pixel(case: Case, images: Images, leading: int) -> Images:
    """Move the spatial axes, which follow `leading` axes, into the batch: one sample a pixel."""
    if rank(case) == 0:
        return images
    shape = images.shape  # type: ignore[attr-defined]
    axes = [0, *range(leading, leading + rank(case)), *range(1, leading), len(shape) - 1]
    moved = images.transpose(*axes)  # type: ignore[attr-defined]
    samples = shape[0] * math.prod(shape[leading : leading + rank(case)])
    return moved.reshape(samples, *shape[1:leading], shape[-1])

"""What Keras's names and defaults meant, and when.

A generation is a set of meanings, not a release: within one, every option means the same thing.
"""

from __future__ import annotations

from dataclasses import dataclass

from .errors import ReferenceInputError


class Default:
    """The type of `DEFAULT`: the argument takes the meaning that its generation gave it."""

    def __repr__(self) -> str:
        return "DEFAULT"


DEFAULT = Default()


@dataclass(frozen=True)
class Generation:
    """One set of meanings.

    Attributes:
        name: the key under which `GENERATIONS` holds it.
        releases: the releases that it stands for.
        recurrent_activation: the default of LSTM and GRU.
        hard_sigmoid_slope: the slope of `hard_sigmoid` around 0; the function is
            clip(slope * x + 1/2, 0, 1). Keras 3 writes its 1/6 as relu6(x + 3) / 6.
        reset_after: the default of GRU.
    """

    name: str
    releases: str
    recurrent_activation: str
    hard_sigmoid_slope: float
    reset_after: bool


GENERATIONS = {
    generation.name: generation
    for generation in (
        Generation("keras2.0", "Keras 2.0 to 2.2.5", "hard_sigmoid", 0.2, False),
        Generation("keras2.3", "Keras 2.3.0 and 2.3.1", "sigmoid", 0.2, False),
        Generation("tfkeras2", "tf.keras 2 and Keras 2.4 to 2.15", "sigmoid", 0.2, True),
        Generation("keras3", "Keras 3", "sigmoid", 1 / 6, True),
    )
}


def generation_named(name: str | Generation) -> Generation:
    """Return the generation called `name`."""
    if isinstance(name, Generation):
        return name
    if name not in GENERATIONS:
        choices = ", ".join(GENERATIONS)
        raise ReferenceInputError(f"`generation` must be one of {choices}, got {name!r}")
    return GENERATIONS[name]

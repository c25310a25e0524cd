"""What a backend cannot do, declared once, with the reason; never as scattered skips."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.harness.case import Case


@dataclass(frozen=True)
class Capability:
    """Something that some backends lack.

    Attributes:
        name: what it is.
        needs: the cases that need it.
        absent: by backend that lacks it, the reason.
    """

    name: str
    needs: Callable[[Case], bool]
    absent: dict[str, str]


CAPABILITIES = (
    Capability(
        "float64 arithmetic",
        lambda case: case["dtype"] == "f64",
        {"jax": "JAX computes in float32 unless jax_enable_x64 is set for the whole process"},
    ),
)


def lacking(case: Case, backend: str) -> Capability | None:
    """The first capability that the case needs and the backend lacks."""
    return next((c for c in CAPABILITIES if backend in c.absent and c.needs(case)), None)

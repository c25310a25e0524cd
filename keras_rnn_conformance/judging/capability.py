"""What a backend, a release or an environment cannot do: one record, and how it is asked."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from keras_rnn_conformance.base.backends import BACKENDS
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.judging import readiness

EVERY = "every backend"
"""In place of the name of a backend."""


@dataclass(frozen=True)
class Capability:
    """Something that some backends lack.

    Attributes:
        name: what it is.
        needs: the cases that need it.
        absent: by backend that lacks it, the reason; under `EVERY`, that of all of them.
        device: the device that has it after all, if one does.
        since: the first release that has it, if only older ones lack it.
        until: the first release that lacks it, if only newer ones do.
        provable: whether a case that needs it and conforms proves that it is there after all;
            not so where Keras falls back without a word, or where it is left out for its cost.
        probe: how a backend that the suite does not know is asked: a name in `subject/probes.py`.
        modules: the modules that, where all can be imported, give it to the backends that lack it.
    """

    name: str
    needs: Callable[[Case], bool]
    absent: dict[str, str]
    device: str = ""
    since: str = ""
    until: str = ""
    provable: bool = True
    probe: str = ""
    modules: tuple[str, ...] = ()

    def concerns(self, backend: str) -> bool:
        """Whether the backend may lack it: it is declared to, or unknown and to be asked."""
        if backend in self.absent or EVERY in self.absent:
            return True
        return backend not in BACKENDS and bool(self.probe)

    def reason(self, case: Case, backend: str) -> str:
        """Why a backend lacks it, as declared or, on an unknown backend, as seen; else empty."""
        declared = self.absent.get(backend) or self.absent.get(EVERY, "")
        if declared or backend in BACKENDS or not self.probe:
            return declared
        return readiness.probed(self.probe, case)

    def proved_by_a_case(self, backend: str) -> bool:
        """Whether an absence is to be proved; one that a probe found has been."""
        return self.provable and (backend in BACKENDS or EVERY in self.absent)


@cache
def importable(module: str) -> bool:
    """Whether a module is there to be imported."""
    return importlib.util.find_spec(module) is not None


@cache
def device() -> str:
    """What the backend computes on."""
    # What the backend is told has to be told before it starts, which asking for its device does.
    readiness.ready()
    return readiness.device()

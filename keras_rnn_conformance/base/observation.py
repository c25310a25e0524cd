"""What really came out of a layer: arrays, dtypes, structure, facts; or the error it raised."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

_PASSING = (
    (re.compile(r"0x[0-9a-f]{6,}"), "0x..."),
    (re.compile(r"\b([a-z][a-z0-9]*(?:_[a-z][a-z0-9]*)*)_[0-9]+\b"), r"\1"),
    (re.compile(r"(?<![\w.])/[\w./-]*/(?=[\w-]+\.py\b|site-packages/|tmp)"), ""),
)
_SET = re.compile(r"\{('[^{}']*'(?:, '[^{}']*')+)\}")


def steady(text: str) -> str:
    """A message without what differs from run to run.

    That is addresses, counters of names, folders, and the order of a set.
    """
    for pattern, instead in _PASSING:
        text = pattern.sub(instead, text)
    return _SET.sub(lambda match: f"{{{', '.join(sorted(match[1].split(', ')))}}}", text)


def probe(array: NDArray[np.float64]) -> float:
    """A weighted sum with a different weight in (0, 1] for every place.

    Any change of an array moves it; and it moves by no more than the same sum of the changes.
    """
    places = np.arange(1, array.size + 1, dtype=np.uint64)
    weights = ((places * np.uint64(40503)) % np.uint64(65536) + np.uint64(1)) / 65536.0
    with np.errstate(invalid="ignore"):
        return float(np.dot(np.ravel(array), weights))


@dataclass(frozen=True)
class Raised:
    """An error of the subject: its class, the classes it derives from, and its message."""

    name: str
    bases: tuple[str, ...]
    message: str

    @classmethod
    def of(cls, error: BaseException) -> Raised:
        bases = tuple(base.__name__ for base in type(error).__mro__)
        return cls(type(error).__name__, bases, str(error))

    def told(self) -> str:
        """The class, and the line that says what is wrong, without the layer that it arose in."""
        bold = _BOLD.search(self.message)
        plain = bold[1] if bold else _STYLE.sub("", self.message)
        lines = [line.strip() for line in plain.splitlines() if line.strip()]
        kept = [line for line in lines if not line.startswith(_CALLING)]
        return f"{self.name}: {_TRACED.sub('', kept[0])}" if kept else self.name

    def brief(self) -> str:
        """The class and the beginning of what is wrong."""
        return self.told()[: len(self.name) + 2 + 160]


_CALLING = "Exception encountered when calling"
"""How Keras begins the message of an error in a layer, whose own text it prints bold."""
_STYLE = re.compile(r"\x1b\[[0-9;]*m")
_BOLD = re.compile(r"\x1b\[1m(.*?)\x1b\[0m", re.DOTALL)
_TRACED = re.compile(r"\{\{function_node .*?\}\} ?")
"""The place in a graph that TensorFlow writes before what is wrong."""


class Unobserved(LookupError):
    """A rule asks for a fact that the observer does not record: the rule is not judged."""


HANDED, RETURNED = "what was handed over", "what was returned earlier"
WEIGHTS, CONFIGURATION = "weights", "arguments of a constructor"
HOLDINGS = "what a layer holds"
OWNERS = (HANDED, RETURNED, WEIGHTS, CONFIGURATION, HOLDINGS)
"""What no call may change; of what a layer holds, how much that is in a call like an earlier."""


@dataclass
class Observation:
    """Everything that a rule may look at; plain data, so that it can be written to a file.

    Attributes:
        arrays: what came out, by name, as float64 (exact for every dtype that Keras computes in).
        dtypes: the dtype that each array really had.
        structure: `tensor`, or `tuple` or `list` and the number of items.
        facts: shapes, configs, names: whatever else a scenario records, JSON-like.
        error: what was raised instead; None when the scenario ran to its end.
        path: the execution path that ran, such as `generic`, `fused` or `unrolled`.
        warnings: the warnings, in order, without duplicates.
        changed: whose things changed under their owner, of `OWNERS`; None if nobody looked.
    """

    arrays: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    dtypes: dict[str, str] = field(default_factory=dict)
    structure: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    error: Raised | None = None
    path: str = ""
    warnings: list[str] = field(default_factory=list)
    changed: list[str] | None = None

    def digest(self) -> str:
        """A hash of all that was observed but the warnings."""
        whole = hashlib.sha256()
        for name in sorted(self.arrays):
            array = np.ascontiguousarray(self.arrays[name])
            whole.update(f"{name}{array.shape}{self.dtypes.get(name)}".encode())
            whole.update((array + 0.0).astype("<f8").tobytes())
        error = (self.error.name, steady(self.error.message)) if self.error else None
        rest = [self.structure, self.facts, error, self.path, *(self.changed or [])]
        whole.update(steady(json.dumps(rest, sort_keys=True, default=str)).encode())
        return whole.hexdigest()[:16]

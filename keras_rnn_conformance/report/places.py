"""What a title calls the place that is wrong: a name of an observation, in words."""

from __future__ import annotations

import re

_NAMES = {
    "spec": "symbolic output",
    "after": "list of losses after a call",
    "before": "list of losses before a call",
    "again": "list of losses after a second call",
    "returned": "list of losses in training",
    "what carries a mask": "outputs that carry a mask",
    "layer inside, unsaid": "output of a layer inside a model",
    "what was returned earlier": "output of an earlier call",
    "what was handed over": "value of an array that it was given",
    "first": "first output",
    "second": "second output",
}
"""What is called otherwise, as its own name says too little."""
_PATTERNS = (
    (re.compile(r"^(?:the |twin,? )"), ""),
    (re.compile(r"^(call \d+): (.*)$"), r"\2 in \1"),
    (re.compile(r"^(\d+): (\w+)$"), r"result of \2, call \1 of several,"),
    (re.compile(r"^(u?int\d+|float\d+)$"), r"output for ids of \1"),
    (re.compile(r"^with that of (\w+) alone$"), r"loss of \1"),
    (re.compile(r"^(first|second): "), r"\1 "),
    (re.compile(r"^forced "), "teacher-forced "),
    (re.compile(r"^whole "), ""),
    (re.compile(r"^kept (?:(cell \d+) (.*)|(.*))$"), lambda m: f"{_of(m)} kept between calls"),
    (re.compile(r"^(cell \d+) (.*)$"), r"\2 of \1"),
)


def _of(match: re.Match[str]) -> str:
    return f"{match[2]} of {match[1]}" if match[1] else str(match[3])


def place(name: str) -> str:
    """A place in words, without an article."""
    if name in _NAMES:
        return _NAMES[name]
    for pattern, words in _PATTERNS:
        name = pattern.sub(words, name)
    return name


_THING = re.compile(
    r"^[^:,]*?(output|state|carry|loss|losses|mask|number|model|gradient|result|value|padding|"
    r"[a-z]+[_/][\w/]+)(:\d+| \d+)?( (of|for|in|kept|that|after|before|from) .*|,)?$"
)


def is_thing(name: str) -> bool:
    """Whether a place in words is a thing that can be wrong, and not what was done to get it."""
    return _THING.search(name) is not None or name in ("kernel", "bias", "tags", "targets")


_TWO_WAYS = {
    "chunks": "gives another {name} for a sequence in two parts than for the whole",
    "padding": "gives another {name} if masked timesteps follow the sequence",
    "unroll": "gives another {name} unrolled than looped",
    "reversal": "gives another {name} with go_backwards than for the reversed sequence",
    "sequences": "gives another last {name} without return_sequences than with it",
    "implementation": "gives another {name} with implementation=2 than with implementation=1",
    "rows": "gives another {name} for a batch than for each sample by itself",
    "again": "gives another {name} in its third call than in its first",
    "sample": "gives another {name} for one sample if another sample changes",
    "later": "gives another {name} at a timestep if a later one changes",
    "unit": "gives another {name} for one unit if the weights of another change",
    "direction": "gives another {name} if the weights of the backward layer change",
    "spreads": "has a wrong {name} after a timestep of NaN",
    "recovers": "gives another {name} after a spoilt call and a reset",
    "empty": "gives another {name} after a batch of no samples",
    "pixel": "gives another {name} at one place if a place out of its reach changes",
}


def two_ways(what: str, name: str) -> str:
    """What is said where two ways to the same numbers differ, in the scenario `twin`."""
    return _TWO_WAYS[what].format(name=place(name))

"""Choose the combined cases: every pair and triple of option values in as few cases as possible.

The cases are chosen once, by a covering array of the option axes under `constraints`, and kept in
`fixtures/cases/`, so that a run needs no covering-array library and its cases never change on their
own. Run this after an axis, a value or a constraint has changed, and review the difference.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterator
from pathlib import Path

from keras_rnn_conformance.base.errors import FixtureFault
from keras_rnn_conformance.base.files import write_whole
from keras_rnn_conformance.base.paths import FIXTURES
from keras_rnn_conformance.base.reading import read_text
from keras_rnn_conformance.cases.axes import AXES, RECURRENT, Value
from keras_rnn_conformance.cases.axis import columns
from keras_rnn_conformance.cases.case import Case, CaseError

FOLDER = FIXTURES / "cases"
ARRAYS = {"pairs": 2, "triples": 3}
SIZE: dict[str, Value] = {"u": 2, "t": 5, "n": 4, "in": 3}
"""The size of every combined case: four different dimensions, five timesteps for any mask."""

FACTORS: dict[str, tuple[Value, ...]] = {
    "layer": RECURRENT,
    **columns(AXES, lambda axis: axis.column),
}
"""What is combined; axes whose values mean something only by themselves have cases of their own."""


BACKGROUNDS: tuple[dict[str, Value], ...] = (
    {}, {"mask": "right"}, {"layer": "GRU"}, {"layer": "GRU", "mask": "right"}, {"stateful": 1},
)  # fmt: skip
"""What the other factors may be at, so that a combination makes a case at all."""


def completed(row: dict[str, Value]) -> Case | None:
    """A case with these values, the other factors at a background; None if there is none."""
    for background in BACKGROUNDS:
        try:
            return combined({**background, **row})
        except CaseError:
            continue
    return None


def combined(row: dict[str, Value]) -> Case:
    """The case of a row of the array.

    Raises:
        CaseError: if the constraints exclude it.
    """
    options = {key: value for key, value in row.items() if key != "layer"}
    for key in ("after", "impl", "ract"):
        if options.get(key) == FACTORS[key][0]:
            del options[key]
    calls: dict[str, Value] = {"calls": 2} if options.get("stateful") else {}
    return Case.from_options(str(row.get("layer", "LSTM")), {**SIZE, **options, **calls})


Tuple = tuple[tuple[str, Value], ...]


def tuples(strength: int) -> Iterator[Tuple]:
    """Every possible combination of `strength` values of different factors."""
    for names in itertools.combinations(FACTORS, strength):
        for values in itertools.product(*(FACTORS[name] for name in names)):
            if completed(dict(zip(names, values, strict=True))) is not None:
                yield tuple(zip(names, values, strict=True))


def held(case: Case, strength: int) -> set[Tuple]:
    """The combinations that a case holds."""
    row = [(name, case.layer if name == "layer" else case[name]) for name in FACTORS]
    return set(itertools.combinations(row, strength))


def array(strength: int) -> list[Case]:
    """The cases of a covering array of the given strength.

    The library's array comes first; it leaves out combinations that it cannot reach under the
    constraints from where it stands, and these are packed into further cases.
    """
    from allpairspy import AllPairs

    names = list(FACTORS)
    rows = AllPairs(
        list(FACTORS.values()), n=strength,
        filter_func=lambda row: completed(dict(zip(names, row, strict=False))) is not None,
    )  # fmt: skip
    cases = dict.fromkeys(combined(dict(zip(names, row, strict=True))) for row in rows)
    left = dict.fromkeys(tuples(strength))
    for case in cases:
        _strike(left, case, strength)
    while left:
        case = _packed(left)
        _strike(left, case, strength)
        cases[case] = None
    return list(cases)


def _strike(left: dict[Tuple, None], case: Case, strength: int) -> None:
    for combination in held(case, strength):
        left.pop(combination, None)


def _packed(left: dict[Tuple, None]) -> Case:
    """A case that holds the first of the combinations, and as many more as fit, in order."""
    row: dict[str, Value] = {}
    for combination in left:
        wanted = dict(combination)
        if all(row.get(key, value) == value for key, value in wanted.items()):
            more = {**row, **wanted}
            row = more if completed(more) is not None else row
    case = completed(row)
    assert case is not None
    return case


def stored(name: str) -> list[Case]:
    """The stored cases of an array."""
    return read_cases(FOLDER / f"{name}.txt")


def read_cases(path: Path) -> list[Case]:
    """The cases of a file of ids.

    Raises:
        FixtureFault: if it cannot be read, or a line of it is no id.
    """
    try:
        return [Case.parse(line) for line in read_text(path, FixtureFault).split()]
    except CaseError as error:
        raise FixtureFault(f"{path}: {error}") from None


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("--out", type=Path, default=FOLDER, help="folder to write to")


def main(arguments: argparse.Namespace) -> int:
    """Write the arrays."""
    for name, strength in ARRAYS.items():
        cases = array(strength)
        write_whole(arguments.out / f"{name}.txt", "".join(f"{case.id}\n" for case in cases))
        print(f"{name}: {len(cases)} cases")
    return 0

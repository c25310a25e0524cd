"""White spots: conditions that no case of the suite ever makes true in a piece of Keras's code.

One mutant a function and guard stands for all of them: a fault under that guard in that function
can act in no case in which none of these does.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence, Set

from keras_rnn_conformance.cases.case import Case
from tests.quality.mutation.conditions.conditional import Acting
from tests.quality.mutation.conditions.guards import GUARDS
from tests.quality.mutation.mutants import Mutant


def watched(pool: Iterable[Mutant]) -> list[Mutant]:
    """Of a pool, the first mutant of every function under every guard."""
    first: dict[tuple[str, str, str], Mutant] = {}
    for mutant in pool:
        if mutant.guard:
            first.setdefault((mutant.file, mutant.member, mutant.guard), mutant)
    return list(first.values())


def report(acting: Acting, mutants: Sequence[Mutant]) -> str:
    """In how many cases each condition holds: by source, by layer, by what is done; what is left.

    A dash stands where code cannot tell the condition.
    """
    told = {(mutant.guard, mutant.file) for mutant in mutants}
    holds = {(mutant, test) for mutant in mutants for test in acting.of(mutant)}
    parts = _table("source", told, {(one.guard, one.file, test) for one, test in holds})
    cases = {test: Case.parse(test) for _, test in holds}
    for title, word in WORDS.items():
        words = {test: word(case) for test, case in cases.items()}
        counted = {(mutant.guard, words[test], test) for mutant, test in holds}
        every = {(guard, word) for guard, _ in told for word in words.values()}
        parts += _table(title, every, counted)
    return "\n".join([*parts, *_white(acting, mutants)])


WORDS: dict[str, Callable[[Case], str]] = {
    "layer": lambda case: case.layer,
    "form": lambda case: str(case["as"]),
    "what is done": lambda case: "train" if case["train"] == 1 else str(case["do"]),
    "path": lambda case: str(case["via"]),
}
"""What else a case is counted under."""


def _table(
    title: str, told: Set[tuple[str, str]], holds: Iterable[tuple[str, str, str]]
) -> list[str]:
    """Markdown: a row a guard, a column a word, the number of cases of both."""
    counts = Counter((guard, word) for guard, word, _ in holds)
    columns = sorted({word for _, word in told})
    lines = [f"| condition by {title} | " + " | ".join(columns) + " |"]
    lines.append("|---" * (len(columns) + 1) + "|")
    for name in GUARDS:
        row = [str(counts[name, word]) if (name, word) in told else "-" for word in columns]
        if any(cell != "-" for cell in row):
            lines.append(f"| {name} | " + " | ".join(row) + " |")
    return [*lines, ""]


def _white(acting: Acting, mutants: Sequence[Mutant]) -> list[str]:
    """The functions in which a condition never holds, a line a guard and source."""
    never: dict[tuple[str, str], list[str]] = defaultdict(list)
    for mutant in mutants:
        if not acting.of(mutant):
            never[mutant.guard, mutant.file].append(mutant.member)
    lines = [
        f"{guard}\t{file}\t{', '.join(members)}" for (guard, file), members in sorted(never.items())
    ]
    return ["never true:", *lines]

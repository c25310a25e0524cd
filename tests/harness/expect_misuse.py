"""What a misuse must come to: an error that names the argument, and no damage."""

from __future__ import annotations

from tests.harness import reduced
from tests.harness.case import Case
from tests.harness.data import Data
from tests.harness.expect import Expected, expectation
from tests.harness.misuses import MISUSES, Misuse


def misuse_of(case: Case) -> Misuse:
    """The misuse of a case."""
    return MISUSES[str(case["what"])]


def inner(case: Case) -> Case:
    """The correct call that follows the misuse, as a case of a layer of the oracle."""
    options = {key: value for key, value in case.options if key not in ("do", "what")}
    return Case.from_options(case.layer, options)


@expectation("bad")
def _bad(case: Case, data: Data) -> Expected:
    right = inner(case)
    return Expected({"output": reduced.output(right, Data(right, data.seed))})

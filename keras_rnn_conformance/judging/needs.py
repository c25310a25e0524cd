"""What a case needs of a backend, as predicates."""

from __future__ import annotations

from collections.abc import Callable

from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.models.courses import COURSES
from keras_rnn_conformance.cases.models.deeds.conditions import CARRYING
from keras_rnn_conformance.cases.scenarios.table import RESTORING


def not_bad(case: Case, key: str) -> bool:
    """Whether a case gives an argument, and not to see it refused."""
    return key in case.departures and case["do"] != "bad"


def convolves_first(case: Case) -> bool:
    """Whether a case computes with channels first; weights and first states need no convolution."""
    return case["fmt"] == "first" and case["do"] != "init"


def carries_masks(case: Case) -> bool:
    """Whether a layer of a whole model has to hand a mask on, or a loss to read one."""
    if case["do"] == "model":
        return case["what"] not in ("unmasked", "by_array", "by_vector")
    if case["do"] == "edge":
        masked = case["what"] in ("by_hand", "reduced") and case["mask"] != "none"
        return masked or case["what"] in CARRYING
    return case["do"] == "learn" and case["mask"] != "none"


def computes_in_float64(case: Case) -> bool:
    """Whether a case computes in float64: not where floatx, a copy or the weights are looked at."""
    compared = case["do"] in RESTORING or case.has(do="edge", what="floatx_called")
    given = case.has(do="init", what="callables")
    return case["dtype"] == "f64" and not compared and not given


def loads(case: Case) -> bool:
    """Whether batches come out of a DataLoader."""
    return learns("loader")(case) or case.has(do="edge", what="inputs_loaded")


def learns(*sources: str) -> Callable[[Case], bool]:
    """Whether a model is trained or assessed on data of these kinds."""

    def uses(case: Case) -> bool:
        course = COURSES[str(case["what"])] if case["do"] == "learn" else None
        return course is not None and (course.way in sources or course.source in sources)

    return uses

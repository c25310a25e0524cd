"""Runs a case on the Keras of this process and records what comes out."""

from __future__ import annotations

import importlib
import pkgutil
import random
import warnings

from keras_rnn_conformance.base import settings
from keras_rnn_conformance.base.observation import Observation, Raised
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.data import Data
from keras_rnn_conformance.cases.streams import drawn_by
from keras_rnn_conformance.subject import calls, memory, scenarios, watch
from keras_rnn_conformance.subject.layers import cells, wrappers
from keras_rnn_conformance.subject.registry import SCENARIO_CODE
from keras_rnn_conformance.subject.scenarios import global_settings

for _module in pkgutil.walk_packages(scenarios.__path__, f"{scenarios.__name__}."):
    importlib.import_module(_module.name)

BUILDERS = (calls, cells, wrappers)
"""The modules that register how each form is built, and the scenario `call`."""


def observe(case: Case, data: Data) -> Observation:
    """Run a case on Keras and record what comes out; an error of Keras is an observation too.

    A layer without a seed takes one from Python's generator: from the case, and not from whatever
    ran before it, comes what it draws. A case may import TensorFlow first, whichever backend it is
    run on: what that logs is held back.
    """
    memory.free_seldom()
    random.seed(drawn_by(case.id, data.seed))
    with settings.hushed(), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with watch.watching() as watched:
            try:
                with global_settings.announced(case):
                    seen = SCENARIO_CODE[str(case["do"])](case, data)
            except Exception as error:
                seen = Observation(error=Raised.of(error))
        seen.changed = watched.settle()
    seen.warnings = list(dict.fromkeys(f"{w.category.__name__}: {w.message}" for w in caught))
    return seen

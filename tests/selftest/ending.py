"""A pytest plugin that ends, or hangs, in the middle of the case that ENDING_AT names.

ENDING=hang ENDING_AT=LSTM-seq1-state1-u3-t5 python -m pytest -p tests.selftest.ending
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from typing import Any

from keras_rnn_conformance.judging import verdict
from keras_rnn_conformance.pytest_plugin import items

_conduct = verdict.conduct


def _interrupted() -> None:
    # A process that a shell put into the background was started to ignore this signal.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.kill(os.getpid(), signal.SIGINT)


def _conducted(case: Any, seed: int = 0) -> Any:
    if case.id == os.environ["ENDING_AT"]:
        ENDINGS[os.environ["ENDING"]]()
    return _conduct(case, seed)


ENDINGS: dict[str, Callable[[], None]] = {
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "segfault": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "interrupt": _interrupted,
    "hang": lambda: time.sleep(600),
}
vars(items)["conduct"] = _conducted

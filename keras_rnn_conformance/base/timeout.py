"""A limit on the time of a case: first an error in it, then, should C code not return, an exit."""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import math
import os
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any

GRACE = 5.0
"""Seconds that Python code gets to meet the error before the process is ended."""
EXIT = 70


class CaseTimeout(Exception):
    """A case took longer than it may."""


LONGEST = 1e6
"""Seconds that a case may be given."""


def case_timeout(text: str) -> float:
    """The argument of `--case-timeout`, in seconds.

    Raises:
        ArgumentTypeError: unless it is a number from 0 to `LONGEST`.
    """
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= LONGEST:  # nan is neither
        raise argparse.ArgumentTypeError(
            f"{text!r} is no number of seconds from 0 to {LONGEST:g}; 0 ends no case"
        )
    return seconds


@contextlib.contextmanager
def limited(id: str, seconds: float) -> Iterator[None]:
    """Raise in the block once it has run so many seconds; end the process if that does not help.

    A hang in C code that holds the interpreter is ended by `faulthandler`, with all stacks.
    """
    main = threading.current_thread() is threading.main_thread()
    if seconds <= 0 or not main or not hasattr(signal, "SIGALRM"):
        yield
        return
    watchdog = threading.Timer(seconds + GRACE, _leave, (id, seconds))
    watchdog.daemon = True

    def ring(*_: Any) -> None:
        raise CaseTimeout(f"{id} ran longer than {seconds:g} s: it hangs, see --case-timeout")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    watchdog.start()
    faulthandler.dump_traceback_later(
        seconds + 2 * GRACE, exit=True, file=sys.__stderr__ or sys.stderr
    )
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        watchdog.cancel()
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _leave(id: str, seconds: float) -> None:
    with contextlib.suppress(OSError):
        os.write(2, f"\ncase {id} hangs: over {seconds:g} s, and no error ends it\n".encode())
    os._exit(EXIT)

"""Run standalone scripts in the folder of this process, with a fault in Keras and without it.

    python planted_scripts.py < plan.json

The plan is a list of [fault, path of the script]; for each, a line [fault, planted, message] comes
out, the message being that of the script's AssertionError, or empty.
"""

from __future__ import annotations

import contextlib
import io
import json
import runpy
import sys


def outcome(path: str) -> str:
    """The message of the AssertionError that a script ends with; empty if it ends well."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            runpy.run_path(path, run_name="__main__")
    except AssertionError as error:
        return str(error)
    return ""


def main() -> None:
    from tests.selftest.sabotage import equations, loop, masks, returns, states  # noqa: F401
    from tests.selftest.sabotage.faults import FAULTS, planted

    for name, path in json.load(sys.stdin):
        with planted(FAULTS[name]):
            wrong = outcome(path)
        print(json.dumps([name, True, wrong]), flush=True)
        print(json.dumps([name, False, outcome(path)]), flush=True)


if __name__ == "__main__":
    main()

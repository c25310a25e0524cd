"""Run standalone scripts in the folder of this process, with a fault in Keras and without it.

    python planted_scripts.py < plan.json

The plan is a list of [fault, path of the script]; for each, a line [fault, planted, output] comes
out, the output being what the script wrote to its error output, empty if it ended well. Every
script runs in a process of its own, which has imported Keras and done nothing else: a fork of this
one.
"""

from __future__ import annotations

import contextlib
import json
import os
import runpy
import sys
import traceback
from pathlib import Path

from tests.quality.fault_injection.faults import catalogue, planted


def run(path: str, fault: str) -> None:
    """Run a script, on a Keras with a fault if one is named."""
    with contextlib.ExitStack() as stack:
        if fault:
            stack.enter_context(planted(catalogue()[fault]))
        runpy.run_path(path, run_name="__main__")


def output(path: str, fault: str) -> str:
    """What a script writes to its error output in a process of its own."""
    written = Path(f"{path}.{'wrong' if fault else 'sound'}")
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        return written.read_text(encoding="utf-8") + (
            "" if status in (0, 256) else f"ended {status}"
        )
    with written.open("w", encoding="utf-8") as file:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        try:
            run(path, fault)
        except BaseException as error:
            if not isinstance(error, SystemExit) or error.code:
                traceback.print_exc(file=file)
                file.flush()
                os._exit(1)
    os._exit(0)


def main() -> None:
    for name, path in json.load(sys.stdin):
        for fault in (name, ""):
            print(json.dumps([name, bool(fault), output(path, fault)]), flush=True)


if __name__ == "__main__":
    catalogue()
    main()

"""Judge the installed Keras: pytest, with this suite's options and all of pytest's own.

  keras-rnn-conformance test                       the default profile
  keras-rnn-conformance test --profile smoke -n 2  a quick look, in two processes
  keras-rnn-conformance test --case ID -x          one case; pytest's options work as usual

It runs in any folder and needs no checkout. The exit status is pytest's: 0 if no rule broke that
was not known to break. At the root of a checkout, plain `pytest` does the same. `pytest --help`
lists pytest's own options.
"""

from __future__ import annotations

import argparse
import glob
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from keras_rnn_conformance.base.paths import CONFORMANCE, INSTALLED, SETTINGS
from keras_rnn_conformance.pytest_plugin import plugin

PLUGIN = "keras_rnn_conformance.pytest_plugin"


class _Group:
    """Takes the options of the plugin as pytest's parser does, and hands them to argparse."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self.parser = parser

    def getgroup(self, _: str, title: str) -> argparse._ArgumentGroup:
        group = self.parser.add_argument_group(title)
        group.addoption = group.add_argument  # type: ignore[attr-defined]
        return group


def configure(parser: argparse.ArgumentParser) -> None:
    """The options of the plugin, for the help alone: pytest reads the arguments."""
    parser.usage = "%(prog)s [OPTIONS] [OPTIONS OF PYTEST]"
    options: Any = _Group(parser)
    plugin.pytest_addoption(options)


def main(arguments: Sequence[str]) -> int:
    """Run pytest on the rules; return its exit status."""
    if INSTALLED:
        # pytest would write what it compiles beside the rules, in the installed package
        sys.dont_write_bytecode = True
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    return int(pytest.main([*settings(), *arguments]))


def settings() -> list[str]:
    """The arguments that make a run in any folder the same as one at the root of a checkout."""
    rules = shlex.quote(glob.escape(str(CONFORMANCE)))
    return [
        "-p", PLUGIN, "-c", str(SETTINGS), "--rootdir", str(Path.cwd()),
        "--import-mode", "importlib", "--override-ini", f"testpaths={rules}",
    ]  # fmt: skip

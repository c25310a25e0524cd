"""Commands that write a page of docs from what the package knows: how they are called."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from keras_rnn_conformance.base.files import spoken, write_whole

Configure = Callable[[argparse.ArgumentParser], None]
Main = Callable[[argparse.Namespace], int]


def writes(file: Path, page: Callable[[], str]) -> tuple[Configure, Main]:
    """The arguments and the deed of a command that writes a page.

    Args:
        file: where the page lies.
        page: its whole text.
    """

    def configure(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--out", type=Path, default=file, help="the page to write")

    def main(arguments: argparse.Namespace) -> int:
        with spoken(arguments.out):
            arguments.out.parent.mkdir(parents=True, exist_ok=True)
        write_whole(arguments.out, page())
        return 0

    return configure, main

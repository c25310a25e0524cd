"""Commands that write a page of docs from what the package knows: how they are called.

Here too is what such pages share: how a sentence and a link are written in Markdown.
"""

from __future__ import annotations

import argparse
import re
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


def escaped(text: str) -> str:
    """Text in which Markdown finds no markup."""
    return text.replace("<", "&lt;").replace("*", "\\*")


def sentence(reason: str) -> str:
    """A reason as a paragraph; what names a thing of Python stays as it is written."""
    text = escaped(reason)
    first = text.split()[0]
    starts = first[:1].upper() + first[1:] if first.isalpha() and first.islower() else first
    return f"{starts}{text[len(first) :]}."


def linked(upstream: str) -> str:
    """An address on GitHub as a link that names the repository and the number."""
    return re.sub(
        r"https://github\.com/([\w-]+)/([\w-]+)/(?:issues|pull)/(\d+)", r"[\2#\3](\g<0>)", upstream
    )

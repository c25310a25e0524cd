"""Files: written whole or not at all, and one error for those that cannot be used."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from keras_rnn_conformance.cli.commands import CommandFault


class FixtureFault(CommandFault):
    """A file of the project cannot be used; the message names it and says what is wrong with it."""


def write_whole(path: Path, text: str) -> None:
    """Write a text file through a temporary file beside it, so that no half of it is ever seen."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise

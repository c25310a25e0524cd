"""What a mend is, and how mends are applied to a copy of Keras."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from keras_rnn_conformance.base.errors import CommandFault

RELEASE = "3.15.1"
"""The release whose sources the edits fit."""


class EditFault(CommandFault):
    """An edit does not fit the sources; the message says which."""


@dataclass(frozen=True)
class Edit:
    """A change of one source.

    Attributes:
        path: of the module, below `keras/src`.
        old: a text that stands in it `times` times.
        new: what stands there instead.
        times: how often the old text is there.
    """

    path: str
    old: str
    new: str
    times: int = 1

    def apply(self, sources: Path) -> None:
        """Change the source below a folder.

        Raises:
            EditFault: if the old text is not there as often as it should be.
        """
        file = sources / self.path
        text = file.read_text(encoding="utf-8")
        if (found := text.count(self.old)) != self.times:
            raise EditFault(f"{self.path}: {found} of {self.times} times: {self.old!r}")
        file.write_text(text.replace(self.old, self.new), encoding="utf-8")


@dataclass(frozen=True)
class Mend:
    """What would mend a bug of Keras.

    Attributes:
        what: what is mended, in words.
        cases: ids of cases that a known failure covers, and that pass with the mend.
        edits: of the sources.
        others: cases that pass too, and are not tried in every run of the tests.
        backends: where the cases are to be tried.
    """

    what: str
    cases: tuple[str, ...]
    edits: tuple[Edit, ...]
    others: tuple[str, ...] = ()
    backends: tuple[str, ...] = ("numpy",)


def copy_of(keras: Path, folder: Path, mends: Iterable[Mend]) -> Path:
    """Copy the package of Keras into a folder, with mends; the folder belongs on the path."""
    shutil.copytree(keras, folder / "keras", ignore=shutil.ignore_patterns("__pycache__"))
    for mend in mends:
        for edit in mend.edits:
            edit.apply(folder / "keras" / "src")
    return folder

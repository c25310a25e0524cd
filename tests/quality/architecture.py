"""The picture of docs/architecture.md, from the import contract and the rooms' own docstrings.

`python -m tests.quality.architecture` writes it into the page.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator
from typing import Any

from keras_rnn_conformance.base.errors import FixtureFault
from keras_rnn_conformance.base.files import write_whole
from keras_rnn_conformance.base.paths import PACKAGE, ROOT
from keras_rnn_conformance.base.reading import toml_document

PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- the rooms: begin -->\n", "<!-- the rooms: end -->\n"
WIDTH, NAME = 98, 16


def contracts() -> dict[str, dict[str, Any]]:
    """The contracts of import-linter by id."""
    _, document = toml_document(ROOT / "pyproject.toml", FixtureFault)
    return {contract["id"]: contract for contract in document["tool"]["importlinter"]["contracts"]}


def floors() -> list[list[str]]:
    """The rooms of each floor, from the top down; the oracle is the ground."""
    layers: list[str] = contracts()["rooms"]["layers"]
    return [*(layer.split(" | ") for layer in layers), ["reference_impl"]]


def sentence(room: str) -> str:
    """The first sentence of what a room says of itself."""
    folder = ROOT / room if room == "reference_impl" else PACKAGE / room
    doc = ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8"))) or ""
    return " ".join(doc.split("\n\n")[0].split())


def picture() -> str:
    """The floors as text, the top first; a room may import what is below its floor."""
    rule = f"{'-' * WIDTH}\n"
    rows = ["".join("".join(_lines(room)) for room in rooms) for rooms in floors()]
    apart = "".join(_lines("standalone"))
    return f"```text\n{rule.join(rows)}{'=' * WIDTH}\n{apart}```\n"


def _lines(room: str) -> Iterator[str]:
    first, *rest = textwrap.wrap(sentence(room), WIDTH - NAME - 2)
    yield f"{room:{NAME}}  {first}\n"
    for line in rest:
        yield f"{'':{NAME}}  {line}\n"


def page() -> str:
    """The page with the picture as it should be."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{picture()}{END}{after}"


if __name__ == "__main__":
    write_whole(PAGE, page())

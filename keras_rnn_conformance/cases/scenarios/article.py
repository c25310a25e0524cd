"""The article's listings, and the numbers recorded for them: `fixtures/article`, checked."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_rnn_conformance.base.errors import FixtureFault
from keras_rnn_conformance.base.paths import FIXTURES
from keras_rnn_conformance.base.reading import json_document
from keras_rnn_conformance.cases.case import Case

Array = NDArray[np.float64]

FOLDER = FIXTURES / "article"
_NUMBER = re.compile(r"-?\d+\.(\d+)")


@dataclass(frozen=True)
class Decimals:
    """Numbers as they were printed.

    Attributes:
        value: the numbers, in the shape of the array that was printed.
        half_unit: for each, half a unit of its last digit: how far rounding may have moved it.
    """

    value: Array
    half_unit: Array


@dataclass(frozen=True)
class Printed:
    """One array that a listing prints."""

    name: str
    decimals: Decimals
    dtype: str | None


@dataclass(frozen=True)
class Listing:
    """One listing: its layer, the arguments beyond the common ones, and what it prints."""

    number: int
    layer: str
    arguments: Mapping[str, Any]
    printed: tuple[Printed, ...]


@dataclass(frozen=True)
class Record:
    """What listing 4 gave on a release: (1, 3, 1) hidden states, and an LSTM's last carry (1, 1).

    Attributes:
        release: the Keras releases and the backend.
        layer: the layer in the place of the listing's.
        variant: how the call departs from the listing: see the provenance of the file.
        generation: the oracle's generation whose meanings the numbers have.
    """

    release: str
    layer: str
    variant: str
    generation: str
    output: Decimals
    carry: Decimals | None

    def arrays(self, sequences: bool) -> dict[str, Decimals]:
        """What the layer would have returned, by name."""
        last = Decimals(self.output.value[:, -1], self.output.half_unit[:, -1])
        states = {} if self.carry is None else {"carry": self.carry}
        return {"output": self.output if sequences else last, "hidden state": last, **states}


@dataclass(frozen=True)
class Article:
    """Everything that is known of the article.

    Attributes:
        units, kernel, recurrent_kernel, bias: the constants of all its layers.
        x: the input, (1, 3, 2), in float32.
        listings: by number.
        records: measured on releases of its time and later.
        shapes: the dimensions that its text states, by output.
        returned: what `return_state` returns, by layer.
    """

    units: int
    kernel: float
    recurrent_kernel: float
    bias: float
    x: NDArray[np.float32]
    listings: Mapping[int, Listing]
    records: tuple[Record, ...]
    shapes: Mapping[str, tuple[str, ...]]
    returned: Mapping[str, tuple[str, ...]]


@cache
def load(folder: Path = FOLDER) -> Article:
    """Read the fixtures.

    Raises:
        FixtureFault: if a file is missing, no JSON, or lacks what it should hold.
    """
    listings = _document(folder / "listings.json")
    recorded = _document(folder / "recorded.json")
    records = _read(folder / "recorded.json", lambda: _records(recorded))
    return _read(folder / "listings.json", lambda: _article(listings, records))


def _document(path: Path) -> Any:
    return json_document(path, FixtureFault)


def _read(path: Path, build: Any) -> Any:
    try:
        return build()
    except KeyError as error:
        raise FixtureFault(f"{path}: {error} is missing") from None
    except (TypeError, ValueError, AttributeError) as error:
        raise FixtureFault(f"{path}: {error}") from None


def _article(document: dict[str, Any], records: tuple[Record, ...]) -> Article:
    common, statements = document["common"], document["statements"]
    listings = {item["number"]: _listing(item) for item in document["listings"]}
    if sorted(listings) != [1, 2, 3, 4, 5]:
        raise ValueError(f"expected listings 1 to 5, got {sorted(listings)}")
    return Article(
        common["units"],
        common["kernel_initializer"],
        common["recurrent_initializer"],
        common["bias_initializer"],
        np.array(common["input"], np.float32).reshape(1, *common["input_shape"]),
        listings,
        records,
        {name: tuple(dimensions) for name, dimensions in statements["shapes"].items()},
        {name: tuple(items) for name, items in statements["returned with return_state"].items()},
    )


def _listing(item: dict[str, Any]) -> Listing:
    printed = tuple(
        Printed(array["name"], _printed(array["text"], array["shape"]), array.get("dtype"))
        for array in item["printed"]
    )
    return Listing(item["number"], item["layer"], item["arguments"], printed)


def _printed(text: str, shape: list[int]) -> Decimals:
    """Read an array as NumPy prints it: half a unit of the last decimal that is shown."""
    matches = list(_NUMBER.finditer(text))
    rest = _NUMBER.sub("", text).replace(" ", "")
    if rest != _brackets(shape) or len(matches) != math.prod(shape):
        raise ValueError(f"{text!r} is no array of shape {tuple(shape)}")
    half_units = [0.5 * 10.0 ** -len(match[1]) for match in matches]
    return _decimals([match[0] for match in matches], half_units, shape)


def _brackets(shape: list[int]) -> str:
    inner = "".join(_brackets(shape[1:]) for _ in range(shape[0])) if len(shape) > 1 else ""
    return f"[{inner}]"


def _records(document: dict[str, Any]) -> tuple[Record, ...]:
    return tuple(_record(item, document["digits"]) for item in document["records"])


def _record(item: dict[str, Any], digits: int) -> Record:
    carry = item["carry"] if item["layer"] == "LSTM" else None
    return Record(
        f"Keras {item['keras']}, {item['backend']}",
        item["layer"],
        item["variant"],
        item["generation"],
        _recorded(item["output"], digits, (1, 3, 1)),
        None if carry is None else _recorded([carry], digits, (1, 1)),
    )


def _recorded(texts: list[str], digits: int, shape: tuple[int, ...]) -> Decimals:
    """Read numbers of so many significant digits, of which trailing zeros are not written."""
    if len(texts) != math.prod(shape):
        raise ValueError(f"{texts} does not hold {math.prod(shape)} numbers")
    leading = [math.floor(math.log10(abs(float(text)))) for text in texts]
    return _decimals(texts, [0.5 * 10.0 ** (place + 1 - digits) for place in leading], shape)


def _decimals(texts: list[str], half_units: list[float], shape: Any) -> Decimals:
    value = np.array([float(text) for text in texts]).reshape(shape)
    return Decimals(value, np.array(half_units).reshape(shape))


def variant(case: Case) -> str:
    """The variant without the number of its listing."""
    return str(case["what"])[:-1]


def listing(case: Case) -> Listing:
    """The listing that the case runs; its layer may be another one."""
    return load().listings[int(str(case["what"])[-1])]

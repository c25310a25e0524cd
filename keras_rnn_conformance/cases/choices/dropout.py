"""The cases of dropout in training: each rate, each place, and what stands beside."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from keras_rnn_conformance.cases.case import Case, CaseError

PLAIN: tuple[tuple[str, dict[str, int]], ...] = (
    ("SimpleRNN", {}),
    ("LSTM", {}),
    ("GRU", {}),
    ("GRU", {"after": 0}),
)
SEPARATE: tuple[tuple[str, dict[str, int]], ...] = (("LSTM", {"impl": 1}), ("GRU", {"impl": 1}))
"""Layers with masks of each gate, whatever is dropped."""

RATES = ({"drop": 50}, {"rdrop": 50}, {"drop": 25, "rdrop": 50})


def chosen(profile: str) -> Iterator[Case]:
    """Each rate alone and both, for every layer; the rest of the options once."""
    for layer, options in PLAIN:
        yield _case(layer, "masks", drop=25, rdrop=50, **options)
        yield _case(layer, "inert", drop=50, rdrop=25, **options)
    if profile == "smoke":
        return
    for layer, options in PLAIN:
        for rates in RATES[:2]:
            yield _case(layer, "masks", **rates, **options)
    yield from _masks_elsewhere()
    yield from _other_variants()
    yield from _histories()
    yield from _sizes(SIZES if profile == "thorough" else SIZES[4:5])
    yield from _acting()


def _masks_elsewhere() -> Iterator[Case]:
    for layer in ("LSTM", "GRU"):
        yield _case(layer, "masks", drop=50, impl=1, cudnn="false", n=1, in_=12, u=8)
        yield _case(layer, "masks", drop=50, impl=1)
        yield _case(layer, "masks", drop=50, impl=1, cudnn="false")
        yield _case(layer, "masks", drop=50, impl=1, cudnn="false", bias=0)
    for layer in ("SimpleRNN", "LSTM", "GRU"):
        yield _case(layer, "masks", drop=25, rdrop=50, as_="cell", t=1, seq=0, calls=3)
        yield _case(layer, "masks", drop=25, rdrop=50, unroll=1, mask="gap")
        yield _case(layer, "masks", drop=50, rdrop=50, in_=8, n=32)
    yield _case("LSTM", "masks", drop=50, mask="right")
    yield _case("GRU", "masks", drop=50, back=1)
    yield _case("SimpleRNN", "masks", drop=25, rdrop=50, as_="rnn", back=1)
    for layer in ("SimpleRNN", "LSTM"):
        yield _case(layer, "masks", drop=25, rdrop=50, as_="behind")
    for layer in ("SimpleRNN", "LSTM", "GRU"):
        yield _case(layer, "masks", drop=25, rdrop=50, as_="behind", init="list")
        yield _case(layer, "masks", rdrop=50, init="list")
    yield _case("GRU", "masks", drop=25, rdrop=50, as_="bi", init="list")
    for layer in ("LSTM", "GRU"):
        yield _case(layer, "masks", drop=50, as_="cell", t=1, seq=0, calls=3)
        yield _case(layer, "masks", drop=25, rdrop=50, as_="ahead")
        yield _case(layer, "masks", drop=25, rdrop=50, as_="amid")
        yield _case(layer, "masks", drop=5, rdrop=75)
    yield _case("SimpleRNN", "masks", drop=75, rdrop=5)
    for layer in ("SimpleRNN", "LSTM", "GRU"):
        yield _case(layer, "masks", drop=25, rdrop=50, stateful=1, init="list")
    yield _case("LSTM", "masks", drop=50, as_="bi")
    yield _case("GRU", "masks", drop=25, rdrop=50, as_="bi")
    yield _case("LSTM", "masks", drop=25, rdrop=50, as_="bi", own=1)
    yield _case("ConvLSTM2D", "masks", drop=25, rdrop=50, kern=1, n=24)
    yield _case("ConvLSTM2D", "masks", drop=50, kern=1, n=24)
    yield _case("ConvLSTM2D", "masks", rdrop=50, kern=1, n=24)


READ: tuple[tuple[str, dict[str, int | str]], ...] = (
    ("SimpleRNN", {"drop": 25, "rdrop": 50, "in_": 8}),
    ("LSTM", {"drop": 50, "cudnn": "false", "mask": "gap"}),
    ("GRU", {"drop": 25, "rdrop": 50, "init": "list"}),
    ("LSTM", {"rdrop": 50, "mask": "first", "unroll": 1}),
    ("GRU", {"drop": 50, "impl": 1, "cudnn": "false", "mask": "left"}),
    ("GRU", {"drop": 25, "rdrop": 50, "as_": "bi", "mask": "gap"}),
    ("SimpleRNN", {"drop": 50, "as_": "behind", "deep": 5, "mask": "row"}),
    ("ConvLSTM2D", {"drop": 50, "rdrop": 50, "kern": 1, "n": 24}),
)
"""Layers whose masks are read of several calls, and of calls in unusual circumstances."""

HISTORIES = ("batch", "length", "train", "both", "set", "step", "remask", "restate", "copied")


def _histories() -> Iterator[Case]:
    """Each history and each thing that a masked timestep may hold, where masks are read."""
    circumstances: list[dict[str, int | str]] = [{"then": then, "calls": 3} for then in HISTORIES]
    circumstances += [{"hold": "nan"}, {"hold": "inf", "zero": 1}]
    for (layer, options), circumstance in product(READ, circumstances):
        whole: dict[str, int | str] = {**options, **circumstance}
        try:
            yield _case(layer, "masks", **whole)
        except CaseError:
            continue
    for (layer, gates), size in product(SEPARATE, ({"in_": 1}, {"u": 1})):
        yield _case(layer, "masks", **{"drop": 25, "rdrop": 50, **gates, **size})


SIZES: tuple[dict[str, int], ...] = (
    {"u": 1},
    {"in_": 1},
    {"u": 33},
    {"in_": 129},
    {"n": 257},
    {"t": 65},
)

ACTING: tuple[tuple[str, dict[str, int | str]], ...] = (
    ("SimpleRNN", {"bias": 0}),
    ("LSTM", {"bias": 0}),
    ("GRU", {"bias": 0, "after": 0}),
    ("GRU", {"bias": 0, "impl": 1, "cudnn": "false"}),
    ("SimpleRNN", {"dtype": "mf16"}),
    ("LSTM", {"dtype": "bf16", "rdrop": 50, "drop": 0}),
    ("LSTM", {"cudnn": "false", "mask": "gap", "zero": 1}),
    ("GRU", {"stateful": 1, "back": 1, "mask": "left"}),
    ("SimpleRNN", {"t": 1, "n": 1}),
    ("LSTM", {"t": 33, "u": 2, "n": 2}),
    ("LSTM", {"as_": "td", "slices": 33, "t": 1, "u": 2, "n": 2}),
    ("GRU", {"as_": "td", "slices": 1, "n": 1}),
    ("SimpleRNN", {"as_": "td", "mask": "right"}),
    ("LSTM", {"as_": "behind", "deep": 5, "calls": 2}),
    ("GRU", {"as_": "behind", "deep": 5, "drop": 0, "rdrop": 50, "calls": 2}),
    ("SimpleRNN", {"as_": "behind", "deep": 5, "unroll": 1}),
    ("LSTM", {"as_": "behind", "deep": 17, "calls": 2, "u": 2, "t": 2}),
    ("GRU", {"as_": "bi", "unroll": 1}),
    ("SimpleRNN", {"as_": "bi", "drop": 0, "rdrop": 50}),
    ("GRU", {"as_": "mix"}),
)
"""By layer, what dropout must act beside and inside of."""

LARGE: tuple[dict[str, int | str], ...] = (
    {"n": 1025, "u": 2},
    {"u": 257, "n": 2},
    {"in_": 1025, "n": 2, "u": 2},
    {"n": 1, "in_": 33, "u": 33},
    {"t": 257, "n": 2, "u": 2},
)
"""Sizes at which dropout acts; masks are read of smaller ones."""

DROPPING: dict[str, int | str] = {"drop": 50, "rdrop": 50, "t": 2}
WRAPPED = (("SimpleRNN", "td"), ("LSTM", "bi"), ("GRU", "stack"))


def _sizes(wrapped: tuple[dict[str, int], ...]) -> Iterator[Case]:
    """Small and large ones: where masks can be read, their rules; elsewhere those of seeds."""
    for layer, size in product(("SimpleRNN", "LSTM", "GRU"), SIZES):
        yield _case(layer, "seed", drop=50, rdrop=50, **size)
    for layer in ("LSTM", "GRU"):
        yield _case(layer, "seed", drop=50, rdrop=50, n=1)
        yield _case(layer, "seed", drop=50, impl=1, n=1)
    for size in SIZES[:2]:
        yield _case("SimpleRNN", "masks", drop=25, rdrop=50, **size)
    for layer, many in (("GRU", 1), ("SimpleRNN", 33)):
        yield _case(layer, "frozen", drop=50, as_="td", t=1, unroll=1, slices=many)
    for (layer, form), size in product(WRAPPED, wrapped):
        yield _case(layer, "seed", drop=50, as_=form, **size)


def _acting() -> Iterator[Case]:
    """Dropout beside every other option, in every place, and in many calls."""
    for layer, options in ACTING:
        yield _case(layer, "acts", **{"drop": 50, "n": 4, **options})
    for (layer, gates), size in product((*PLAIN[:3], *SEPARATE), LARGE):
        yield _case(layer, "acts", **{**DROPPING, **gates, **size})
    for layer, form, calls in (("SimpleRNN", "layer", 33), ("GRU", "list", 9)):
        yield _case(layer, "acts", drop=50, rdrop=50, in_=8, t=2, calls=calls, as_=form)
    for layer, form, stateful in (("SimpleRNN", "layer", 1), ("LSTM", "list", 0)):
        whole = {"n": 4, "calls": 3, "drop": 50, "stateful": stateful}
        yield _case(layer, "acts", via="stateless", as_=form, **whole)


def _other_variants() -> Iterator[Case]:
    for layer in ("SimpleRNN", "LSTM", "GRU"):
        yield _case(layer, "inert", drop=50, as_="bi")
        yield _case(layer, "seed", drop=50, rdrop=50)
        yield _case(layer, "seed", rdrop=50)
        yield _case(layer, "seed", drop=50, unroll=1)
        yield _case(layer, "edges", drop=100, n=2)
        yield _case(layer, "edges", rdrop=100, n=2)
        yield _case(layer, "inert", drop=50, rdrop=50, as_="cell", t=1, seq=0)
    for layer in ("LSTM", "GRU"):
        yield _case(layer, "edges", drop=100, impl=1, cudnn="false", n=2)
        yield _case(layer, "edges", rdrop=100, impl=1, n=2)
    yield _case("LSTM", "seed", drop=50)
    for layer in ("SimpleRNN", "LSTM", "GRU"):
        yield _case(layer, "seed", drop=50, rdrop=50, stateful=1)
    yield _case("SimpleRNN", "seed", drop=50, rdrop=50, as_="ahead")
    yield _case("SimpleRNN", "seed", drop=25, rdrop=50, as_="amid")
    yield _case("GRU", "seed", drop=50, rdrop=50, as_="behind")
    yield _case("SimpleRNN", "seed", drop=50, as_="bi")
    yield _case("LSTM", "inert", drop=50, rdrop=50, as_="behind")
    for layer in ("SimpleRNN", "LSTM"):
        yield _case(layer, "predict", drop=25, rdrop=50)
        yield _case(layer, "fit", drop=50)
    yield _case("GRU", "fit", drop=25, rdrop=50, as_="behind")
    for layer, options in (("SimpleRNN", {}), ("LSTM", {"unroll": 1}), ("GRU", {"back": 1})):
        yield _case(layer, "held", drop=50, as_="rnn", **options)
    for unroll in (0, 1):
        yield _case("SimpleRNN", "heldfit", drop=25, as_="rnn", unroll=unroll)
    for layer, form in (("SimpleRNN", "layer"), ("LSTM", "bi"), ("GRU", "ahead"), ("LSTM", "td")):
        yield _case(layer, "frozen", drop=50, as_=form)
    for layer, form in (("SimpleRNN", "layer"), ("LSTM", "bi"), ("GRU", "stack")):
        yield _case(layer, "steps", drop=50, rdrop=50, as_=form)
    yield _case("GRU", "frozen", rdrop=50)
    yield _case("ConvLSTM2D", "frozen", drop=50, rdrop=50, kern=1)
    yield _case("SimpleRNN", "inert", drop=50, as_="td")
    yield _case("LSTM", "seed", drop=50, as_="td")
    yield _case("GRU", "seed", drop=50, as_="td", mask="gap")
    yield _case("ConvLSTM2D", "seed", drop=50, rdrop=50, kern=1, mask="gap")
    for layer in ("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"):
        yield _case(layer, "inert", drop=50, rdrop=50, kern=1, n=2)
    yield _case("ConvLSTM2D", "seed", drop=50, rdrop=50, kern=1)
    yield _case("ConvLSTM2D", "edges", drop=100, kern=1, n=2)
    yield _case("ConvLSTM2D", "edges", rdrop=100, kern=1, n=2)


def _case(layer: str, what: str, **options: int | str) -> Case:
    # 128 samples of 4 features tell rates of 25, 50 and 75 per cent apart; two units read a gate.
    size = {"n": 128, "u": 8} if what == "masks" else {"n": 8, "u": 3}
    return Case.of(layer, **{**size, "in_": 4, "t": 3, "seq": 1, **options}, do="train", what=what)

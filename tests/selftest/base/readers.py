"""The readers of the project: of each kind of file what a sound one holds, and what reads it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from keras_rnn_conformance.base import files
from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.paths import PACKAGE
from keras_rnn_conformance.base.version import SUITE
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.cases.choices import covering
from keras_rnn_conformance.cases.scenarios import article
from keras_rnn_conformance.cli import seeds_cache
from keras_rnn_conformance.exchange import export, judging, observing
from keras_rnn_conformance.judging import known_failures
from keras_rnn_conformance.report import folder
from keras_rnn_conformance.results import explained, file, partial, store
from keras_rnn_conformance.results.file import Results
from tests.quality.coverage import unreached
from tests.quality.mutation import campaign, equivalent, reach
from tests.quality.mutation.conditions import conditional, published

IDS = (
    "LSTM-seq1-state1-u3-t5",
    "GRU-seq0-state0-u3-t5-mask.gap",
    "SimpleRNN-seq1-state0-u3-t5-back1",
    "LSTM-seq0-state0-u3-t3-do.keras",
)
KNOWN = """\
schema = 1

[[failure]]
rule = "BACK-1"
when = { layer = "LSTM", back = 1, u = [3, 4] }
faint = { mask = "!gap" }
keras = ">=3.0,<3.9"
backend = ["tensorflow", "numpy"]
kind = "value"
reason = "a reason"
upstream = "not reported upstream"
"""
EQUIVALENT = """\
keras = "3.15.1"

[[mutant]]
ids = ["layers/rnn/gru.py:*", "layers/rnn/lstm.py:*"]
reason = "nothing that is documented changes"
"""
UNREACHED = """\
[[unreached]]
file = "layers/rnn/gru.py"
function = "GRUCell.call"
lines = ["return 1"]
branches = ["if a: -> exit"]
backend = ["numpy"]
reason = "nothing that is documented comes here"
"""


@dataclass(frozen=True)
class Reader:
    """A kind of file: what a sound one holds, and what reads it."""

    sound: Callable[[Path], bytes]
    read: Callable[[Path], Any]
    name: str = "file"
    mends: bool = False
    """Whether it drops a last line that was cut off, from the file too."""


def _exported(_: Path) -> bytes:
    header = {
        "format": export.FORMAT,
        "version": 1,
        "suite": SUITE,
        "profile": "smoke",
        "seed": 0,
        "shard": "",
        "chosen": True,
    }
    return _joined(export.exported(header, map(Case.parse, IDS)))


def _observed(path: Path) -> bytes:
    path.write_bytes(_exported(path))
    return _joined(observing.observed(*observing.load(path)))


def _results(_: Path) -> bytes:
    whole = store.recorded("openvino")[-1]
    failing = [id for id, row in whole.rows.items() if row.get("failed")][:2]
    ids = sorted({*list(whole.rows)[:2], *failing})
    return _joined(Results(whole.header, {id: whole.rows[id] for id in ids}).lines())


def _recorded(path: Path) -> bytes:
    path.write_bytes(_results(path))
    (written,) = store.record([file.load(path)], path.parent)
    return written.read_bytes()


def _kept(path: Path) -> bytes:
    kept = seeds_cache.Kept.open(path, "smoke")
    kept.add(seeds_cache.Run(1, 2, 3, ["a surprise"], 4.5))
    return path.read_bytes()


def _ledger(path: Path) -> bytes:
    ledger = campaign.Ledger(path)
    for id in ("a.py:1", "a.py:2"):
        ledger.add(campaign.Outcome(id, "ours", "killed", IDS[0], "BACK-1", 1, 2, 0.5, "key"))
    return path.read_bytes()


def _reach(_: Path) -> bytes:
    probes = {IDS[0]: reach.Probe({"a.py": [1, 2]}, 0.5, "")}
    return reach.dump(reach.Reach(probes, frozenset(["a.py"])), "key").encode()


def _unfinished(path: Path) -> bytes:
    part = partial.Part(path)
    whole = store.recorded("openvino")[-1]
    part.head(whole.header, 2)
    for id in sorted(whole.rows)[:2]:
        part.add(whole.rows[id])
    part.close()
    return path.read_bytes()


def _sight(_: Path) -> bytes:
    return conditional.dump_sight({"a.py": {1: {"units is 1"}, 20: {"mask present"}}}).encode()


def _published(_: Path) -> bytes:
    run = published.Published({"keras": "3.15.1"}, 9, {"a.py:1:1:cached": "ks", "a.py:2": "--"})
    return published.Published.dump({"3.15.1-numpy": run}).encode()


def _marked(path: Path) -> bytes:
    files.mark(path.parent, {"made": "report", "files": ["issue.md", "repro.py"]})
    return (path.parent / files.MARKER).read_bytes()


def _reported(path: Path) -> None:
    """What a marker is read for: a report over an earlier one, and a folder of a kind."""
    folder._listed(path.parent)
    files.claim(path.parent, "report")


def _observed_cases(path: Path) -> None:
    if not observer()["cases_in"](str(path)):
        raise CommandFault(f"{path}: not a whole file of cases")


@cache
def observer() -> dict[str, Any]:
    """The functions of the observer that need no Keras, which it imports at once."""
    text = (PACKAGE / "standalone" / "observer.py").read_text(encoding="utf-8")
    start, end = text.index("def write_whole("), text.index("def observations(")
    head = "import errno, io, json, os, stat, sys\nfrom typing import *\n"
    space: dict[str, Any] = {}
    exec(compile(head + text[start:end], "observer", "exec"), space)  # noqa: S102
    return space


def _joined(lines: Any) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _explain(path: Path) -> list[str]:
    known_file = path.parent / "known.toml"
    return list(explained.judgement_lines(explained.explained(file.load(path), known_file)))


READERS = {
    "known failures": Reader(lambda _: KNOWN.encode(), known_failures.read),
    "equivalent": Reader(
        lambda _: EQUIVALENT.encode(), lambda path: equivalent.load("3.15.1", path)
    ),
    "unreached": Reader(lambda _: UNREACHED.encode(), unreached.load),
    "results": Reader(_results, _explain),
    "recorded": Reader(
        _recorded,
        lambda path: store.read_recorded.__wrapped__(path, "openvino"),
        "openvino.jsonl",
    ),
    "cases": Reader(_exported, observing.load),
    "observations": Reader(_observed, judging.judged),
    "unfinished": Reader(_unfinished, partial.load_part),
    "sight": Reader(_sight, conditional.load_sight),
    "published": Reader(_published, published.Published.read),
    "marker": Reader(_marked, _reported, files.MARKER),
    "cases of the observer": Reader(_exported, _observed_cases),
    "seeds": Reader(_kept, lambda path: seeds_cache.Kept.open(path, "smoke")),
    "ledger": Reader(_ledger, campaign.Ledger.open, mends=True),
    "reach": Reader(_reach, lambda path: reach.load(path, None)),
    "ids": Reader(lambda _: "\n".join(IDS).encode(), covering.read_cases),
    "article": Reader(
        lambda _: (article.FOLDER / "recorded.json").read_bytes(),
        lambda path: article.load.__wrapped__(path.parent),
        "recorded.json",
    ),
}

"""Make an HTML page of recorded results: what every release does, rule by rule.

  keras-rnn-conformance atlas build/atlas                    everything under fixtures/releases
  keras-rnn-conformance atlas build/atlas 3.5-numpy 3.15-numpy
  keras-rnn-conformance atlas build/atlas results.jsonl      what `pytest --results` wrote

What `judge -o` made of another runtime's observations stands beside them, as a backend of its own:

  keras-rnn-conformance atlas build/atlas 3.15-tensorflow 3.15-numpy onednn.jsonl

It writes OUT/index.html, which needs no network and no other file: open it in a browser, or put
it on a server. It begins with a scorecard: what a layer comes to on a release and a backend, and
by which causes. Below are the causes, with the releases that have them, and the rules, release by
release; a cell opens to its cases and to the command that shows a failure.

Beside it are OUT/scorecards.json, the same as data, and OUT/badges, a picture for each release and
backend, such as 3.15.1-jax.svg, and for the newest on a backend, such as jax.svg. The same results
give the same bytes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from keras_rnn_conformance.atlas.gather import gather
from keras_rnn_conformance.atlas.page import MARK, modelled, page
from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.files import spoken, write_whole
from keras_rnn_conformance.results.store import FOLDER

NAME = "index.html"
CARDS = "scorecards.json"
BADGES = "badges"


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("out", type=Path, metavar="OUT", help="the folder of the page")
    parser.add_argument(
        "results",
        nargs="*",
        metavar="RESULTS",
        default=[],
        help="optional: a results file or a recorded release, such as 3.9-jax (default: all)",
    )
    parser.add_argument(
        "--recorded",
        type=Path,
        default=FOLDER,
        metavar="DIR",
        help="where results are recorded (default fixtures/releases)",
    )


def main(arguments: argparse.Namespace) -> int:
    """Write the page and say where it is."""
    check_place(arguments.out)
    model = modelled(gather(arguments.results, arguments.recorded))
    text = page(model)
    path = arguments.out / NAME
    with spoken(arguments.out):
        arguments.out.mkdir(parents=True, exist_ok=True)
    write_whole(path, text)
    write_whole(arguments.out / CARDS, model.scorecards.json())
    with spoken(arguments.out):
        (arguments.out / BADGES).mkdir(exist_ok=True)
    for name, svg in model.scorecards.badges().items():
        write_whole(arguments.out / BADGES / name, svg)
    print(f"{path}: {len(text.encode()) / 1e6:.1f} MB; open it in a browser")
    return 0


def check_place(out: Path) -> None:
    """See that a folder is new, empty, or holds an earlier page and nothing else.

    Raises:
        CommandFault: if it is anything else.
    """
    try:
        held = sorted(path.name for path in out.iterdir())
        ours = NAME in held and _is_ours(out / NAME)
        foreign = [name for name in held if name not in (NAME, CARDS, BADGES) or not ours]
    except FileNotFoundError:
        return
    except OSError as error:
        raise CommandFault(f"{out}: cannot be the folder of a page: {error.strerror}") from None
    if foreign:
        raise CommandFault(
            f"{out}: holds {foreign[0]!r}, which is not the atlas's; name a new or empty folder"
        )


def _is_ours(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open(encoding="utf-8", errors="replace") as file:
        return f'content="{MARK}"' in file.read(4000)

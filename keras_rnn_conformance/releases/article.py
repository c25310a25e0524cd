"""Run the article's five listings on a Keras of its time, and compare with the printed numbers.

keras-rnn-conformance listings            on Keras 2.1.6 and TensorFlow 1.8, the article's own
keras-rnn-conformance listings 2.2.5      on another release up to 2.2.5
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

from packaging.version import Version

from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.paths import FIXTURES, PACKAGE
from keras_rnn_conformance.cases.case import Case
from keras_rnn_conformance.exchange.export import exported, header
from keras_rnn_conformance.exchange.judging import judged
from keras_rnn_conformance.releases.environments import DEFAULT, prepared
from keras_rnn_conformance.releases.running import environment_of, verified
from keras_rnn_conformance.releases.table import NotHere, Release, named
from keras_rnn_conformance.results.file import Results
from keras_rnn_conformance.results.lines import write

OWN = Release("2.1.6", "tensorflow", "tensorflow1.8", "keras==2.1.6", live=False)
LAST = "2.2.5"
"""The last release on which the listings give the printed numbers."""
RETURNS = ((1, 0), (0, 0), (0, 1), (1, 1))
"""By listing: return_sequences and return_state."""


def _id(number: int) -> str:
    if number == 5:
        return Case.of("LSTM", seq=1, state=1, u=4, t=5, in_=4, do="article", what="listing5").id
    seq, state = RETURNS[number - 1]
    options: dict[str, int | str] = {
        "u": 1,
        "t": 3,
        "n": 1,
        "in": 2,
        "do": "article",
        "what": f"printed{number}",
    }
    return Case.of("LSTM", seq=seq, state=state, **options).id


IDS = tuple(map(_id, range(1, 6)))


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("release", nargs="?", default="", help="2.0.5 to 2.2.5; default 2.1.6")
    parser.add_argument(
        "--environments", type=Path, default=DEFAULT, metavar="DIR", help="where they are kept"
    )


def main(arguments: argparse.Namespace) -> int:
    """Print a line for each listing; exit status 1 if one breaks a rule."""
    release = named(arguments.release) if arguments.release else OWN
    if release.live or Version(release.version) > Version(LAST):
        raise CommandFault(
            f"Keras {release.version} does not run the listings as they are printed; name a "
            f"release from 2.0.5 to {LAST}"
        )
    try:
        results = results_of_listings(release, arguments.environments)
    except NotHere as fault:
        print(f"SKIP: {fault}")
        return 0
    broken = 0
    for number, id in enumerate(IDS, 1):
        row = results.rows[id]
        broken += len(row["failed"])
        kept = f"holds {', '.join(row['passed'])}"
        print(f"listing {number}: " + ("; ".join(_said(row["failed"])) or kept))
    return 1 if broken else 0


def _said(failed: dict[str, dict[str, str]]) -> list[str]:
    return [
        f"breaks {rule}: {one['where']}: got {one['got']}, want {one['want']}"
        for rule, one in failed.items()
    ]


def results_of_listings(release: Release, folder: Path) -> Results:
    """The listings on a release, judged.

    Raises:
        NotHere: if the release cannot run on this machine.
        CommandFault: if it ran and gave nothing.
    """
    place = prepared(release, folder)
    with tempfile.TemporaryDirectory(prefix="listings-") as name:
        cases, seen = Path(name) / "cases.json", Path(name) / "observations.json"
        write(cases, exported(header(chosen=True), map(Case.parse, IDS)))
        script = PACKAGE / "standalone" / "article_listings.py"
        listings = FIXTURES / "article" / "listings.json"
        command = [str(place.python), str(script), str(listings), str(cases), str(seen)]
        env = environment_of(release, place)
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CommandFault(f"{release.name}: {done.stderr.strip().splitlines()[-1][:200]}")
        return verified(judged(seen), release, place)

"""List the releases that can be judged, with the environment of each."""

from __future__ import annotations

import argparse

from keras_rnn_conformance.base.backends import BACKENDS
from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.releases.table import ENVIRONMENTS, moving, releases
from keras_rnn_conformance.results.store import recorded

_WHICH = {
    "latest": "the newest release, ",
    "nightly": "the nightly build, ",
    "source": "the checkout or wheel that KERAS_SOURCE names, ",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument(
        "--last",
        choices=tuple(BACKENDS),
        help="print only the newest that is recorded on a backend",
    )


def main(arguments: argparse.Namespace) -> int:
    """Print one line a release."""
    if arguments.last:
        return _last(arguments.last)
    for release in [*releases(), *moving()]:
        environment = ENVIRONMENTS[release.environment]
        how = _WHICH.get(release.version, "") + ("live" if release.live else "through files")
        print(f"{release.name}\tPython {environment.python}\t{environment.name}\t{how}")
    return 0


def _last(backend: str) -> int:
    known = [results for results in recorded(backend) if results.header["judged"] == "live"]
    if not known:
        raise CommandFault(f"nothing is recorded on {backend}; `record` does it")
    print(known[-1].name)
    return 0

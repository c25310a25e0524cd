"""List the releases that can be judged, with the environment of each."""

from __future__ import annotations

import argparse

from tests.harness.releases.table import ENVIRONMENTS, releases


def configure(parser: argparse.ArgumentParser) -> None:
    """No arguments."""


def main(arguments: argparse.Namespace) -> int:
    """Print one line a release."""
    for release in releases():
        environment = ENVIRONMENTS[release.environment]
        how = "live" if release.live else "through files"
        print(f"{release.name}\tPython {environment.python}\t{environment.name}\t{how}")
    return 0

"""Join the results of all shards into the file that the whole run would have written."""

from __future__ import annotations

import argparse
from pathlib import Path

from keras_rnn_conformance.results.file import load, merge


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("shards", type=Path, nargs="+", help="the results files of all shards")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", required=True, help="the file of the whole run"
    )


def main(arguments: argparse.Namespace) -> int:
    """Merge the files."""
    merge([load(path) for path in arguments.shards]).save(arguments.output)
    return 0

"""The commands of `keras-rnn-conformance`: every one is a line of `COMMANDS`."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

from keras_rnn_conformance.base.errors import CommandFault

OURS = ("tests", "reference_impl", "keras_rnn_conformance")
PROGRAM = "keras-rnn-conformance"
_DIGITS = 18
DESCRIPTION = """\
What the conformance suite does besides judging. Judging itself is pytest:

  python -m pytest                       judge the installed Keras on the default profile
  python -m pytest --profile smoke       a quick look
  python -m pytest --list-cases          the ids of the cases
  python -m pytest --case ID             judge one case
  python -m pytest --list-rules          what is judged, with sources
"""


@dataclass(frozen=True)
class Command:
    """A subcommand.

    Attributes:
        name: how it is called.
        help: one line for the list of commands.
        module: the module that holds `configure(parser)` and `main(arguments) -> exit status`.
            It is imported only when the command is asked for; its docstring is the long help.
    """

    name: str
    help: str
    module: str


COMMANDS = (
    Command("rules", "write the page of the rules", "keras_rnn_conformance.cli.rulebook"),
    Command("bugs", "write the page of Keras's bugs", "keras_rnn_conformance.cli.keras_bugs"),
    Command("cover", "choose the combined cases anew", "keras_rnn_conformance.cases.covering"),
    Command(
        "article",
        "print what this Keras gives for the article",
        "keras_rnn_conformance.cli.measure_article",
    ),
    Command(
        "bench",
        "time the matrix, and the suite beside Keras's tests",
        "keras_rnn_conformance.cli.bench",
    ),
    Command("seeds", "judge this Keras on other numbers", "keras_rnn_conformance.cli.seeds"),
    Command(
        "coverage", "see which lines of Keras the suite runs", "tests.quality.coverage.command"
    ),
    Command("export", "write cases without answers", "keras_rnn_conformance.exchange.export"),
    Command(
        "observe", "run exported cases on this Keras", "keras_rnn_conformance.exchange.observing"
    ),
    Command("judge", "judge what an observer wrote", "keras_rnn_conformance.exchange.judging"),
    Command(
        "explain", "hold results to the known failures", "keras_rnn_conformance.results.explained"
    ),
    Command("diff", "say what moved between two results", "keras_rnn_conformance.results.diff"),
    Command(
        "first-bad",
        "find the release that broke a case",
        "keras_rnn_conformance.releases.first_bad",
    ),
    Command("record", "run releases and record them", "keras_rnn_conformance.releases.record"),
    Command("releases", "list the releases", "keras_rnn_conformance.releases.listing"),
    Command(
        "listings", "run the article on its own Keras", "keras_rnn_conformance.releases.article"
    ),
    Command("merge", "join the results of shards", "keras_rnn_conformance.results.merging"),
    Command("atlas", "make a page of recorded results", "keras_rnn_conformance.atlas.command"),
    Command(
        "report", "write the bug report of a failing case", "keras_rnn_conformance.report.command"
    ),
    Command("environments", "run in many environments", "tests.quality.environments.command"),
    Command(
        "mutate",
        "see which small faults in Keras the suite notices",
        "tests.quality.mutation.command",
    ),
    Command(
        "sabotage",
        "see which rules notice which wrong layers",
        "tests.quality.fault_injection.command",
    ),
)


def run(argv: Sequence[str]) -> int:
    """Run one command and return its exit status.

    Raises:
        SystemExit: for `--help` and for arguments that cannot be understood.
    """
    chosen = next((command for command in COMMANDS if command.name in argv[:1]), None)
    if chosen is None:
        _overview().parse_args(argv or ["--help"])
        raise AssertionError("argparse leaves an unknown command by itself")
    try:
        module = _module(chosen)
        parser = _parser(f"{PROGRAM} {chosen.name}", module.__doc__ or chosen.help)
        module.configure(parser)
        return int(module.main(parser.parse_args(argv[1:])))
    except CommandFault as fault:
        print(f"{PROGRAM} {chosen.name}: {fault}", file=sys.stderr)
        return 2
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"{PROGRAM} {chosen.name}: {where}{error.strerror or error}", file=sys.stderr)
        return 2


def natural(text: str) -> int:
    """The argument of an option that counts, from 0 on."""
    if not text.isdecimal() or len(text) > _DIGITS:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a whole number from 0 on")
    return int(text)


def positive(text: str) -> int:
    """The argument of an option that counts, from 1 on."""
    if natural(text) == 0:
        raise argparse.ArgumentTypeError("must be at least 1")
    return int(text)


def main() -> int:
    """The entry point of the command `keras-rnn-conformance`."""
    return run(sys.argv[1:])


def _module(command: Command) -> ModuleType:
    try:
        return importlib.import_module(command.module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] in OURS:
            raise
        raise CommandFault(
            f"this Python ({sys.executable}) has no {error.name}: install what the suite needs, "
            "pip install '.[tensorflow]'"
        ) from None


def _overview() -> argparse.ArgumentParser:
    parser = _parser(PROGRAM, DESCRIPTION)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        commands.add_parser(command.name, help=command.help)
    return parser


def _parser(program: str, description: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        prog=program,
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )

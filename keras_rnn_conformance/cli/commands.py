"""The commands of `keras-rnn-conformance`: every one is a line of `COMMANDS`."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import NoReturn

from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.base.paths import INSTALLED, REQUIREMENT

OURS = ("tests", "reference_impl", "keras_rnn_conformance")
PROGRAM = "keras-rnn-conformance"
_DIGITS = 18
_BROKEN_PIPE = 141
"""The exit status that shells give a program that ended so."""
DESCRIPTION = """\
Judge the recurrent layers of the installed Keras, and work with the results:

  keras-rnn-conformance test                       the default profile
  keras-rnn-conformance test --profile gate        every rule, by the few cases that notice most
  keras-rnn-conformance test --case ID             judge one case
  keras-rnn-conformance test --list-cases          the ids of the cases
  keras-rnn-conformance test --list-rules          what is judged, with sources

`test` is pytest: every option of pytest works. At the root of a checkout, plain pytest is the same,
and python -m keras_rnn_conformance is this command where it is not installed.
"""


@dataclass(frozen=True)
class Command:
    """A subcommand.

    Attributes:
        name: how it is called.
        help: one line for the list of commands.
        module: the module that holds `configure(parser)` and `main(arguments) -> exit status`.
            It is imported only when the command is asked for; its docstring is the long help.
        raw: whether `main` takes the arguments as they were given, unread.
        checkout: whether it needs a checkout: it runs or writes what is not installed.
    """

    name: str
    help: str
    module: str
    raw: bool = False
    checkout: bool = False


_OWN = "keras_rnn_conformance."
_QUALITY = "tests.quality."

COMMANDS = (
    Command("test", "judge this Keras: pytest on the rules", f"{_OWN}cli.pytest_run", raw=True),
    Command("report", "write a bug report for a failing case", f"{_OWN}report.command"),
    Command("diff", "show what changed between two results", f"{_OWN}results.diff"),
    Command("explain", "compare results with the known failures", f"{_OWN}results.explained"),
    Command("merge", "join the results of shards", f"{_OWN}results.merging"),
    Command("atlas", "make a page of recorded results", f"{_OWN}atlas.command"),
    Command("gpu", "judge what an NVIDIA GPU computes", f"{_OWN}cli.gpu"),
    Command("seeds", "judge this Keras with other numbers", f"{_OWN}cli.seeds"),
    Command("article", "print what this Keras gives for the article", f"{_OWN}cli.measure_article"),
    Command("export", "write cases, without answers, for an observer", f"{_OWN}exchange.export"),
    Command("observe", "run exported cases on this Keras", f"{_OWN}exchange.observing"),
    Command("judge", "judge what an observer wrote", f"{_OWN}exchange.judging"),
    Command(
        "identify", "say whose convention gives an output from elsewhere", f"{_OWN}identify.command"
    ),
    Command("releases", "list the releases", f"{_OWN}releases.listing"),
    Command("listings", "run the article on the Keras that it used", f"{_OWN}releases.article"),
    Command("record", "run releases and record them", f"{_OWN}releases.record", checkout=True),
    Command("files", "write the files of older releases", f"{_OWN}releases.files", checkout=True),
    Command(
        "first-bad",
        "find the release that broke a case",
        f"{_OWN}releases.first_bad",
        checkout=True,
    ),
    Command(
        "bench",
        "time the matrix, and the suite next to Keras's tests",
        f"{_OWN}cli.bench",
        checkout=True,
    ),
    Command("rules", "write the page of the rules", f"{_OWN}cli.rulebook", checkout=True),
    Command(
        "scope",
        "write the page of what is judged and what is not",
        f"{_OWN}cli.scope_page",
        checkout=True,
    ),
    Command("bugs", "write the page of Keras's bugs", f"{_OWN}cli.keras_bugs", checkout=True),
    Command(
        "history",
        "write the page of what each release broke and mended",
        f"{_OWN}cli.history",
        checkout=True,
    ),
    Command(
        "cover", "choose the combined cases again", f"{_OWN}cases.choices.covering", checkout=True
    ),
    Command(
        "coverage",
        "see which lines of Keras the suite runs",
        f"{_QUALITY}coverage.command",
        checkout=True,
    ),
    Command(
        "environments", "run in many environments", f"{_QUALITY}environments.command", checkout=True
    ),
    Command(
        "mutate",
        "see which small faults in Keras the suite notices",
        f"{_QUALITY}mutation.command",
        checkout=True,
    ),
    Command(
        "gate",
        "choose the cases of the gate again, by evidence",
        f"{_QUALITY}gate.command",
        checkout=True,
    ),
    Command(
        "sabotage",
        "see which rules notice which wrong layers",
        f"{_QUALITY}fault_injection.command",
        checkout=True,
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
        if chosen.raw and not {"-h", "--help"} & set(argv[1:]):
            return int(module.main(argv[1:]))
        return int(module.main(parser.parse_args(argv[1:])))
    except CommandFault as fault:
        print(f"{PROGRAM} {chosen.name}: {fault}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        raise
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
    try:
        status = run(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    return status


def _module(command: Command) -> ModuleType:
    if command.checkout and INSTALLED:
        raise CommandFault(
            "needs a checkout of the repository: clone it, and at its root run "
            f"python -m {OURS[-1]} {command.name}"
        )
    try:
        return importlib.import_module(command.module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] in OURS:
            raise
        raise CommandFault(
            f"this Python ({sys.executable}) has no {error.name}: install what the suite needs, "
            f"pip install '{REQUIREMENT.format('tensorflow')}'"
        ) from None


def _overview() -> argparse.ArgumentParser:
    parser = _parser(PROGRAM, DESCRIPTION)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        commands.add_parser(command.name, help=command.help)
    return parser


class Parser(argparse.ArgumentParser):
    """A parser that refuses in one line, without all of the usage."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where the options are explained, and leave."""
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def _parser(program: str, description: str) -> argparse.ArgumentParser:
    return Parser(
        prog=program,
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )

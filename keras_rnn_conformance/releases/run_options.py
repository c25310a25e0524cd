"""The options of a run that `record` hands on to pytest in the environment of a release."""

from __future__ import annotations

import argparse
from pathlib import Path

from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.cases.case import Case, CaseError
from keras_rnn_conformance.releases.running import Selection
from keras_rnn_conformance.releases.table import Release

_PATHS = ("known_failures", "only_known_failures", "write_known_failures", "reports")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    group = parser.add_argument_group(
        "options of the run", "as for `keras-rnn-conformance test`; see its --help"
    )
    group.add_argument("--case", action="append", metavar="ID", default=[])
    group.add_argument("--rule", action="append", metavar="ID", default=[])
    group.add_argument("--data-seed", metavar="N")
    group.add_argument("--case-timeout", metavar="SECONDS")
    group.add_argument("--examine", metavar="SECONDS")
    group.add_argument("--known-failures", type=Path, action="append", metavar="FILE", default=[])
    group.add_argument("--only-known-failures", type=Path, metavar="FILE")
    group.add_argument("--write-known-failures", type=Path, metavar="FILE")
    group.add_argument("--reports", type=Path, metavar="DIR", help="DIR/RELEASE for each release")


def narrowed(arguments: argparse.Namespace) -> bool:
    """Whether the results are not those of the profile on the numbers that ids stand for."""
    return bool(arguments.case or arguments.rule or arguments.data_seed is not None)


def checked(arguments: argparse.Namespace, chosen: list[Release]) -> None:
    """See that the options go together.

    Raises:
        CommandFault: if they do not.
    """
    try:
        for case in arguments.case:
            Case.parse(case)
    except CaseError as error:
        raise CommandFault(f"--case: {error}") from None
    if narrowed(arguments) and arguments.output is None:
        raise CommandFault(
            "--case, --rule and --data-seed need --output FILE: only whole profiles are recorded"
        )
    if arguments.write_known_failures and len(chosen) != 1:
        raise CommandFault(f"--write-known-failures takes one release, not {len(chosen)}")


def selection(arguments: argparse.Namespace, release: Release, profile: str) -> Selection:
    """What to run on a release."""
    options = [f"--rule={rule}" for rule in arguments.rule]
    for name in ("data_seed", "case_timeout", "examine"):
        if (value := getattr(arguments, name)) is not None:
            options.append(f"--{name.replace('_', '-')}={value}")
    for name in _PATHS:
        given = getattr(arguments, name)
        for path in given if isinstance(given, list) else [given] if given else []:
            place = path.absolute() / release.name if name == "reports" else path.absolute()
            options.append(f"--{name.replace('_', '-')}={place}")
    return Selection(profile, tuple(arguments.case), tuple(options))


def explaining(arguments: argparse.Namespace) -> list[str]:
    """The options with which `explain` holds the results to the same known failures."""
    words = [f"--known-failures={path.absolute()}" for path in arguments.known_failures]
    if arguments.only_known_failures:
        words.append(f"--only-known-failures={arguments.only_known_failures.absolute()}")
    return words

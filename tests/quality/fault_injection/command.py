"""Plant every fault of the catalogue in the installed Keras, and print which rules notice it.

Rules in brackets notice it too, although the fault does not name them.
"""

from __future__ import annotations

import argparse

from keras_rnn_conformance.base import environment
from keras_rnn_conformance.base.errors import CommandFault
from keras_rnn_conformance.judging import readiness


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("names", nargs="*", metavar="FAULT", help="only these faults (all)")
    parser.add_argument("--list", action="store_true", help="print the faults, run nothing")


def main(arguments: argparse.Namespace) -> int:
    """Print the table; 1 if a fault is not caught as it should be, or a rule catches nothing."""
    environment.check()
    readiness.ready()
    from tests.quality.fault_injection import table
    from tests.quality.fault_injection.faults import catalogue

    every = catalogue()
    unknown = set(arguments.names) - set(every)
    if unknown:
        raise CommandFault(f"no such fault: {', '.join(sorted(unknown))}; see --list")
    faults = [every[name] for name in arguments.names or every]
    if arguments.list:
        print("\n".join(f"{fault.name}\t{fault.sentence}" for fault in faults))
        return 0
    rows = [table.row(fault) for fault in faults]
    print(table.text(rows))
    complaints = [f"{row.fault.name}: {', '.join(row.missed)}" for row in rows if row.missed]
    if not arguments.names:
        complaints += [f"{rule} catches no fault" for rule in table.faultless(rows)]
        complaints += [f"{rule} fires on almost everything" for rule in table.blunt(rows)]
    print("\n".join(complaints))
    return int(bool(complaints))

"""`python -m tests.harness COMMAND`."""

import sys

from tests.harness.commands import run

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))

"""`keras-rnn-conformance COMMAND`."""

import sys

from keras_rnn_conformance.cli.commands import run

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))

"""`python -m keras_rnn_conformance COMMAND` is the command `keras-rnn-conformance`."""

import sys

from keras_rnn_conformance.cli.commands import main

if __name__ == "__main__":
    sys.exit(main())

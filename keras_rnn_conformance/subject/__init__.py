"""The subject: the Keras that this process runs. Nothing else in the package imports it.

Importing this room prepares Keras (`preparation`), so whoever uses it, in `judging` or above, does
so inside a function. It knows `cases` and `base`, and never what the oracle expects.
"""

from keras_rnn_conformance.subject import preparation

preparation.prepare()

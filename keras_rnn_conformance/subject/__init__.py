"""The subject: the Keras that this process runs. Nothing else in the project imports it."""

from keras_rnn_conformance.base import environment

environment.prepare()

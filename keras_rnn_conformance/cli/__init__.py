"""The command `keras-rnn-conformance`: `commands` has one line a command.

A command is a module with `configure(parser)` and `main(arguments)`, in whichever room does its
work; here are those that belong to no other room.
"""

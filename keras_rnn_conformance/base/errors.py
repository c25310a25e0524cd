"""The errors of the project: each is one line for the user, and none is a defect of the suite."""

from __future__ import annotations


class CommandFault(RuntimeError):
    """A command cannot do what it was asked; the message says why, and what to do."""


class FixtureFault(CommandFault):
    """A file of the project cannot be used; the message names it and says what is wrong with it."""


class EnvironmentFault(CommandFault):
    """The process cannot judge what it was asked to judge; the message says what to install."""

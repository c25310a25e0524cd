"""Tests of the project as a whole: docs, commands, floors, workflows."""

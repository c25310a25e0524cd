"""Tests of releases and their environments."""

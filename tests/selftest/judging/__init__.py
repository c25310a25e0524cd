"""Tests of rules and known failures."""

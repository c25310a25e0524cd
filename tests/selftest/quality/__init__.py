"""Tests of what measures the suite."""

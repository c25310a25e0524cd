"""Tests of reports of failing cases."""

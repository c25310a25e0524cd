"""Tests of cases, ids, data."""

"""Tests of results files and exchange."""

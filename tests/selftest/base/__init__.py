"""Tests of settings, files, folders."""

"""Deliberately wrong layers and cells, for the laws of a user's own layers."""

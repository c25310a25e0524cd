"""Whole models as plain data: what is joined how, what it is fed, and what is done with it."""

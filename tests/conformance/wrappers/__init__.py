"""Cells alone, in `RNN` and stacked; layers inside other layers; layers in several places."""

"""What the oracle says of a scenario; every module registers its own, see `registry`."""

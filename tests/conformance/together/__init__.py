"""Options and circumstances that meet in one case."""

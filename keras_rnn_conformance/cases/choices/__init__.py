"""Which combinations of options a profile tries: covering arrays, pairs by themselves, sizes."""

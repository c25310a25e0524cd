"""Laws that need no oracle: two ways to the same numbers, independence, and what calls cost."""

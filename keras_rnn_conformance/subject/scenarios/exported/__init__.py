"""Models that are exported, and what is done with their files."""

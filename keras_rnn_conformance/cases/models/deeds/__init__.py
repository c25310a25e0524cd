"""Numbers and names of deeds, by what they are about."""

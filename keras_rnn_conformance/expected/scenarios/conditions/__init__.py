"""What the deeds must give whose promise could be broken under a condition alone."""

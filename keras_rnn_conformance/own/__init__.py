"""Laws for a user's own recurrent layers and cells, which need no equations."""

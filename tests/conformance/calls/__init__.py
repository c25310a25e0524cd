"""Ways to call a layer, what a call leaves behind, and what it costs."""

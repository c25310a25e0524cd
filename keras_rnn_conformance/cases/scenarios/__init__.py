"""What can be done with a layer, and the numbers that each scenario needs besides."""

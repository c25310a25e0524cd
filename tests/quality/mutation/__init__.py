"""Mutants of the installed Keras: the share of small faults in its sources that the suite finds."""

"""The choice of the gate: the cases that give the first alarm, by evidence."""

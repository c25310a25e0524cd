"""The faults, by what is wrong; importing a module registers its faults."""

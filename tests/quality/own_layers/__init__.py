"""What takes minutes of the proof that the laws find faults, and find none where none is."""

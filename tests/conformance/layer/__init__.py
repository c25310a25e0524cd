"""What one layer computes and returns, with each of its options."""

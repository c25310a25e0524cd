"""Training: losses, metrics, optimizers, and steps over batches."""

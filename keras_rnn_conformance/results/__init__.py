"""Results as files: written, checked, merged, compared and recorded. None of it imports Keras."""

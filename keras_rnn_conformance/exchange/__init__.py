"""Export, observe, judge: the same three steps as a live run, apart, with files between them."""

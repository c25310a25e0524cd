"""What the oracle says should come out of a case: values with error bounds, names and facts.

Here a case becomes a computation of `reference_impl`: `scenarios` has a module for each scenario,
beside them stand the parts that several share. This room never sees Keras, and never learns what
the subject did.
"""

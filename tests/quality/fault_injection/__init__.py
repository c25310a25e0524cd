"""The sabotage catalogue: deliberately wrong layers, and the rules that must notice each."""

"""The release of the suite itself."""

SUITE = "0.1.0"

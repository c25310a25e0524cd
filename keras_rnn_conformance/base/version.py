"""The release of the suite itself."""

VERSION = "0.1.0"

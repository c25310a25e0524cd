"""Scripts of the scenarios other than `call`; each module has a table `WRITERS` of its own."""

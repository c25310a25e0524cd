"""From a failing case to a bug report: diagnosis, the smallest case, a script, the issue's text."""

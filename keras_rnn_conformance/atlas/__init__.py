"""The atlas: one HTML page that shows recorded results, release by release and rule by rule."""

"""What every room stands on: errors, files, paths, settings, the plain value `Observation`.

Nothing here knows what a case is, and nothing here imports Keras: `environment` says what would be
judged from what is installed, without running it.
"""

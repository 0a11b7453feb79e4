"""The invariants of a finished run, one a file."""

"""Judge a run that is over, one invariant a file."""

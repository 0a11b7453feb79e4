"""Read the files of other commits from git's objects, without a checkout. Only this package runs git."""

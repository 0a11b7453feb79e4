"""The steps of a GitHub workflow, one in each module."""

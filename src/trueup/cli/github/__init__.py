"""The steps that the action runs in a GitHub workflow, one file each."""

"""Speak to GitHub: the runner's environment and files, the pull request's comment, the drift issue."""

"""GitHub: the runner's environment and files, the comment on a pull request, the issue about drift."""

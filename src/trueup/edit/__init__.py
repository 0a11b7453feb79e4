"""Change manifests as people would: the few characters that must change, and nothing else."""

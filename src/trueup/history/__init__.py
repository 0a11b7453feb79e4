"""The manifests of another commit (the base), and their comparison with the present ones."""

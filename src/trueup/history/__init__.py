"""Compare the manifests that lie here with those of another commit."""

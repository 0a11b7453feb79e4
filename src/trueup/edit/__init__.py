"""Edit manifests: change only the characters that must change, and write manifests of live resources."""

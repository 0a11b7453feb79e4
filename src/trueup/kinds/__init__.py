"""The kinds of resources: manifests and responses to comparable values, and actions to request bodies."""

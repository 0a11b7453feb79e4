"""Turn manifests and platform answers into comparable values, and actions into what goes over the wire."""

"""Make live commercetools connectors and deployments and Origin certifications match the manifests in git."""

__version__ = "0.1.0"

"""The kind of deployments: connectors that are installed in a project (``deployment-api.md``)."""

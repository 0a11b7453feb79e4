"""Everything that is specific to connectors of commercetools Connect."""

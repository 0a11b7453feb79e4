"""Know all that is particular to connectors of commercetools Connect."""

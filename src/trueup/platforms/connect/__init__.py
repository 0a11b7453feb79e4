"""Reader and writer of connector drafts in commercetools Connect (``connect-api.md``)."""

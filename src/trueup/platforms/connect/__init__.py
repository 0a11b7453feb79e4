"""Read and write connector drafts through commercetools Connect (``connect-api.md``)."""

"""Reader and writer of certifications in the Origin Connect API, version 1 (``origin-api.md``)."""

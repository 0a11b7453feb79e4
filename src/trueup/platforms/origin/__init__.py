"""Read and write certifications through the Origin Connect API, version 1 (``origin-api.md``)."""

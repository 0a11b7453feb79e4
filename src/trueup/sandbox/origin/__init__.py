"""The certifications of the Origin Connect API, version 1, simulated from its documentation alone."""

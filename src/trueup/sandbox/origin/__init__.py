"""Simulate the certifications of the Origin Connect API, version 1."""

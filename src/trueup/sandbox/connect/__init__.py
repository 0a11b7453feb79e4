"""Simulate the drafts of the Connect API, from its documentation alone."""

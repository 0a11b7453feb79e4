"""The drafts of the Connect API, simulated from its documentation alone."""

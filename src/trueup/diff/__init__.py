"""Compare desired with live state, find the shortest list of actions, and simulate their effect."""

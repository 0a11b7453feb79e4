"""Compare desired with live, find the shortest list of actions, and predict what they do."""

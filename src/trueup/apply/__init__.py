"""Apply a plan: send its writes, verify each of them, plan again after conflicts, and keep a journal."""

"""Reports of plans, outcomes and diagnostics: one tree, built once, and a renderer for each format."""

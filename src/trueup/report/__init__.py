"""Show plans, outcomes and diagnostics: one tree, built once, and many renderings of it."""

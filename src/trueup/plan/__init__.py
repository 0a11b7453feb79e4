"""Build plans and drift: what must change, why, and whether it may. Nothing in this package writes to a platform."""

"""Frozen types that every other package speaks in: no input, no output, no imports beyond the standard library."""

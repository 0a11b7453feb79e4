"""Frozen types that all other packages share: pure data and protocols, without input or output."""

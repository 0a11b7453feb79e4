"""Measure speed and scale, next to peers: ``python -m benchmarks [--short] [--only NAME]``.

Absolute times move from machine to machine and from minute to minute; ratios between things measured side by side hold.
So every table has ratios, figures are medians, and what is compared runs by turns.
"""

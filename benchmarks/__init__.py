"""Measure speed and scale, next to peers: ``python -m benchmarks [--short] [--only NAME]``.

Absolute times differ between machines and between minutes; ratios of things measured side by side are stable. So every
table has ratios, what is compared runs alternately, and each time is the least of several runs: other processes only
ever add to it.
"""

"""Simulate both platforms from their documentation, in process or served on loopback.

The sandbox is an independent witness: it is written from the platforms' pages and shares no rule with the planner.
"""

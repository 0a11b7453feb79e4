"""A simulation of both platforms, in process or served on loopback.

It is written from the platforms' documentation and shares no rule with the planner, so that a wrong rule there fails
against it instead of agreeing with it. ``connect-api.md`` and ``origin-api.md``, which docstrings refer to by section,
are digests of that documentation.
"""

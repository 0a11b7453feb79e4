"""A team that uses only the reusable workflow, with the steps of its jobs as processes, for tests of whole stories.

``platform`` serves a platform, ``processes`` runs one step and kills it, ``jobs`` makes jobs of the reusable workflow's
own inputs, ``team`` does what people do at GitHub, and ``claims`` says what must be true after each job.
"""

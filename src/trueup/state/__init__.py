"""The files that trueup keeps for itself: a project's folder ``.trueup``, and the key that seals its files."""

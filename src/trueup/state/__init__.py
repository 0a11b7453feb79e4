"""What trueup keeps for itself: a project's folder ``.trueup``, and the key that seals what lies in it."""

"""Programs that trueup is measured beside."""

"""Check whether trueup can work here and reach its targets. Nothing is changed and no secret is shown."""

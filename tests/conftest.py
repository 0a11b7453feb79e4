"""Set what every test relies on."""

import os

from hypothesis import HealthCheck, settings

# The validator of OpenAPI documents would use jsonschema-rs where it is there, and needs a newer one than trueup does.
os.environ.setdefault("OPENAPI_SPEC_VALIDATOR_SCHEMA_VALIDATOR_BACKEND", "jsonschema")

# Expiry dates are compared with this day, so that no test depends on the day on which it runs.
os.environ["TRUEUP_TODAY"] = "2026-06-30"

settings.register_profile(
    "default", max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("ci", parent=settings.get_profile("default"), max_examples=300)
settings.load_profile("ci" if os.environ.get("CI") else "default")

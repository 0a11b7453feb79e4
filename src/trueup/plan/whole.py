"""Put a whole plan together: its hash and its forecast always belong to its resources."""

from dataclasses import replace

from trueup.model.plan import Plan, ResourcePlan
from trueup.plan.digest import plan_digest
from trueup.plan.forecast import forecast


def with_resources(plan: Plan, resources: tuple[ResourcePlan, ...]) -> Plan:
    """Return the plan with these resources, and with the hash and the forecast that are theirs."""
    digest = plan_digest(resources, plan.places)
    return replace(plan, resources=resources, digest=digest, forecast=forecast(resources))

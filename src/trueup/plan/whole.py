"""Put a whole plan together: its hash and its forecast always belong to its resources."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from trueup.kinds.registry import KINDS
from trueup.model.action import Create
from trueup.model.plan import Forecast, Plan, ResourcePlan
from trueup.plan.digest import SENT, plan_digest

CONCURRENCY: Final = 4
"""Resources that an apply works on side by side unless told otherwise."""

SECONDS_A_REQUEST: Final = 0.25
"""What one request takes about, over all those measured on the two platforms' public hosts."""


def forecast(resources: Iterable[ResourcePlan], *, concurrency: int = CONCURRENCY) -> Forecast:
    """Return the least number of requests and about how many seconds they take.

    Requests of one resource follow each other, resources run side by side. What people and pipelines take afterwards
    (reviews, builds) is not in it.
    """
    chains = [_requests(resource) for resource in resources if resource.verdict in SENT]
    total = sum(chains)
    rows = max(max(chains, default=0), -(-total // concurrency))
    return Forecast(requests=total, seconds=round(rows * SECONDS_A_REQUEST, 2))


def _requests(resource: ResourcePlan) -> int:
    """Return the number of requests: a write a stage, and a read before a creation.

    Where no version guards a write, there is a read right before each write and one after it.
    """
    stages = len({planned.stage for planned in resource.actions})
    if KINDS[resource.identity.kind].versioned:
        return stages + any(isinstance(planned.action, Create) for planned in resource.actions)
    return 1 + 2 * stages if stages else 0


def with_resources(plan: Plan, resources: tuple[ResourcePlan, ...]) -> Plan:
    """Return the plan with these resources, and with the hash and the forecast that are theirs."""
    digest = plan_digest(resources, plan.places)
    return replace(plan, resources=resources, digest=digest, forecast=forecast(resources))

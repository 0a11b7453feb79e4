"""Complete a plan with the hash and the forecast of its resources."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from trueup.kinds.registry import KINDS
from trueup.model.action import Create
from trueup.model.plan import Forecast, ForecastWait, Plan, ResourcePlan
from trueup.plan.digest import SENT, plan_digest

CONCURRENCY: Final = 4
"""The default number of resources on which an apply works concurrently."""

SECONDS_A_REQUEST: Final = 0.25
"""The approximate duration of one request, measured on the public hosts of both platforms."""


def forecast(resources: Iterable[ResourcePlan]) -> Forecast:
    """Return the minimum number of requests and their approximate duration.

    Requests of one resource are sequential, resources are concurrent. The duration of builds and other processes is not
    included; these are the forecast's waits.
    """
    sent = [resource for resource in resources if resource.verdict in SENT]
    chains = [_requests(resource) for resource in sent]
    total = sum(chains)
    # At least as long as the longest resource, and as all requests divided among the workers, rounded up.
    rows = max(max(chains, default=0), -(-total // CONCURRENCY))
    return Forecast(requests=total, seconds=round(rows * SECONDS_A_REQUEST, 2), waits=_waits(sent))


def _waits(sent: Iterable[ResourcePlan]) -> tuple[ForecastWait, ...]:
    """Return the processes that take time, the longest first."""
    found = Counter(
        (row.noun, row.seconds)
        for resource in sent
        for planned in resource.actions
        if (row := KINDS[resource.identity.kind].lifecycle.rows.get(type(planned.action))) and row.seconds is not None
    )
    longest = sorted(found.items(), key=lambda item: (-item[0][1], item[0][0]))
    return tuple(ForecastWait(process=noun, count=count, seconds=seconds) for (noun, seconds), count in longest)


def _requests(resource: ResourcePlan) -> int:
    """Return the number of requests: one write per stage, and one read before a creation.

    If the platform has no versions, there is one read before all writes, and one after each write.
    """
    stages = len({planned.stage for planned in resource.actions})
    if KINDS[resource.identity.kind].versioned:
        return stages + any(isinstance(planned.action, Create) for planned in resource.actions)
    return 1 + 2 * stages if stages else 0


def with_resources(plan: Plan, resources: tuple[ResourcePlan, ...]) -> Plan:
    """Return the plan with these resources and with their hash and forecast."""
    digest = plan_digest(resources, plan.places)
    return replace(plan, resources=resources, digest=digest, forecast=forecast(resources))

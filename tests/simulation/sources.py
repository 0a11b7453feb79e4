"""Tell readings of a connector for its deployments from those for its own manifest.

Both are the same request. What a deployment's reader sees says nothing of what the connector's plan knows.
"""

from contextvars import ContextVar

import httpx

from simulation.event_log import Attempt, EventLog, Sent, Verb
from simulation.places import CONNECT, PROJECTS, Slot, is_deployment
from simulation.world import World

working_on: ContextVar[Slot | None] = ContextVar("working_on", default=None)
"""The resource whose task of an apply sends the requests; None while a plan is made."""


def is_source(sent: Sent, request: httpx.Request, attempt: Attempt, event_log: EventLog, world: World) -> bool:
    """Return whether a reading of a draft is made for a deployment."""
    if sent.verb is not Verb.READ or sent.collection != CONNECT or not sent.slots:
        return False
    slot = working_on.get()
    if slot is not None:
        return is_deployment(slot)
    if _project(request, world) != PROJECTS[CONNECT]:
        return True  # the manifests of drafts are for the other target
    # A target's kinds are read one after the other, connectors first.
    own = (earlier for earlier in event_log.requests if earlier.attempt == attempt.number)
    return any(earlier.collection == PROJECTS[CONNECT] for earlier in own)


def _project(request: httpx.Request, world: World) -> str:
    """Return the project of the token of a request; of a token that expired, the only one that can be."""
    grant = world.sandbox.grants.get(request.headers["authorization"].partition(" ")[2])
    return grant.scopes[0].partition(":")[2] if grant is not None else PROJECTS[CONNECT]

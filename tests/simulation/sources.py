"""Tell readings of a connector for its deployments from those for its own manifest.

Both are the same request. What a deployment's reader sees says nothing of what the connector's plan knows.
"""

import httpx

from simulation.event_log import Attempt, EventLog, Sent, Verb
from simulation.places import CONNECT, PROJECTS
from simulation.world import World
from trueup.model.action import Delete


def is_source(sent: Sent, request: httpx.Request, attempt: Attempt, event_log: EventLog, world: World) -> bool:
    """Return whether a reading of a draft is made for a deployment."""
    if sent.verb is not Verb.READ or sent.collection != CONNECT or not sent.slots:
        return False
    if _project(request, world) != PROJECTS[CONNECT]:
        return True  # the manifests of drafts are for the other target
    if not attempt.planned:
        # A target's kinds are read one after the other, connectors first.
        own = (earlier for earlier in event_log.requests if earlier.attempt == attempt.number)
        return any(earlier.collection == PROJECTS[CONNECT] for earlier in own)
    (slot,) = sent.slots
    planned = attempt.shown(slot)
    deletes = planned is not None and any(isinstance(step.action, Delete) for step in planned.actions)
    in_work = slot in attempt.begun and slot not in attempt.ends
    return not (in_work and ("/key=" in sent.path or deletes))


def _project(request: httpx.Request, world: World) -> str:
    """Return the project of the token of a request; of a token that expired, the only one that can be."""
    grant = world.sandbox.grants.get(request.headers["authorization"].partition(" ")[2])
    return grant.scopes[0].partition(":")[2] if grant is not None else PROJECTS[CONNECT]

"""Decode requests: what they ask for, and of which slots."""

import json
import re
from dataclasses import dataclass
from typing import Final

import httpx

from simulation.event_log import Verb
from simulation.history import History
from simulation.layout import Json
from simulation.places import Slot

_WORLD: Final = re.compile(r"/worlds/(?P<world>[^/]+)(?P<path>/.*)")
_DRAFT: Final = re.compile(r"/connectors/drafts(/(?P<address>[^/]+))?")
_PUBLISHED: Final = re.compile(r"/connectors/(?P<address>[^/]+)")
_DEPLOYMENT: Final = re.compile(r"/(?P<project>[^/]+)/deployments(/(?P<address>[^/]+))?")
_ORIGIN: Final = re.compile(r"/equinox/connect/v1/(async/)?certifications/(?P<service>\w+)")
_RESULT: Final = re.compile(r".*/result/\w+/batch/(?P<batch>[^/]+)")
_CONNECT_VERBS: Final = {"GET": Verb.READ, "POST": Verb.UPDATE, "DELETE": Verb.DELETE}
_SERVICES: Final = {"search": Verb.READ, "create": Verb.CREATE, "update": Verb.UPDATE, "delete": Verb.DELETE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request asks for. A reading of a published connector is about no slot, as slots hold drafts."""

    world: str
    collection: str
    path: str
    verb: Verb
    body: Json = None
    slots: tuple[Slot, ...] = ()


def read_request(request: httpx.Request, history: History) -> Asked:
    """Return what a request asks for."""
    found = _WORLD.fullmatch(request.url.path)
    assert found is not None, request.url.path
    world, path = found["world"], found["path"]
    if path.endswith("/oauth/token"):
        return Asked(world=world, collection=world, path=path, verb=Verb.TOKEN)
    body = decoded(request.content)
    for pattern in (_DRAFT, _DEPLOYMENT):
        if (one := pattern.fullmatch(path)) is not None:
            collection = one.groupdict().get("project", world)
            verb, slots = _of_connect(request.method, one["address"], body, collection, history)
            return Asked(world=world, collection=collection, path=path, verb=verb, body=body, slots=slots)
    if _PUBLISHED.fullmatch(path) is not None:
        return Asked(world=world, collection=world, path=path, verb=Verb.READ)
    if (service := _ORIGIN.fullmatch(path)) is not None:
        verb, slots = _SERVICES[service["service"]], _of_origin(body, world, history)
        return Asked(world=world, collection=world, path=path, verb=verb, body=body, slots=slots)
    assert _RESULT.fullmatch(path), path
    return Asked(world=world, collection=world, path=path, verb=Verb.RESULT)


def batch_of(path: str) -> str:
    """Return the batch whose result a path asks for."""
    found = _RESULT.fullmatch(path)
    assert found is not None, path
    return found["batch"]


def failed(answer: Json) -> bool:
    """Return whether the answer to a request for a result says that the batch failed."""
    result = answer.get("result") if isinstance(answer, dict) else None
    return isinstance(result, dict) and result.get("executionStatus") == "ERROR"


def decoded(content: bytes) -> Json:
    """Return the JSON of a body, None when it is none."""
    try:
        return json.loads(content)
    except ValueError:
        return None


def _of_connect(
    method: str, address: str | None, body: Json, collection: str, history: History
) -> tuple[Verb, tuple[Slot, ...]]:
    if address is None:
        if method == "GET":
            return Verb.LIST, ()
        return Verb.CREATE, (history.slot_of(collection, str(body.get("key"))),)
    return _CONNECT_VERBS[method], (history.slot_of(collection, address.removeprefix("key=")),)


def _of_origin(body: Json, world: str, history: History) -> tuple[Slot, ...]:
    names = [item.get("originId") or item.get("externalId") for item in body.get("certifications", ())]
    names += [criterion.get("value") for criterion in body.get("searchCriteria", ())]
    return tuple(history.slot_of(world, str(name)) for name in names)

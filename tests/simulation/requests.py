"""Decode requests: what they ask for, and of which slots."""

import json
import re
from typing import Final

import httpx

from simulation.event_log import Verb
from simulation.history import History, Slot
from simulation.layout import Json

_WORLD: Final = re.compile(r"/worlds/(?P<world>[^/]+)(?P<path>/.*)")
_DRAFT: Final = re.compile(r"/connectors/drafts(/(?P<address>[^/]+))?")
_ORIGIN: Final = re.compile(r"/equinox/connect/v1/(async/)?certifications/(?P<service>\w+)")
_RESULT: Final = re.compile(r".*/result/\w+/batch/(?P<batch>[^/]+)")
_DRAFT_VERBS: Final = {"GET": Verb.READ, "POST": Verb.UPDATE, "DELETE": Verb.DELETE}
_SERVICES: Final = {"search": Verb.READ, "create": Verb.CREATE, "update": Verb.UPDATE, "delete": Verb.DELETE}


def read_request(request: httpx.Request, history: History) -> tuple[str, str, Verb, Json, tuple[Slot, ...]]:
    """Return world, path, verb, decoded body and slots of a request."""
    found = _WORLD.fullmatch(request.url.path)
    assert found is not None, request.url.path
    world, path = found["world"], found["path"]
    if path.endswith("/oauth/token"):
        return world, path, Verb.TOKEN, None, ()
    body = decoded(request.content)
    if (draft := _DRAFT.fullmatch(path)) is not None:
        return world, path, *_of_connect(request.method, draft["address"], body, world, history)
    if (service := _ORIGIN.fullmatch(path)) is not None:
        return world, path, _SERVICES[service["service"]], body, _of_origin(body, world, history)
    assert _RESULT.fullmatch(path), path
    return world, path, Verb.RESULT, None, ()


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
    method: str, address: str | None, body: Json, world: str, history: History
) -> tuple[Verb, Json, tuple[Slot, ...]]:
    if address is None:
        if method == "GET":
            return Verb.LIST, body, ()
        return Verb.CREATE, body, (history.slot_of(world, str(body.get("key"))),)
    name = address.removeprefix("key=")
    return _DRAFT_VERBS[method], body, (history.slot_of(world, name),)


def _of_origin(body: Json, world: str, history: History) -> tuple[Slot, ...]:
    names = [item.get("originId") or item.get("externalId") for item in body.get("certifications", ())]
    names += [criterion.get("value") for criterion in body.get("searchCriteria", ())]
    return tuple(history.slot_of(world, str(name)) for name in names)

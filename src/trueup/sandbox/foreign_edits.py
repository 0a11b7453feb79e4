"""Edits by another client, such as the platform's website or another tool.

An edit is JSON: ``{"connector": KEY_OR_ID, "set": {"description": "x", "repository.tag": "v2"}}``, or the same with
``"certification": EXTERNAL_OR_ORIGIN_ID``; ``"delete": true`` instead of ``set`` deletes the resource. Names in ``set``
are paths into the stored resource, as ``/_sandbox/state`` shows it; null unsets. In a fault, an edit without a name
concerns the resource of the request.
"""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from trueup.sandbox.calls import Call
from trueup.sandbox.connect.drafts import HIDDEN, Drafts, configurations, content, has_changes
from trueup.sandbox.effects import Edit
from trueup.sandbox.origin.records import KIND as CERTIFICATION
from trueup.sandbox.origin.records import Records
from trueup.sandbox.store import Document
from trueup.sandbox.world import Sandbox

# ``key=`` is a literal part of the path (connect-api.md section 2), not of the key.
_DRAFT = re.compile(r"/connectors/drafts/(key=)?(?P<name>[^/]+)")


def edit_resource(sandbox: Sandbox, world: str, edit: Edit) -> int:
    """Change the resource that the edit names; return the number of resources changed."""
    return sum(_edit(sandbox, world, kind, edit.name or "", edit) for kind in _EDITORS if edit.kind in (None, kind))


def edit_addressed(sandbox: Sandbox, call: Call, edit: Edit) -> int:
    """Change the named resource, or else those of the request; return the number of resources changed."""
    if edit.name is not None:
        return edit_resource(sandbox, call.world, edit)
    return sum(_edit(sandbox, call.world, kind, name, edit) for kind, name in _addressed(call))


def _addressed(call: Call) -> Iterator[tuple[str, str]]:
    """Yield the kind and name of each resource that a request is about."""
    draft = _DRAFT.fullmatch(call.path)
    if draft:
        yield "connector", draft["name"]
    body = call.json()
    if not isinstance(body, Mapping):
        return
    for item in _mappings(body.get("certifications")):
        yield "certification", str(item.get("originId") or item.get("externalId"))
    # A search names its certification in a criterion: an edit can come before a read as well as before a write.
    for criterion in _mappings(body.get("searchCriteria")):
        yield "certification", str(criterion.get("value"))


def _mappings(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _edit(sandbox: Sandbox, world: str, kind: str, name: str, edit: Edit) -> int:
    with sandbox.store.transaction():
        return _EDITORS[kind](sandbox, world, name, edit.changes)


def _edit_connector(sandbox: Sandbox, world: str, name: str, changes: Mapping[str, Any] | None) -> int:
    drafts = Drafts(sandbox.store, world)
    # By key first: a key may look like an id (connect-api.md section 2).
    draft = drafts.by_key(name) or drafts.by_id(name)
    if draft is None:
        return 0
    if changes is None:
        drafts.remove(draft)
        return 1
    edited = _changed(draft, changes)
    if edited["repository"] != draft["repository"]:
        # The platform reads configurations from the repository, so they follow it as after setRepository.
        edited["configurations"] = configurations(edited["repository"]["url"], edited["repository"]["tag"])
    if content(edited) != content(draft):
        edited["hasChanges"] = has_changes(edited, sandbox.settings)
    # Every write raises the version, so that the next write with the old one gets 409 (connect-api.md section 6).
    edited["version"] += 1
    edited[HIDDEN]["lastModifiedAt"] = sandbox.clock.now()
    drafts.save(edited)
    return 1


def _edit_certification(sandbox: Sandbox, world: str, name: str, changes: Mapping[str, Any] | None) -> int:
    records, now = Records(sandbox, world), sandbox.clock.now()
    by_id = sandbox.store.get(world, CERTIFICATION, name)
    found = [by_id] if by_id else records.named(name)
    for certification in found:
        if changes is None:
            records.delete(certification)
        else:
            records.put(_changed(certification, changes))
    records.commit(now)
    return len(found)


_EDITORS = {"connector": _edit_connector, "certification": _edit_certification}


def _changed(document: Document, changes: Mapping[str, Any]) -> Document:
    changed = deepcopy(document)
    for path, value in changes.items():
        *outer, last = path.split(".")
        target = changed
        for name in outer:
            target = target.setdefault(name, {})
        # A stored list is empty when it is unset, never null.
        target[last] = [] if value is None and isinstance(target.get(last), list) else value
    return changed

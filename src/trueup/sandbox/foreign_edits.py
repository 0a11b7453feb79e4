"""Edits by another client, such as the platform's website or another tool.

An edit is JSON: ``{"connector": KEY_OR_ID, "set": {"description": "x", "repository.tag": "v2"}}``, or the same with
``"deployment": KEY_OR_ID`` (also ``PROJECT/KEY``) or ``"certification": EXTERNAL_OR_ORIGIN_ID``. Instead of ``set``,
``"delete": true`` deletes the resource at once, ``"redeploy": {...}`` redeploys a deployment with this payload, and
``"rollback": NUMBER`` deploys one of its revisions again, secured values included (``deployment-api.md`` section 10).
Names in ``set`` are paths into the stored resource, as ``/_sandbox/state`` shows it; null unsets. In a fault, an edit
without a name concerns the resource of the request.

What connect.yaml declares is set like other members, ``configurations``, ``globalConfiguration`` and ``apiClient``, and
is kept for the tag that the draft then has; ``_sandbox.contracts`` maps other tags to these members. ``_sandbox.next``
says how the next run or deletion of a deployment ends: ``{"deployment": "Failed", "undeploy": "UndeployFailed"}``.
"""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from trueup.sandbox.calls import Call
from trueup.sandbox.connect.connectors import CONTRACT, contracts_of, read_contract
from trueup.sandbox.connect.deployment_pipeline import settle_deployments
from trueup.sandbox.connect.deployment_values import new_application
from trueup.sandbox.connect.deployment_writes import roll_back, update
from trueup.sandbox.connect.deployments import SECURED, STANDARD, Deployments, name_of, seal
from trueup.sandbox.connect.drafts import HIDDEN, Drafts, content, has_changes
from trueup.sandbox.connect.errors import Failure
from trueup.sandbox.connect.pipeline import settle
from trueup.sandbox.effects import Edit
from trueup.sandbox.origin.records import KIND as CERTIFICATION
from trueup.sandbox.origin.records import Records
from trueup.sandbox.store import Document
from trueup.sandbox.world import Sandbox

# ``key=`` is a literal part of the path (connect-api.md section 2), not of the key.
_DRAFT = re.compile(r"/connectors/drafts/(key=)?(?P<name>[^/]+)")
_DEPLOYMENT = re.compile(r"/(?P<project>[^/]+)/deployments/(?P<key>key=)?(?P<name>[^/]+)")


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
    deployment = _DEPLOYMENT.fullmatch(call.path)
    if deployment:
        name = deployment["name"]
        yield "deployment", name_of(deployment["project"], name) if deployment["key"] else name
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
        return _EDITORS[kind](sandbox, world, name, edit)


def _edit_connector(sandbox: Sandbox, world: str, name: str, edit: Edit) -> int:
    drafts = Drafts(sandbox.store, world)
    # By key first: a key may look like an id (connect-api.md section 2).
    draft = drafts.by_key(name) or drafts.by_id(name)
    if draft is None or edit.is_run:
        return 0
    if edit.changes is None:
        drafts.remove(draft)
        return 1
    edited = _changed(draft, edit.changes)
    if any(edited[member] != draft[member] for member in CONTRACT):
        own = dict(contracts_of(edited))
        tag = edited["repository"]["tag"]
        own[tag] = {**own.get(tag, {}), **{member: edited[member] for member in CONTRACT}}
        edited[HIDDEN]["contracts"] = own
    if edited["repository"] != draft["repository"] or contracts_of(edited) != contracts_of(draft):
        # The platform reads configurations from the repository, so they follow it as after setRepository.
        read_contract(edited)
    if content(edited) != content(draft):
        edited["hasChanges"] = has_changes(edited, sandbox.settings)
    # Every write raises the version, so that the next write with the old one gets 409 (connect-api.md section 6).
    edited["version"] += 1
    edited[HIDDEN]["lastModifiedAt"] = sandbox.clock.now()
    drafts.save(edited)
    return 1


def _edit_deployment(sandbox: Sandbox, world: str, name: str, edit: Edit) -> int:
    deployments = Deployments(sandbox.store, world)
    if edit.is_run:
        # A request would have advanced the pipelines, whose results decide what is deployed.
        settle(sandbox, world)
        settle_deployments(sandbox, world)
        return sum(_run(sandbox, world, found, edit) for found in deployments.named(name))
    named = deployments.named(name)
    for deployment in named:
        if edit.changes is None:
            deployments.remove(deployment)
            continue
        edited = _changed(deployment, edit.changes)
        for key, application in edited["applications"].items():
            # The edit may have added an application of which it knows only some values.
            blank = new_application(application.get("id") or sandbox.ids.next())
            edited["applications"][key] = {**blank, **application}
        for values in (*edited["applications"].values(), edited["globalConfiguration"]):
            _normalise(values)
        edited["version"] += 1
        edited[HIDDEN]["lastModifiedAt"] = sandbox.clock.now()
        deployments.save(edited)
    return len(named)


def _run(sandbox: Sandbox, world: str, deployment: Document, edit: Edit) -> int:
    """Redeploy or roll back a deployment; return 0 when the platform refuses it."""
    try:
        if edit.rollback is not None:
            roll_back(sandbox, world, deployment, edit.rollback)
        else:
            body = {"version": deployment["version"], "actions": [{**(edit.redeploy or {}), "action": "redeploy"}]}
            update(sandbox, world, deployment[HIDDEN]["project"], deployment["id"], body)
    except Failure:
        return 0
    return 1


def _normalise(values: Document) -> None:
    """Bring edited values into the stored form: null removes one, a secured text is sealed."""
    for side in (STANDARD, SECURED):
        values[side] = {key: value for key, value in values[side].items() if value is not None}
    values[SECURED] = {key: seal(value) if isinstance(value, str) else value for key, value in values[SECURED].items()}


def _edit_certification(sandbox: Sandbox, world: str, name: str, edit: Edit) -> int:
    records, now = Records(sandbox, world), sandbox.clock.now()
    by_id = sandbox.store.get(world, CERTIFICATION, name)
    found = [by_id] if by_id else records.named(name)
    if edit.is_run:
        return 0
    for certification in found:
        if edit.changes is None:
            records.delete(certification)
        else:
            records.put(_changed(certification, edit.changes))
    records.commit(now)
    return len(found)


_EDITORS = {"connector": _edit_connector, "deployment": _edit_deployment, "certification": _edit_certification}


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

"""Turn a plan into plain JSON: the stable machine form of ``--format json`` and of a saved plan.

The inner types may change from release to release; this form changes only together with :data:`FORMAT_VERSION`. It
holds no secret, because no manifest and no plan does. Texts keep their spelling and lists their order, so that what is
read back is equal to what was written.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Final, assert_never

from trueup.model.action import (
    Action,
    AddComment,
    AddElement,
    AddMember,
    Create,
    Delete,
    Publish,
    RemoveElement,
    RemoveMember,
    RequestPreview,
    SetMembers,
    SetParts,
    SetValue,
    Unlist,
)
from trueup.model.identity import Identity
from trueup.model.live import Lifecycle, ReportEntry
from trueup.model.manifest import LifecycleSpec
from trueup.model.plan import (
    DigestIs,
    MustNotExist,
    Plan,
    PlannedAction,
    PlannedFinding,
    PlanRules,
    Precondition,
    ResourcePlan,
    VersionIs,
)
from trueup.model.position import Position
from trueup.model.target import Place
from trueup.model.value import Absent, Desired, Elements, Known, LiveValue, Members, NotReturned, Parts, Value

FORMAT_VERSION: Final = 2

JsonObject = dict[str, object]

_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def value_to_json(value: Value) -> object:
    """Return a scalar as it is, and anything else as an object whose one key names what it holds."""
    match value:
        case str() | int():
            return value
        case Members(values):
            return {"members": list(values)}
        case Parts(values):
            return {"parts": dict(values)}
        case Elements(by_key, ambiguous):
            return {
                "elements": [{"key": list(key), "attributes": dict(attributes)} for key, attributes in by_key.items()],
                "ambiguous": [list(key) for key in sorted(ambiguous)],
            }
        case _ as never:
            assert_never(never)


def live_to_json(live: LiveValue) -> object:
    """Return ``{"known": value}``, ``"absent"`` or ``"not-returned"``."""
    match live:
        case Known(value):
            return {"known": value_to_json(value)}
        case Absent():
            return "absent"
        case NotReturned():
            return "not-returned"
        case _ as never:
            assert_never(never)


def desired_to_json(desired: Desired) -> JsonObject:
    """Return field paths with their values."""
    return {path: value_to_json(value) for path, value in desired.items()}


def action_to_json(action: Action) -> JsonObject:  # noqa: C901, PLR0912 - one arm an action, none of them nested
    """Return an action as an object whose ``type`` names it."""
    match action:
        case SetValue(path, value):
            return {"type": "set-value", "path": path, "value": value}
        case SetMembers(path, members):
            return {"type": "set-members", "path": path, "members": list(members)}
        case AddMember(path, member):
            return {"type": "add-member", "path": path, "member": member}
        case RemoveMember(path, member):
            return {"type": "remove-member", "path": path, "member": member}
        case SetParts(path, parts):
            return {"type": "set-parts", "path": path, "parts": dict(parts)}
        case AddElement(path, key, attributes):
            return {"type": "add-element", "path": path, "key": list(key), "attributes": dict(attributes)}
        case RemoveElement(path, key):
            return {"type": "remove-element", "path": path, "key": list(key)}
        case Create(fields):
            return {"type": "create", "fields": desired_to_json(fields)}
        case Delete(reason):
            return {"type": "delete", "reason": reason}
        case RequestPreview():
            return {"type": "request-preview"}
        case Publish(certification):
            return {"type": "publish", "certification": certification}
        case Unlist():
            return {"type": "unlist"}
        case AddComment(comment):
            return {"type": "add-comment", "comment": comment}
        case _ as never:
            assert_never(never)


def identity_to_json(identity: Identity) -> JsonObject:
    """Return the four parts of an identity."""
    return {
        "target": identity.target,
        "kind": str(identity.kind),
        "field": str(identity.field),
        "value": identity.value,
    }


def position_to_json(position: Position | None) -> JsonObject | None:
    """Return file, line and column, or None for no place."""
    if position is None:
        return None
    return {"file": position.file, "line": position.line, "column": position.column}


def precondition_to_json(precondition: Precondition | None) -> JsonObject | None:
    """Return a precondition as an object whose ``type`` names it."""
    match precondition:
        case None:
            return None
        case MustNotExist():
            return {"type": "must-not-exist"}
        case VersionIs(remote_id, version):
            return {"type": "version-is", "remoteId": remote_id, "version": version}
        case DigestIs(remote_id, digest):
            return {"type": "digest-is", "remoteId": remote_id, "digest": digest}
        case _ as never:
            assert_never(never)


def observed_to_json(observed: Mapping[str, LiveValue]) -> JsonObject:
    """Return field paths with what the platform said of them."""
    return {path: live_to_json(live) for path, live in observed.items()}


def lifecycle_to_json(lifecycle: LifecycleSpec) -> JsonObject:
    """Return a manifest's lifecycle block in the manifest's own spelling, every member given."""
    return {
        "previewable": lifecycle.previewable,
        "publish": str(lifecycle.publish),
        "listed": lifecycle.listed,
        "certificationComments": list(lifecycle.certification_comments),
        "protect": lifecycle.protect,
        "state": str(lifecycle.state),
        "reason": lifecycle.reason,
    }


def live_lifecycle_to_json(lifecycle: Lifecycle | None) -> JsonObject | None:
    """Return where a connector's draft stood, its reports included; None for what has no such states."""
    if lifecycle is None:
        return None
    return {
        "status": lifecycle.status,
        "previewable": lifecycle.previewable,
        "private": lifecycle.private,
        "listed": lifecycle.listed,
        "hasChanges": lifecycle.has_changes,
        "comments": list(lifecycle.comments),
        "previewReport": [_report_entry(entry) for entry in lifecycle.preview_report],
        "publishReport": [_report_entry(entry) for entry in lifecycle.publish_report],
    }


def _report_entry(entry: ReportEntry) -> JsonObject:
    return {
        "type": entry.kind,
        "title": entry.title,
        "message": entry.message,
        "application": entry.application,
        "createdAt": entry.created_at,
    }


def rules_to_json(rules: PlanRules) -> JsonObject:
    """Return what a run allowed its plan to ask for."""
    return {
        "processes": rules.processes,
        "retryRejected": rules.retry_rejected,
        "duringCertification": rules.during_certification,
    }


def place_to_json(place: Place) -> JsonObject:
    """Return where a target leads."""
    return {
        "platform": str(place.platform),
        "address": place.address,
        "authUrl": place.auth_url,
        "projectKey": place.project_key,
    }


def plan_to_json(plan: Plan) -> JsonObject:
    """Return the whole plan; ``trueup.plan.saved.plan_from_json`` reads it back to an equal plan."""
    document: JsonObject = {
        "formatVersion": FORMAT_VERSION,
        "digest": plan.digest,
        "forecast": {"requests": plan.forecast.requests, "seconds": plan.forecast.seconds},
        "unmanaged": dict(plan.unmanaged),
        "base": None if plan.base is None else {"revision": plan.base.revision, "commit": plan.base.commit},
        "gone": [
            {"identity": identity_to_json(gone.identity), "position": position_to_json(gone.position)}
            for gone in plan.gone
        ],
        "targets": {target: place_to_json(place) for target, place in plan.places.items()},
        "movedTargets": [
            {
                "target": moved.target,
                "then": None if moved.then is None else place_to_json(moved.then),
                "now": place_to_json(moved.now),
            }
            for moved in plan.moved
        ],
        "resources": [resource_to_json(resource) for resource in plan.resources],
    }
    return document | {"checksum": checksum(document)}


def checksum(document: JsonObject) -> str:
    """Return the checksum of a plan's document, which does not count itself: it tells damage, not who wrote it."""
    return text_digest({name: member for name, member in document.items() if name != "checksum"})


def text_digest(document: object) -> str:
    """Return a digest that trueup alone compares: faster than RFC 8785, and as indifferent to the order of members."""
    return "sha256:" + hashlib.sha256(_ENCODER.encode(document).encode()).hexdigest()


def resource_to_json(resource: ResourcePlan) -> JsonObject:
    """Return the plan of one resource."""
    return {
        "identity": identity_to_json(resource.identity),
        "verdict": str(resource.verdict),
        "position": position_to_json(resource.position),
        "locale": resource.locale,
        "precondition": precondition_to_json(resource.precondition),
        "actions": [_planned_action(planned) for planned in resource.actions],
        "findings": [_planned_finding(planned) for planned in resource.findings],
        "desired": desired_to_json(resource.desired),
        "observed": observed_to_json(resource.observed),
        "content": observed_to_json(resource.content),
        "liveLifecycle": live_lifecycle_to_json(resource.live_lifecycle),
        "known": observed_to_json(resource.known),
        "remembered": [action_to_json(action) for action in resource.remembered],
        "lifecycle": lifecycle_to_json(resource.lifecycle),
        "rules": rules_to_json(resource.rules),
        "manifestDigest": resource.manifest_digest,
        "error": resource.error,
    }


def _planned_action(planned: PlannedAction) -> JsonObject:
    return {
        "action": action_to_json(planned.action),
        "stage": planned.stage,
        "reason": str(planned.reason),
        "risk": str(planned.risk),
        "before": live_to_json(planned.before),
        "after": live_to_json(planned.after),
        "position": position_to_json(planned.position),
        "cause": None if planned.cause is None else str(planned.cause),
    }


def _planned_finding(planned: PlannedFinding) -> JsonObject:
    finding = planned.finding
    return {
        "level": str(finding.level),
        "code": finding.code,
        "message": finding.message,
        "path": finding.path,
        "position": position_to_json(planned.position),
    }

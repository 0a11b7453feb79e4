"""Turn what live changed by itself into plain JSON and back."""

from trueup.model.action import Reason
from trueup.model.drift import Drift, Fate, ResourceDrift
from trueup.model.field import Risk
from trueup.model.plan import Base, Cause, PlannedAction
from trueup.model.value import LiveValue
from trueup.plan.jsonable import JsonObject, action_to_json, identity_to_json, live_to_json, position_to_json
from trueup.plan.revive import action_from_json, identity_from_json, live_from_json, position_from_json
from trueup.plan.strict import Node


def drift_to_json(drift: Drift) -> JsonObject:
    """Return the drift; a change's ``action`` is what was done to live, one that is ``left`` is what undoes it."""
    return {
        "base": None if drift.base is None else {"revision": drift.base.revision, "commit": drift.base.commit},
        "resources": [
            {
                "identity": identity_to_json(resource.identity),
                "fate": resource.fate.value,
                "position": position_to_json(resource.position),
                "locale": resource.locale,
                "changes": [change_to_json(planned) for planned in resource.changes],
                "left": [_left_to_json(planned) for planned in resource.left],
                "notReturned": list(resource.unseen),
                "error": resource.error,
            }
            for resource in drift.resources
        ],
    }


def change_to_json(planned: PlannedAction) -> JsonObject:
    """Return one change of live; ``alsoYours``: the manifest changed the same thing."""
    told = _difference_to_json(planned, wanted=planned.before, live=planned.after)
    return {**told, "alsoYours": planned.cause is Cause.BOTH}


def _left_to_json(planned: PlannedAction) -> JsonObject:
    return _difference_to_json(planned, wanted=planned.after, live=planned.before)


def _difference_to_json(planned: PlannedAction, *, wanted: LiveValue, live: LiveValue) -> JsonObject:
    return {
        "action": action_to_json(planned.action),
        "reason": planned.reason.value,
        "risk": planned.risk.value,
        "wanted": live_to_json(wanted),
        "live": live_to_json(live),
        "position": position_to_json(planned.position),
    }


def drift_from_json(node: Node) -> Drift:
    """Read what :func:`drift_to_json` wrote; raises :class:`~trueup.plan.strict.Unexpected` where it is something else.

    Stages are not kept: what live did by itself has none.
    """
    return Drift(
        resources=tuple(_resource(item) for item in node["resources"].items()),
        base=node["base"].optional(lambda base: Base(revision=base["revision"].words(), commit=base["commit"].text())),
    )


def _resource(node: Node) -> ResourceDrift:
    return ResourceDrift(
        identity=identity_from_json(node["identity"]),
        fate=node["fate"].one_of(Fate),
        position=position_from_json(node["position"]),
        locale=node["locale"].optional(Node.text),
        changes=tuple(_change(item) for item in node["changes"].items()),
        left=tuple(_left(item) for item in node["left"].items()),
        unseen=node["notReturned"].texts(),
        error=node["error"].words(),
    )


def _change(node: Node) -> PlannedAction:
    cause = Cause.BOTH if node["alsoYours"].boolean() else Cause.DRIFT
    return _action(node, before=node["wanted"], after=node["live"], cause=cause)


def _left(node: Node) -> PlannedAction:
    return _action(node, before=node["live"], after=node["wanted"], cause=Cause.DRIFT)


def _action(node: Node, *, before: Node, after: Node, cause: Cause) -> PlannedAction:
    return PlannedAction(
        action=action_from_json(node["action"]),
        stage=0,
        reason=node["reason"].one_of(Reason),
        risk=node["risk"].one_of(Risk),
        before=live_from_json(before),
        after=live_from_json(after),
        position=node["position"].optional(position_from_json),
        cause=cause,
    )

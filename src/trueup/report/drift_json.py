"""Turn what live changed by itself into plain JSON."""

from trueup.model.drift import Drift
from trueup.model.plan import Cause, PlannedAction
from trueup.plan.jsonable import JsonObject, action_to_json, identity_to_json, live_to_json, position_to_json


def drift_to_json(drift: Drift) -> JsonObject:
    """Return the drift; a change's ``action`` is what was done to live, not what undoes it."""
    return {
        "base": None if drift.base is None else {"revision": drift.base.revision, "commit": drift.base.commit},
        "resources": [
            {
                "identity": identity_to_json(resource.identity),
                "fate": resource.fate.value,
                "position": position_to_json(resource.position),
                "locale": resource.locale,
                "changes": [change_to_json(planned) for planned in resource.changes],
                "left": [action_to_json(planned.action) for planned in resource.left],
                "error": resource.error,
            }
            for resource in drift.resources
        ],
    }


def change_to_json(planned: PlannedAction) -> JsonObject:
    """Return one change of live; ``alsoYours``: the manifest changed the same thing."""
    return {
        "action": action_to_json(planned.action),
        "reason": planned.reason.value,
        "wanted": live_to_json(planned.before),
        "live": live_to_json(planned.after),
        "position": position_to_json(planned.position),
        "alsoYours": planned.cause is Cause.BOTH,
    }

"""The live state of a deployment for people (``deployment-api.md`` section 5)."""

from typing import Final

from trueup.kinds.deployment.live import split_release
from trueup.kinds.deployment.states import (
    ROLLING_OUT,
    STATUSES,
    DeploymentStatus,
    has_newer_release,
    is_unfinished,
    problems,
)
from trueup.model.live import Lifecycle, Live
from trueup.model.overview import Condition, LiveStatus

_REMOVAL: Final = "removal"
_ROLLOUT: Final = "rollout"
# A failed update leaves the previous code serving, while the copy of the connector may be the new one (section 4).
_OLDER: Final = "Older code may be serving."


def live_status(live: Live) -> LiveStatus:
    """Return the state of a deployment, the code that it runs, and newer code that its connector offers."""
    lifecycle = live.lifecycle
    if lifecycle is None:
        return LiveStatus(state="not returned", condition=Condition.UNKNOWN)
    condition = _condition(lifecycle)
    tag, release = split_release(lifecycle.running_release)
    removed = lifecycle.status == DeploymentStatus.UNDEPLOYING
    notes = {
        _OLDER: condition is Condition.FAILED,
        f"Its connector offers {lifecycle.offered_release}.": has_newer_release(lifecycle),
    }
    return LiveStatus(
        state=f"{lifecycle.status}, with problems" if condition is Condition.WARNED else lifecycle.status,
        condition=condition,
        running=(_REMOVAL if removed else _ROLLOUT,) if condition is Condition.RUNNING else (),
        tag=tag,
        release=release,
        report=lifecycle.publish_report,
        notes=tuple(note for note, holds in notes.items() if holds),
    )


def _condition(lifecycle: Lifecycle) -> Condition:
    if lifecycle.status not in STATUSES:
        return Condition.UNKNOWN
    # Before the unfinished ones: a draft is both, and clients wait for it (section 13).
    if lifecycle.status in {*ROLLING_OUT, DeploymentStatus.UNDEPLOYING}:
        return Condition.RUNNING
    if is_unfinished(lifecycle):
        return Condition.FAILED
    return Condition.WARNED if problems(lifecycle) else Condition.STEADY

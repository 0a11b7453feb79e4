"""The states of a deployment, and the progress of a rollout (``deployment-api.md`` section 5)."""

from enum import StrEnum
from typing import Final

from trueup.kinds.processes import ProcessProgress
from trueup.model.action import Delete, ProcessAction, Rollout
from trueup.model.live import Lifecycle, ReportEntry


class DeploymentStatus(StrEnum):
    """The state of a deployment, as spelled on the wire."""

    DRAFT = "Draft"
    QUEUED = "Queued"
    DEPLOYING = "Deploying"
    DEPLOYED = "Deployed"
    FAILED = "Failed"
    UNDEPLOYING = "Undeploying"
    UNDEPLOY_FAILED = "UndeployFailed"


STATUSES: Final = frozenset(DeploymentStatus)
BUSY: Final = frozenset({DeploymentStatus.QUEUED, DeploymentStatus.DEPLOYING, DeploymentStatus.UNDEPLOYING})
"""Statuses in which every write is refused (section 4)."""
ROLLING_OUT: Final = frozenset({DeploymentStatus.DRAFT, DeploymentStatus.QUEUED, DeploymentStatus.DEPLOYING})
"""Statuses that a rollout goes through. When the first of them occurs is not documented (section 5)."""
_UNFINISHED: Final = frozenset({DeploymentStatus.DRAFT, DeploymentStatus.FAILED, DeploymentStatus.UNDEPLOY_FAILED})
"""Statuses in which a redeployment is accepted and needed: the values may be as wanted while older code serves."""


def is_unfinished(live: Lifecycle) -> bool:
    """Return whether the last rollout of a deployment did not end in success."""
    return live.status in _UNFINISHED


def has_newer_release(live: Lifecycle) -> bool:
    """Return whether the connector is known to offer other code than the deployment runs."""
    return "" not in (live.offered_release, live.running_release) and live.offered_release != live.running_release


def problems(live: Lifecycle) -> tuple[ReportEntry, ...]:
    """Return the warnings and errors of the last rollout. A deployment can be Deployed with failed scripts."""
    return tuple(entry for entry in live.publish_report if entry.is_problem)


def progress(action: ProcessAction, *, before: Lifecycle, now: Lifecycle | None, accepted: bool) -> ProcessProgress:
    """Return the progress of a rollout or a deletion by comparing the current state with the one before it was sent.

    ``now`` is None if the deployment no longer exists. ``accepted``: the platform confirmed the action. After a lost
    response this is not known, and a state that existed before proves nothing.
    """
    if isinstance(action, Delete):
        return _deletion(now, accepted=accepted)
    if now is None:
        return ProcessProgress.REJECTED if accepted else ProcessProgress.NOT_TAKEN
    if not isinstance(action, Rollout):
        raise TypeError(f"deployments have no {type(action).__name__}")
    if not accepted and now.latest_run == before.latest_run:
        return ProcessProgress.NOT_TAKEN
    if now.status not in STATUSES:
        return ProcessProgress.UNDECIDED
    if now.status in ROLLING_OUT:
        return ProcessProgress.RUNNING
    # A rollout has been seen to report success and to go on serving the old code (section 4). Meanwhile the connector
    # may have been published again.
    wanted = {before.offered_release, now.offered_release} if action.follow else {before.running_release}
    succeeded = now.status == DeploymentStatus.DEPLOYED and now.running_release in wanted
    return ProcessProgress.SUCCEEDED if succeeded else ProcessProgress.REJECTED


def _deletion(now: Lifecycle | None, *, accepted: bool) -> ProcessProgress:
    if now is None:
        return ProcessProgress.SUCCEEDED
    if now.status == DeploymentStatus.UNDEPLOYING:
        return ProcessProgress.RUNNING
    if now.status not in STATUSES:
        return ProcessProgress.UNDECIDED
    failed = accepted and now.status == DeploymentStatus.UNDEPLOY_FAILED
    return ProcessProgress.REJECTED if failed else ProcessProgress.NOT_TAKEN

"""Log what a plan or a drift check decided, and why.

Planning is pure and has no logger; what it decided is data, and is logged here under the name of its package.
"""

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from trueup.model.drift import Drift
    from trueup.model.plan import Plan, PlannedAction, ResourcePlan

_LOG: Final = logging.getLogger("trueup.plan")


def log_plan(plan: "Plan") -> None:
    """Log the verdict of each resource with what it follows from."""
    if _LOG.isEnabledFor(logging.INFO):
        for resource in plan.resources:
            _LOG.info("%s: %s. %s", resource.identity, resource.verdict, " ".join(_reasons(resource)))


def log_drift(drift: "Drift") -> None:
    """Log what became of each resource by itself."""
    if _LOG.isEnabledFor(logging.INFO):
        for resource in drift.resources:
            changed = ", ".join(dict.fromkeys(map(_change, resource.changes)))
            reason = resource.error or (f"Live differs in {changed}." if changed else "")
            unseen = f" Not returned: {', '.join(resource.unseen)}." if resource.unseen else ""
            _LOG.info("%s: %s. %s%s", resource.identity, resource.fate, reason, unseen)


def _reasons(resource: "ResourcePlan") -> Iterator[str]:
    from trueup.model.plan import DigestIs, MustNotExist, Verdict, VersionIs

    if resource.error:
        yield resource.error
    match resource.precondition:
        case VersionIs(version=version):
            yield f"Live has version {version}."
        case DigestIs(digest=digest):
            yield f"Live has the digest {digest[:19]}."
        case MustNotExist():
            yield "It does not exist live."
    if resource.verdict is Verdict.UNCHANGED:
        yield "Live equals the manifest in all that it manages."
    if resource.actions:
        yield f"Differences: {', '.join(dict.fromkeys(map(_change, resource.actions)))}."
    for planned in resource.findings:
        yield f"{planned.finding.level}[{planned.finding.code}]: {planned.finding.message}"


def _change(planned: "PlannedAction") -> str:
    path = getattr(planned.action, "path", "") or type(planned.action).__name__
    cause = f", {planned.cause}" if planned.cause else ""
    return f"{path} ({planned.reason}{cause})"

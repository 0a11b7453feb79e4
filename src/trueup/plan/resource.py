"""Plan one resource: what it is, what it should be, and the shortest way from the one to the other.

Nothing here can act. The same function plans from a manifest and plans again from an earlier plan (:func:`replan`),
which is what makes a rebase trustworthy: what is compared afterwards was made by one rule.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, assert_never

from trueup.diff.diff import diff
from trueup.diff.simulate import created, simulate
from trueup.kinds.registry import KINDS
from trueup.kinds.spec import KindSpec
from trueup.model.action import Create, FieldAction, Reason
from trueup.model.change import Change, Finding, Level
from trueup.model.field import Risk
from trueup.model.identity import Identity
from trueup.model.live import Lifecycle, Live, Missing, Reading, Unreadable
from trueup.model.manifest import LifecycleSpec, Manifest
from trueup.model.plan import (
    DigestIs,
    MustNotExist,
    PlannedAction,
    PlannedFinding,
    Precondition,
    ResourcePlan,
    Verdict,
    VersionIs,
)
from trueup.model.position import Position
from trueup.model.value import ABSENT, Desired, LiveValue
from trueup.plan.digest import live_digest
from trueup.plan.jsonable import action_key
from trueup.plan.place import place_of_action, place_of_path
from trueup.plan.source import manifest_digest

BUSY_STATUS: Final[Mapping[str, str]] = {
    "Processing": "The platform is publishing it and takes no changes until that is done.",
    "ReadyForCertification": "It waits for its certification; changing it now could invalidate the review.",
    "InCertification": "It is being certified; changing it now could invalidate the review.",
}
"""Statuses of a draft that take no changes (``connect-api.md`` section 5)."""

_PREVIEW_PENDING: Final = "A preview of it is being made; changing it now would make that preview worthless."


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Hold what is wanted of one resource and where that was written."""

    identity: Identity
    position: Position
    locale: str | None
    desired: Desired
    lifecycle: LifecycleSpec
    manifest_digest: str
    place: Callable[[FieldAction], Position]
    place_of_path: Callable[[str], Position]


def plan_resource(manifest: Manifest, reading: Reading) -> ResourcePlan:
    """Plan the way from what was read to what the manifest wants."""
    kind = KINDS[manifest.identity.kind]
    desired = kind.desired(manifest.spec)
    subject = Subject(
        identity=manifest.identity,
        position=manifest.positions.at(()),
        locale=manifest.locale,
        desired=desired,
        lifecycle=manifest.lifecycle,
        manifest_digest=manifest_digest(manifest, desired),
        place=lambda action: place_of_action(manifest, kind.by_path, action),
        place_of_path=lambda path: place_of_path(manifest, path),
    )
    return _plan(subject, kind, reading)


def replan(planned: ResourcePlan, reading: Reading) -> ResourcePlan:
    """Plan again for what ``planned`` wanted, from a fresh reading; ``planned`` must hold actions."""
    by_action = {action_key(p.action): p.position for p in planned.actions}
    by_path = {p.finding.path: p.position for p in planned.findings}
    subject = Subject(
        identity=planned.identity,
        position=planned.position,
        locale=planned.locale,
        desired=planned.desired,
        lifecycle=planned.lifecycle,
        manifest_digest=planned.manifest_digest,
        place=lambda action: by_action.get(action_key(action)) or planned.position,
        place_of_path=lambda path: by_path.get(path) or planned.position,
    )
    return _plan(subject, KINDS[planned.identity.kind], reading)


def managed(desired: Desired, fields: Mapping[str, LiveValue]) -> Mapping[str, LiveValue]:
    """Return the live side of what is managed, and nothing else."""
    return {path: fields.get(path, ABSENT) for path in desired}


def precondition_of(desired: Desired, live: Live) -> Precondition:
    """Return what must still be so when the plan is applied: the version, or what was seen where there is none."""
    if live.version is not None:
        return VersionIs(live.remote_id, live.version)
    return DigestIs(live.remote_id, live_digest(managed(desired, live.fields)))


def _plan(subject: Subject, kind: KindSpec, reading: Reading) -> ResourcePlan:
    match reading:
        case Unreadable(error):
            return replace(_result(subject, Verdict.UNREADABLE), error=str(error))
        case Missing():
            return _plan_creation(subject, kind)
        case Live():
            return _plan_update(subject, kind, reading)
        case _ as never:
            assert_never(never)


def _plan_creation(subject: Subject, kind: KindSpec) -> ResourcePlan:
    carried, _ = kind.creation(subject.desired)
    changes, findings = _way(subject, kind, created(kind.fields, carried), None)
    create = PlannedAction(
        action=Create(carried),
        stage=0,
        reason=Reason.DOES_NOT_EXIST,
        risk=Risk.ROUTINE,
        before=ABSENT,
        after=ABSENT,
        position=subject.position,
    )
    follow = tuple(replace(planned, stage=planned.stage + 1) for planned in _planned(subject, changes))
    return replace(
        _result(subject, Verdict.BLOCKED if _blocked(findings) else Verdict.CREATE, findings),
        precondition=MustNotExist(),
        actions=(create, *follow),
        desired=subject.desired,
        observed=dict.fromkeys(subject.desired, ABSENT),
    )


def _plan_update(subject: Subject, kind: KindSpec, live: Live) -> ResourcePlan:
    changes, findings = _way(subject, kind, live.fields, live)
    verdict = Verdict.UPDATE if changes else Verdict.UNCHANGED
    wait = busy(live.lifecycle) if changes else ()
    if wait:
        verdict, findings = Verdict.DEFERRED, findings + wait
    if _blocked(findings):
        verdict = Verdict.BLOCKED
    result = _result(subject, verdict, findings)
    if not changes:
        return result
    # Only what has actions keeps its fields: a plan over thousands of unchanged resources stays small.
    return replace(
        result,
        precondition=precondition_of(subject.desired, live),
        actions=_planned(subject, changes),
        desired=subject.desired,
        observed=managed(subject.desired, live.fields),
    )


def _way(
    subject: Subject, kind: KindSpec, start: Mapping[str, LiveValue], live: Live | None
) -> tuple[tuple[Change, ...], tuple[Finding, ...]]:
    """Return the changes that lead from ``start`` to what is wanted, and everything there is to say about them."""
    creating, lifecycle = live is None, live.lifecycle if live else None
    difference = diff(kind.fields, subject.desired, start)
    end = simulate(kind.fields, (change.action for change in difference.changes), start)
    again = diff(kind.fields, subject.desired, end)
    findings = (
        difference.findings
        + kind.check(
            subject.desired, end, creating, changes=difference.changes, lifecycle=lifecycle, identity=subject.identity
        )
        + _not_fixed(again.changes)
    )
    return difference.changes, findings


def _not_fixed(changes: Sequence[Change]) -> tuple[Finding, ...]:
    """Report what the simulated end still lacks: a plan that does not lead where it says is never sent."""
    return tuple(
        Finding(
            level=Level.BLOCKED,
            code="fixed-point",
            message="The planned actions would not lead to what is wanted here, so that every run would plan them "
            "again. Nothing is sent. This is a fault of trueup: please report it.",
            path=path,
        )
        for path in dict.fromkeys(change.action.path for change in changes)
    )


def busy(lifecycle: Lifecycle | None) -> tuple[Finding, ...]:
    """Return the finding that the platform takes no changes now, or nothing."""
    if lifecycle is None:
        return ()
    pending = _PREVIEW_PENDING if lifecycle.previewable == "pending" else ""
    message = BUSY_STATUS.get(lifecycle.status, pending)
    if not message:
        return ()
    return (Finding(level=Level.NOTE, code="busy", message=f"{message} Plan again later."),)


def _blocked(findings: Sequence[Finding]) -> bool:
    return any(finding.level is Level.BLOCKED for finding in findings)


def _planned(subject: Subject, changes: Sequence[Change]) -> tuple[PlannedAction, ...]:
    return tuple(
        PlannedAction(
            action=change.action,
            stage=change.stage,
            reason=change.reason,
            risk=change.risk,
            before=change.before,
            after=change.after,
            position=subject.place(change.action),
        )
        for change in changes
    )


def _result(subject: Subject, verdict: Verdict, findings: Sequence[Finding] = ()) -> ResourcePlan:
    return ResourcePlan(
        identity=subject.identity,
        verdict=verdict,
        position=subject.position,
        locale=subject.locale,
        findings=tuple(PlannedFinding(finding=f, position=subject.place_of_path(f.path)) for f in findings),
        lifecycle=subject.lifecycle,
        manifest_digest=subject.manifest_digest,
    )

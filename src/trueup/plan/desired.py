"""The desired state of one resource, from a manifest or an earlier plan, and the parts of its plan."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from trueup.diff.simulate import created, simulate
from trueup.kinds.base import KindSpec
from trueup.kinds.findings import DEFERRING_CODES
from trueup.kinds.processes import ProcessStep
from trueup.kinds.registry import KINDS
from trueup.model.action import Action, Change, Create, FieldAction, Finding, Level
from trueup.model.identity import Identity
from trueup.model.live import Live
from trueup.model.manifest import LifecycleSpec
from trueup.model.plan import (
    Cause,
    DigestIs,
    PlannedAction,
    PlannedFinding,
    PlanRules,
    Precondition,
    ResourcePlan,
    Verdict,
    VersionIs,
)
from trueup.model.position import Position
from trueup.model.value import ABSENT, Absent, Desired, LiveValue
from trueup.plan.digest import live_digest

Fields = Mapping[str, LiveValue]
"""Live values by path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredResource:
    """What is wanted of one resource, and the positions where it is written.

    ``place`` returns the position that asks for an action, ``place_of_path`` that of a field (dotted, below spec).
    For the other members see :class:`~trueup.model.plan.ResourcePlan`.
    """

    identity: Identity
    kind: KindSpec
    position: Position
    locale: str | None
    desired: Desired
    lifecycle: LifecycleSpec
    rules: PlanRules
    known: Fields
    remembered: tuple[FieldAction, ...]
    manifest_digest: str
    place: Callable[[Action], Position]
    place_of_path: Callable[[str], Position]

    def result(self, verdict: Verdict, findings: Sequence[Finding] = ()) -> ResourcePlan:
        """Return a plan without actions; members that only actions need are empty, to keep plans small."""
        return ResourcePlan(
            identity=self.identity,
            verdict=verdict,
            position=self.position,
            locale=self.locale,
            findings=tuple(PlannedFinding(finding=f, position=self.place_of_path(f.path)) for f in findings),
            lifecycle=self.lifecycle,
            rules=self.rules,
            known=self.known,
            remembered=self.remembered,
            manifest_digest=self.manifest_digest,
        )

    def planned(self, changes: Sequence[Change]) -> tuple[PlannedAction, ...]:
        """Return the planned actions of these changes."""
        return tuple(planned_action(change, change.stage, self.place(change.action)) for change in changes)


def planned_action(
    step: Change | ProcessStep, stage: int, position: Position, cause: Cause | None = None
) -> PlannedAction:
    """Return the planned action of a change or a process."""
    return PlannedAction(
        action=step.action,
        stage=stage,
        reason=step.reason,
        risk=step.risk,
        before=step.before,
        after=step.after,
        position=position,
        cause=cause,
    )


def observed_values(paths: Mapping[str, object], fields: Fields) -> Fields:
    """Return the live values at these paths; a path without one is absent."""
    return {path: fields.get(path, ABSENT) for path in paths}


def content_of(subject: DesiredResource, fields: Fields) -> Fields:
    """Return the unmanaged live fields that are not absent."""
    # Without absent fields, to keep plans small: a missing entry counts as absent.
    return {path: live for path, live in fields.items() if path not in subject.desired and not isinstance(live, Absent)}


def predict(planned: ResourcePlan, stage: Sequence[PlannedAction], seen: Fields) -> Fields:
    """Return the fields as they are after the stage if the platform does what it documents."""
    fields = KINDS[planned.identity.kind].fields
    match [p.action for p in stage]:
        case [Create(carried), *_]:
            return created(fields, carried)
        case actions:
            whole = {field.path: seen.get(field.path, ABSENT) for field in fields}
            return simulate(fields, (action for action in actions if isinstance(action, FieldAction)), whole)


def precondition_of(live: Live, observed: Fields) -> Precondition:
    """Return the condition under which the plan may be applied: the same version or, without one, the same fields."""
    if live.version is not None:
        return VersionIs(live.remote_id, live.version)
    # Origin has no versions. Unmanaged fields are not included, so that a change of them by others does not make the
    # plan outdated.
    return DigestIs(live.remote_id, live_digest(observed))


def held_by(planned: ResourcePlan) -> str:
    """Return the messages that say why nothing of a plan is sent, or why it is not sent now."""
    blocked = [p.finding.message for p in planned.findings if p.finding.level is Level.BLOCKED]
    waits = [p.finding.message for p in planned.findings if p.finding.code in DEFERRING_CODES]
    return " ".join(blocked or waits)


def blocked_plan(findings: Sequence[Finding]) -> bool:
    """Return whether one of the findings is blocked, so that nothing is sent."""
    return any(finding.level is Level.BLOCKED for finding in findings)

"""Hold what is wanted of one resource, whichever way it is planned, and put its plan together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from trueup.kinds.base import KindSpec
from trueup.model.action import Action, Change, FieldAction, Finding, Level
from trueup.model.identity import Identity
from trueup.model.live import Live
from trueup.model.manifest import LifecycleSpec
from trueup.model.plan import (
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


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredResource:
    """Hold what is wanted of one resource and where that was written; ``kind`` is its kind's table and rules."""

    identity: Identity
    kind: KindSpec
    position: Position
    locale: str | None
    desired: Desired
    lifecycle: LifecycleSpec
    rules: PlanRules
    known: Mapping[str, LiveValue]
    remembered: tuple[FieldAction, ...]
    manifest_digest: str
    place: Callable[[Action], Position]
    place_of_path: Callable[[str], Position]

    def result(self, verdict: Verdict, findings: Sequence[Finding] = ()) -> ResourcePlan:
        """Return a plan without an action; what only actions need is left out, so that a plan stays small."""
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
        """Return the planned actions of changes."""
        return tuple(
            PlannedAction(
                action=change.action,
                stage=change.stage,
                reason=change.reason,
                risk=change.risk,
                before=change.before,
                after=change.after,
                position=self.place(change.action),
            )
            for change in changes
        )


def observed_values(paths: Mapping[str, object], fields: Mapping[str, LiveValue]) -> Mapping[str, LiveValue]:
    """Return what live has at these paths, and nothing else."""
    return {path: fields.get(path, ABSENT) for path in paths}


def content_of(subject: DesiredResource, fields: Mapping[str, LiveValue]) -> Mapping[str, LiveValue]:
    """Return the fields that no manifest manages, those without a value left out."""
    return {path: live for path, live in fields.items() if path not in subject.desired and not isinstance(live, Absent)}


def precondition_of(live: Live, observed: Mapping[str, LiveValue]) -> Precondition:
    """Return what must still be so when the plan is applied: the version, or what was seen where there is none."""
    if live.version is not None:
        return VersionIs(live.remote_id, live.version)
    return DigestIs(live.remote_id, live_digest(observed))


def blocked_plan(findings: Sequence[Finding]) -> bool:
    """Say whether one of the findings keeps everything from being sent."""
    return any(finding.level is Level.BLOCKED for finding in findings)

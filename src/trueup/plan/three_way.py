"""Plan with a base: what another commit wanted gives each action its cause, and keeps its protection."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from trueup.diff.equality import holds
from trueup.kinds.base import KindSpec
from trueup.kinds.registry import KINDS
from trueup.model.action import Action, Create, Delete, LifecycleAction
from trueup.model.change import Finding, Level
from trueup.model.field import Risk
from trueup.model.identity import Identity
from trueup.model.manifest import NO_LIFECYCLE, LifecycleSpec, Manifest, State
from trueup.model.plan import Base, Cause, Moved, Plan, PlannedFinding, ResourcePlan, Verdict
from trueup.model.value import Desired, LiveValue
from trueup.plan.cause import Causes, causes, joined
from trueup.plan.digest import SENT
from trueup.plan.keys import subject_of
from trueup.plan.safety import hold_protected
from trueup.plan.whole import with_resources

UNKNOWN: Final = "What the base wanted of it cannot be read: see the warnings."


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """What another commit wanted of all that is planned.

    Of a resource in ``unknown`` it could not be read whether the commit wanted anything. ``moved`` are the targets that
    are not as in that commit, by name.
    """

    base: Base
    manifests: Mapping[Identity, Manifest]
    unknown: frozenset[Identity] = frozenset()
    moved: tuple[Moved, ...] = ()


def with_causes(planned: ResourcePlan, base: Manifest | None) -> ResourcePlan:
    """Return the plan with a cause at every action; ``base`` is None when the base did not know the resource.

    An action keeps the cause None when the platform does not return its field and the base wants the same.
    """
    if not planned.actions:
        return planned
    kind = KINDS[planned.identity.kind]
    then = None if base is None or base.lifecycle.state is State.ABSENT else kind.desired(base.spec)
    fields = causes(kind.fields, then, planned.desired, {**planned.observed, **planned.known})
    lifecycle = NO_LIFECYCLE if base is None else base.lifecycle

    def cause(action: Action) -> Cause | None:
        match action:
            case Create():
                return _of_creation(then, fields)
            case Delete():
                return _of_deletion(kind, then, planned.observed, lifecycle)
            case _ if isinstance(action, LifecycleAction):
                alike = kind.lifecycle.rows[type(action)].wanted_alike(action, lifecycle, planned.lifecycle)
                return _of_process(fields, alike=alike)
            case _:
                return fields[subject_of(action)]

    return replace(planned, actions=tuple(replace(p, cause=cause(p.action)) for p in planned.actions))


def hold_unknown(plan: Plan, since: Since | None, allowed: Collection[str] = ()) -> Plan:
    """Block what would take something away from others at a resource of which the base says nothing.

    It may have been protected there: under another of its names, in another repository, or in what cannot be read.
    ``allowed`` are the keys and ids of resources at which the user allows it. Without a base nothing is blocked.
    """
    if since is None:
        return plan
    held = tuple(
        hold_protected(resource) if _unprotected(resource, since, allowed) else resource for resource in plan.resources
    )
    return plan if held == plan.resources else with_resources(plan, held)


def _unprotected(resource: ResourcePlan, since: Since, allowed: Collection[str]) -> bool:
    return (
        resource.identity not in since.manifests
        and resource.identity.value not in allowed
        and resource.verdict in SENT
        and any(planned.risk is Risk.DESTRUCTIVE for planned in resource.actions)
    )


def hold_conflicts(plan: Plan) -> Plan:
    """Block every resource that both sides changed since the base, naming the fields."""
    resources = tuple(_held(resource) if _conflicts(resource) else resource for resource in plan.resources)
    return with_resources(plan, resources)


def _of_creation(then: Desired | None, fields: Causes) -> Cause:
    # What base wanted and is not there was taken away: drift, and a conflict with what you changed of it.
    return Cause.YOURS if then is None else joined([Cause.DRIFT, *filter(None, fields.values())]) or Cause.DRIFT


def _of_deletion(
    kind: KindSpec, then: Desired | None, live: Mapping[str, LiveValue], lifecycle: LifecycleSpec
) -> Cause:
    if lifecycle.state is State.ABSENT:
        return Cause.DRIFT
    # You delete what you knew; what somebody else made of it since, you have not seen.
    as_then = all(holds(kind.by_path[path], value, live[path]) for path, value in (then or {}).items())
    return Cause.YOURS if as_then else Cause.BOTH


def _of_process(fields: Causes, *, alike: bool) -> Cause | None:
    # What was wanted before is asked for again because the content changes, or because live left its state.
    of_content = set(fields.values()) - {Cause.DRIFT}
    if of_content - {None} or not alike:
        return Cause.YOURS
    return None if of_content else Cause.DRIFT


def _conflicts(resource: ResourcePlan) -> list[str]:
    """Return the fields that both sides changed, or a name for the whole resource."""
    if resource.verdict not in SENT:
        return []
    both = [p.action for p in resource.actions if p.cause is Cause.BOTH]
    return list(dict.fromkeys(getattr(action, "path", "the resource as a whole") for action in both))


def _held(resource: ResourcePlan) -> ResourcePlan:
    finding = Finding(
        level=Level.BLOCKED,
        code="conflict",
        message=f"Since the base, the manifest and live both changed {', '.join(_conflicts(resource))}. Nothing is "
        "sent for it. To keep what is live, write it into the manifest (trueup adopt --both); to overwrite it, apply "
        "with --on-conflict overwrite.",
    )
    held = PlannedFinding(finding=finding, position=resource.position)
    return replace(resource, verdict=Verdict.BLOCKED, findings=(*resource.findings, held))

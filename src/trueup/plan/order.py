"""The order between the resources of a plan: what a resource depends on comes first, and is deleted last.

A kind says which other resources a manifest refers to. Only resources of the same plan and the same address count.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter

from trueup.kinds.base import Reference
from trueup.kinds.registry import KINDS
from trueup.model.action import Finding, Level, LifecycleAction
from trueup.model.identity import Identity, TargetAddress
from trueup.model.live import Live, Reading
from trueup.model.manifest import Manifest, State
from trueup.model.plan import Cause, DigestIs, PlannedFinding, ResourcePlan, Verdict, VersionIs
from trueup.model.value import Desired, Known, LiveValue
from trueup.plan.digest import SENT
from trueup.plan.safety import blocked_by

Manifests = Mapping[Identity, Manifest]
Places = Mapping[str, TargetAddress]
_Plans = dict[Reference, list[ResourcePlan]]
"""Plans by what a manifest refers to; several if targets have resources of one name."""


def planned_in_order(
    manifests: Manifests,
    readings: Mapping[Identity, Reading],
    places: Places,
    plan: Callable[[Manifest, Reading], ResourcePlan],
) -> tuple[ResourcePlan, ...]:
    """Plan each resource after those that it refers to, and return the plans sorted by identity.

    A resource is planned against what these offer when they have been applied. ``places`` are the addresses of targets.
    """
    references = {identity: _referred(each, {}) for identity, each in manifests.items()}
    planned: list[ResourcePlan] = []
    done: _Plans = {}
    # First what refers to nothing: no kind refers to one that refers to others.
    for manifest in sorted(manifests.values(), key=lambda each: (bool(references[each.identity]), each.identity)):
        identity, reading = manifest.identity, readings[manifest.identity]
        movers: list[ResourcePlan] = []
        for other in _found(references[identity], identity, done, places):
            if isinstance(reading, Live) and other.verdict in SENT:
                expected = KINDS[identity.kind].expects(reading, _offered(other))
                movers += [other] if expected != reading else []
                reading = expected
        planned.append(_with_causes_of(movers, plan(manifest, reading)))
        _name(planned[-1], done)
    return in_order(sorted(planned, key=attrgetter("identity")), manifests, places)


def in_order(resources: Sequence[ResourcePlan], manifests: Manifests, places: Places) -> tuple[ResourcePlan, ...]:
    """Let each resource wait for what it needs, and a deletion for those that depend on what it deletes.

    A deletion is blocked if one of these stays.
    """
    plans: _Plans = {}
    for resource in resources:
        _name(resource, plans)
    waits: dict[Identity, list[Identity]] = {}
    stays: dict[Identity, list[Identity]] = {}
    for resource in resources:
        identity = resource.identity
        for other in _found(_referred(manifests[identity], resource.observed), identity, plans, places):
            if other.verdict is not Verdict.DELETE:
                if other.verdict in SENT and _needs(resource):
                    waits.setdefault(identity, []).append(other.identity)
            elif resource.lifecycle.state is State.PRESENT:
                stays.setdefault(other.identity, []).append(identity)
            elif resource.verdict in SENT:
                waits.setdefault(other.identity, []).append(identity)
    if not (waits or stays):
        return tuple(resources)
    return tuple(_ordered(r, tuple(waits.get(r.identity, ())), stays.get(r.identity, ())) for r in resources)


def _with_causes_of(movers: Sequence[ResourcePlan], resource: ResourcePlan) -> ResourcePlan:
    """Return the plan in which a process that only other resources make necessary has their cause."""
    found = {step.cause for other in movers for step in other.actions}
    cause = next((one for one in (Cause.YOURS, Cause.BOTH, Cause.MERGED) if one in found), None)
    if cause is None:
        return resource
    cause = Cause.YOURS if cause is Cause.BOTH else cause
    actions = tuple(
        replace(step, cause=cause) if step.cause is Cause.DRIFT and isinstance(step.action, LifecycleAction) else step
        for step in resource.actions
    )
    return replace(resource, actions=actions)


def _name(resource: ResourcePlan, plans: _Plans) -> None:
    """Add a plan by each name that a manifest can use."""
    seen = resource.precondition
    ids = {seen.remote_id} if isinstance(seen, VersionIs | DigestIs) else set[str]()
    for name in {resource.identity.value, *ids}:
        plans.setdefault((resource.identity.kind, name), []).append(resource)


def _offered(resource: ResourcePlan) -> Mapping[str, str]:
    return KINDS[resource.identity.kind].offers(resource.desired, [step.action for step in resource.actions])


def _found(references: Iterable[Reference], identity: Identity, plans: _Plans, places: Places) -> list[ResourcePlan]:
    """Return the resources to which one refers that are at the same address."""
    found = (other for reference in dict.fromkeys(references) for other in plans.get(reference, ()))
    return [other for other in found if _together(other.identity, identity, places)]


def _together(one: Identity, other: Identity, places: Mapping[str, TargetAddress]) -> bool:
    if one.target == other.target:
        return True
    # Drafts belong to an organization and not to a project, so two targets may lead to the same ones.
    here, there = places.get(one.target), places.get(other.target)
    return here is not None and there is not None and here.address == there.address


def _needs(resource: ResourcePlan) -> bool:
    actions = [step.action for step in resource.actions]
    return resource.verdict in SENT and KINDS[resource.identity.kind].needs(actions)


def _referred(manifest: Manifest, observed: Mapping[str, LiveValue]) -> Sequence[Reference]:
    """Return what a resource refers to; a tombstone may have no spec, so live values count too."""
    kind = KINDS[manifest.identity.kind]
    if kind.refers is None:
        return ()
    live: Desired = {path: live.value for path, live in observed.items() if isinstance(live, Known)}
    return kind.refers({**live, **kind.desired(manifest.spec)})


def _ordered(resource: ResourcePlan, waits: tuple[Identity, ...], stays: Sequence[Identity]) -> ResourcePlan:
    if stays:
        names = " and ".join(map(str, stays))
        message = f"{names} depends on it and stays. Delete that first, or remove this tombstone."
        return blocked_by(resource, Finding(level=Level.BLOCKED, code="still-in-use", message=message))
    if not waits:
        return resource
    names = " and ".join(map(str, waits))
    done = "is gone" if resource.verdict is Verdict.DELETE else "has been applied"
    note = Finding(level=Level.NOTE, code="waits-for", message=f"It starts when {names} {done}.")
    placed = PlannedFinding(finding=note, position=resource.position)
    return replace(resource, after=waits, findings=(*resource.findings, placed))

"""The order between the resources of a plan: what a resource depends on comes first, and is deleted last.

A kind says which other resources a manifest refers to. Only resources of the same plan and the same address count.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter

from trueup.kinds.base import Reference
from trueup.kinds.registry import KINDS
from trueup.model.action import Finding, Level
from trueup.model.identity import Identity, TargetAddress
from trueup.model.live import Live, Reading
from trueup.model.manifest import Manifest, State
from trueup.model.plan import DigestIs, PlannedFinding, ResourcePlan, Verdict, VersionIs
from trueup.model.value import Desired, Known
from trueup.plan.digest import SENT
from trueup.plan.safety import blocked_by

Manifests = Mapping[Identity, Manifest]
Places = Mapping[str, TargetAddress]


async def planned_in_order(
    manifests: Manifests,
    readings: Mapping[Identity, Reading],
    places: Places,
    plan: Callable[[Manifest, Reading], ResourcePlan],
    held: Callable[[Sequence[ResourcePlan]], Awaitable[Sequence[ResourcePlan]]],
) -> tuple[ResourcePlan, ...]:
    """Plan each resource after those that it refers to, and return the plans sorted by identity.

    A resource is planned against what these offer when they have been applied. ``places`` are the addresses of targets.
    ``held`` returns plans with those blocked that must not be applied: nothing may wait for one of these.
    """
    done: dict[Identity, ResourcePlan] = {}
    # First what refers to nothing: no kind refers to one that refers to others.
    for refers in (False, True):
        made = []
        for manifest in manifests.values():
            if bool(references := _references(manifest)) is not refers:
                continue
            reading = readings[manifest.identity]
            for other in _found(references, manifest.identity, done, places):
                if isinstance(reading, Live) and other.verdict in SENT:
                    reading = KINDS[manifest.identity.kind].expects(reading, _offered(other))
            made.append(plan(manifest, reading))
        done |= {resource.identity: resource for resource in await held(made)}
    return in_order(sorted(done.values(), key=attrgetter("identity")), manifests, places)


def in_order(resources: Sequence[ResourcePlan], manifests: Manifests, places: Places) -> tuple[ResourcePlan, ...]:
    """Let each resource wait for what it needs, and a deletion for those that depend on what it deletes.

    A deletion is blocked if one of these stays. It also waits for one that is to be deleted and cannot be now.
    """
    by_identity = {resource.identity: resource for resource in resources}
    waits: dict[Identity, list[Identity]] = {}
    stays: dict[Identity, list[Identity]] = {}
    for resource in resources:
        identity = resource.identity
        for other in _found(_referred(resource, manifests[identity]), identity, by_identity, places):
            if other.verdict is not Verdict.DELETE:
                if other.verdict in SENT and _needs(resource):
                    waits.setdefault(identity, []).append(other.identity)
            elif resource.lifecycle.state is State.PRESENT:
                stays.setdefault(other.identity, []).append(identity)
            elif resource.verdict is not Verdict.UNCHANGED:
                waits.setdefault(other.identity, []).append(identity)
    if not (waits or stays):
        return tuple(resources)
    return tuple(_ordered(r, tuple(waits.get(r.identity, ())), stays.get(r.identity, ())) for r in resources)


def _references(manifest: Manifest) -> Sequence[Reference]:
    kind = KINDS[manifest.identity.kind]
    return () if kind.refers is None else kind.refers(kind.desired(manifest.spec))


def _offered(resource: ResourcePlan) -> Mapping[str, str]:
    return KINDS[resource.identity.kind].offers(resource.desired, [step.action for step in resource.actions])


def _found(
    references: Iterable[Reference],
    identity: Identity,
    resources: Mapping[Identity, ResourcePlan],
    places: Mapping[str, TargetAddress],
) -> list[ResourcePlan]:
    """Return the resources to which one refers that are at the same address."""
    wanted = set(references)
    return [
        other
        for other in resources.values()
        if not wanted.isdisjoint((other.identity.kind, name) for name in _names(other))
        and _together(other.identity, identity, places)
    ]


def _names(resource: ResourcePlan) -> Sequence[str]:
    """Return the names by which others may refer to a resource: its own, and the platform's id if it was read."""
    match resource.precondition:
        case VersionIs(remote_id=remote_id) | DigestIs(remote_id=remote_id):
            return resource.identity.value, remote_id
        case _:
            return (resource.identity.value,)


def _together(one: Identity, other: Identity, places: Mapping[str, TargetAddress]) -> bool:
    if one.target == other.target:
        return True
    # Drafts belong to an organization and not to a project, so two targets may lead to the same ones.
    here, there = places.get(one.target), places.get(other.target)
    return here is not None and there is not None and here.address == there.address


def _needs(resource: ResourcePlan) -> bool:
    actions = [step.action for step in resource.actions]
    return resource.verdict in SENT and KINDS[resource.identity.kind].needs(actions)


def _referred(resource: ResourcePlan, manifest: Manifest) -> Sequence[Reference]:
    """Return what a planned resource refers to; a tombstone may have no spec, so its live values count too."""
    kind = KINDS[resource.identity.kind]
    if kind.refers is None:
        return ()
    live: Desired = {path: live.value for path, live in resource.observed.items() if isinstance(live, Known)}
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

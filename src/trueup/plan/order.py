"""The order between the resources of a plan: what a resource depends on comes first, and is deleted last.

A kind says which other resources a manifest refers to. Only resources of the same plan and the same address count.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Final

from trueup.kinds.dependencies import Reference
from trueup.kinds.registry import KINDS
from trueup.model.action import Finding, Level, LifecycleAction
from trueup.model.identity import Identity, TargetAddress
from trueup.model.live import Live, Reading
from trueup.model.manifest import Manifest, State
from trueup.model.plan import Cause, DigestIs, Plan, PlannedFinding, ResourcePlan, Verdict, VersionIs
from trueup.model.value import Desired, Known, LiveValue
from trueup.plan.digest import SENT
from trueup.plan.safety import blocked_by
from trueup.plan.whole import with_resources

STILL_IN_USE: Final = "still-in-use"
"""Code of the finding that blocks a deletion while others depend on the resource."""
FOLLOWERS_LEFT: Final = "left-out"
"""Code of the note about resources that follow this one and are not part of the run."""
_NAMED: Final = 5
"""The number of resources that a message names; of more it gives only the number."""

_Manifests = Mapping[Identity, Manifest]
_Places = Mapping[str, TargetAddress]
_ByName = dict[Reference, list[ResourcePlan]]
"""Resources by what others call them; several targets may each have one of this name."""


async def planned_in_order(
    manifests: _Manifests,
    readings: Mapping[Identity, Reading],
    places: _Places,
    plan: Callable[[Manifest, Reading], ResourcePlan],
    held: Callable[[Sequence[ResourcePlan]], Awaitable[Sequence[ResourcePlan]]],
) -> tuple[ResourcePlan, ...]:
    """Plan each resource after those that it refers to, and return the plans sorted by identity.

    A resource is planned against what these offer when they have been applied. ``places`` are the addresses of targets.
    ``held`` returns plans with those blocked that must not be applied: nothing may wait for one of these.
    """
    done: list[ResourcePlan] = []
    by_name: _ByName = {}
    # First what refers to nothing: no kind refers to one that refers to others.
    for refers in (False, True):
        made = []
        for manifest in manifests.values():
            if bool(references := _references(manifest)) is not refers:
                continue
            reading = readings[manifest.identity]
            for other in _found(references, manifest.identity, by_name, places):
                if isinstance(reading, Live) and other.verdict in SENT:
                    reading = KINDS[manifest.identity.kind].dependencies.expects(reading, offered(other))
            made.append(plan(manifest, reading))
        checked = await held(made)
        done += checked
        by_name = _by_name(checked)
    return with_waits(sorted(done, key=attrgetter("identity")), manifests, places)


def with_waits(resources: Sequence[ResourcePlan], manifests: _Manifests, places: _Places) -> tuple[ResourcePlan, ...]:
    """Let each resource wait for what it needs, and a deletion for those that depend on what it deletes.

    A deletion is blocked if one of these stays. It also waits for one that is to be deleted and cannot be now.
    """
    by_name = _by_name(resources)
    waits: dict[Identity, list[Identity]] = {}
    stays: dict[Identity, list[Identity]] = {}
    causes: dict[Identity, set[Cause | None]] = {}
    for resource in resources:
        identity = resource.identity
        for other in _found(_referred(resource, manifests[identity]), identity, by_name, places):
            if other.verdict is not Verdict.DELETE:
                if other.verdict in SENT and (_needs(resource) or _expects(resource, other)):
                    waits.setdefault(identity, []).append(other.identity)
                    causes.setdefault(identity, set()).update(step.cause for step in other.actions)
            elif resource.lifecycle.state is State.PRESENT:
                stays.setdefault(other.identity, []).append(identity)
            elif resource.verdict is not Verdict.UNCHANGED:
                waits.setdefault(other.identity, []).append(identity)
    if not (waits or stays):
        return tuple(resources)
    return tuple(
        _ordered(_caused(r, causes.get(r.identity, ())), tuple(waits.get(r.identity, ())), stays.get(r.identity, ()))
        for r in resources
    )


def _caused(resource: ResourcePlan, causes: Collection[Cause | None]) -> ResourcePlan:
    """Return the resource; what it does because of others has the cause of their actions and is no drift."""
    cause = next((cause for cause in (Cause.YOURS, Cause.BOTH, Cause.MERGED) if cause in causes), None)
    if cause is None:
        return resource
    cause = Cause.YOURS if cause is Cause.BOTH else cause
    needs = KINDS[resource.identity.kind].dependencies.needs
    steps = (
        replace(step, cause=cause)
        if step.cause is Cause.DRIFT and isinstance(step.action, LifecycleAction) and needs([step.action])
        else step
        for step in resource.actions
    )
    return replace(resource, actions=tuple(steps))


def leaders(manifests: Iterable[Manifest], places: _Places) -> Mapping[Identity, Manifest]:
    """Return, for each resource that refers to another of these, the first one that it refers to."""
    manifests = tuple(manifests)
    referring = {manifest.identity: refs for manifest in manifests if (refs := _references(manifest))}
    wanted = {reference for references in referring.values() for reference in references}
    named: dict[Reference, list[Manifest]] = {}
    for manifest in manifests:
        reference = (manifest.identity.kind, manifest.identity.value)
        if reference in wanted:
            named.setdefault(reference, []).append(manifest)
    found = {}
    for identity, references in referring.items():
        others = (other for reference in references for other in named.get(reference, ()))
        leader = next((other for other in others if _together(other.identity, identity, places)), None)
        if leader is not None:
            found[identity] = leader
    return found


def affected(chosen: Iterable[Manifest], others: Iterable[Manifest], places: _Places) -> tuple[Manifest, ...]:
    """Return those of ``others`` that follow a chosen resource, or refer to one that is to be deleted."""
    chosen, others = tuple(chosen), tuple(others)
    among = {manifest.identity for manifest in chosen}
    led = leaders((*chosen, *others), places)
    return tuple(
        manifest
        for manifest in others
        if (leader := led.get(manifest.identity)) is not None
        and leader.identity in among
        and (manifest.lifecycle.follow or leader.lifecycle.state is State.ABSENT)
    )


def hold_left_out(plan: Plan, left_out: Sequence[Manifest], manifests: Iterable[Manifest], places: _Places) -> Plan:
    """Say of each resource which of ``left_out`` the run does not move, and block its deletion while these refer to it.

    ``left_out`` are what :func:`affected` returns of the manifests that are not part of the run.
    """
    if not left_out:
        return plan
    led = leaders((*manifests, *left_out), places)
    behind: dict[Identity, list[Identity]] = {}
    for manifest in left_out:
        behind.setdefault(led[manifest.identity].identity, []).append(manifest.identity)
    return with_resources(plan, tuple(_noted(r, behind.get(r.identity, ())) for r in plan.resources))


def _noted(resource: ResourcePlan, behind: Sequence[Identity]) -> ResourcePlan:
    if not behind or resource.verdict not in SENT:
        return resource
    names, several = _named(behind, resource), len(behind) > 1
    if resource.verdict is Verdict.DELETE:
        words = "depend on it and are" if several else "depends on it and is"
        message = f"{names} {words} not part of this run. Select {'them' if several else 'it'} too."
        return blocked_by(resource, Finding(level=Level.BLOCKED, code=STILL_IN_USE, message=message))
    if not offered(resource):
        return resource
    words = (
        "follow it and are not part of this run: they stay"
        if several
        else "follows it and is not part of this run: it stays"
    )
    note = Finding(level=Level.NOTE, code=FOLLOWERS_LEFT, message=f"{names} {words} on the present code.")
    return replace(resource, findings=(*resource.findings, PlannedFinding(finding=note, position=resource.position)))


def _references(manifest: Manifest) -> Sequence[Reference]:
    kind = KINDS[manifest.identity.kind]
    refers = kind.dependencies.refers
    return () if refers is None else refers(kind.desired(manifest.spec))


def offered(resource: ResourcePlan) -> Mapping[str, str]:
    """Return what a resource offers to those that depend on it when it has been applied."""
    # A plan that publishes has the fields that the manifest does not manage too.
    fields = {**_known(resource.content), **_known(resource.observed), **resource.desired}
    return KINDS[resource.identity.kind].offers(fields, [step.action for step in resource.actions])


def _known(fields: Mapping[str, LiveValue]) -> Desired:
    return {path: live.value for path, live in fields.items() if isinstance(live, Known)}


def _found(
    references: Iterable[Reference], identity: Identity, by_name: _ByName, places: _Places
) -> list[ResourcePlan]:
    """Return the resources to which one refers that are at the same address, each once."""
    # A live resource can name the other one twice: by its own name and by the platform's id.
    named = {other.identity: other for reference in references for other in by_name.get(reference, ())}
    return [other for other in named.values() if _together(other.identity, identity, places)]


def _by_name(resources: Iterable[ResourcePlan]) -> _ByName:
    found: _ByName = {}
    for resource in resources:
        for name in _names(resource):
            found.setdefault((resource.identity.kind, name), []).append(resource)
    return found


def _names(resource: ResourcePlan) -> Sequence[str]:
    """Return the names by which others may refer to a resource: its own, and the platform's id if it was read."""
    match resource.precondition:
        case VersionIs(remote_id=remote_id) | DigestIs(remote_id=remote_id):
            return tuple({resource.identity.value, remote_id})
        case _:
            return (resource.identity.value,)


def _together(one: Identity, other: Identity, places: _Places) -> bool:
    if one.target == other.target:
        return True
    # Drafts belong to an organization and not to a project, so two targets may lead to the same ones.
    here, there = places.get(one.target), places.get(other.target)
    return here is not None and there is not None and here.address == there.address


def _needs(resource: ResourcePlan) -> bool:
    actions = [step.action for step in resource.actions]
    return resource.verdict in SENT and KINDS[resource.identity.kind].dependencies.needs(actions)


def _expects(resource: ResourcePlan, other: ResourcePlan) -> bool:
    """Return whether a plan was made for what the other resource offers later: before that it would be another one."""
    state = resource.live_lifecycle
    if state is None or resource.verdict not in SENT or not resource.lifecycle.follow:
        return False
    return KINDS[resource.identity.kind].dependencies.rests_on(state, offered(other))


def _referred(resource: ResourcePlan, manifest: Manifest) -> Sequence[Reference]:
    """Return what a planned resource refers to; a tombstone may have no spec, so its live values count too."""
    kind = KINDS[resource.identity.kind]
    refers = kind.dependencies.refers
    if refers is None:
        return ()
    return refers({**_known(resource.observed), **kind.desired(manifest.spec)})


def _named(others: Sequence[Identity], resource: ResourcePlan) -> str:
    """Return the names of other resources, each with its target if that is not the one of the resource."""
    here = resource.identity.target
    names = [f"{other}{'' if other.target == here else f' on {other.target}'}" for other in others]
    more = len(names) - _NAMED
    *first, last = names if more <= 1 else [*names[:_NAMED], f"{more} more"]
    return f"{', '.join(first)} and {last}" if first else last


def _ordered(resource: ResourcePlan, waits: tuple[Identity, ...], stays: Sequence[Identity]) -> ResourcePlan:
    if stays:
        message = f"It is used by {_named(stays, resource)}. Delete what uses it first, or remove this tombstone."
        return blocked_by(resource, Finding(level=Level.BLOCKED, code=STILL_IN_USE, message=message))
    if not waits:
        return resource
    several = len(waits) > 1
    if resource.verdict is Verdict.DELETE:
        done = "are gone" if several else "is gone"
    else:
        done = "have been applied" if several else "has been applied"
    note = Finding(level=Level.NOTE, code="waits-for", message=f"It starts when {_named(waits, resource)} {done}.")
    placed = PlannedFinding(finding=note, position=resource.position)
    return replace(resource, after=waits, findings=(*resource.findings, placed))

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
from trueup.model.plan import Cause, DigestIs, ResourcePlan, Verdict, VersionIs
from trueup.model.value import Desired, Known, LiveValue
from trueup.plan.digest import SENT
from trueup.plan.safety import blocked_by

STILL_IN_USE: Final = "still-in-use"
"""Code of the finding that blocks a deletion while others depend on the resource."""
_NAMED: Final = 5
"""The number of resources that a message names; of more it gives only the number."""

_Manifests = Mapping[Identity, Manifest]
Addresses = Mapping[str, TargetAddress]
_ByName = dict[Reference, list[ResourcePlan]]
"""Resources by what others call them; several targets may each have one of this name."""


async def planned_in_order(
    manifests: _Manifests,
    readings: Mapping[Identity, Reading],
    places: Addresses,
    plan: Callable[[Manifest, Reading], ResourcePlan],
    held: Callable[[Sequence[ResourcePlan]], Awaitable[Sequence[ResourcePlan]]],
) -> tuple[ResourcePlan, ...]:
    """Plan each resource after those that it refers to, and return the plans sorted by identity.

    A resource is planned against what these offer when they have been applied. ``places`` are the addresses of targets.
    ``held`` returns plans with those blocked that must not be applied: nothing may wait for one of these.
    """
    references = {identity: references_of(manifest) for identity, manifest in manifests.items()}
    done: list[ResourcePlan] = []
    by_name: _ByName = {}
    # First what refers to nothing: no kind refers to one that refers to others.
    for refers in (False, True):
        made = []
        for identity, manifest in manifests.items():
            if bool(references[identity]) is not refers:
                continue
            reading = readings[identity]
            for other in _found(references[identity], identity, by_name, places):
                if isinstance(reading, Live) and other.verdict in SENT:
                    reading = KINDS[identity.kind].dependencies.expects(reading, offered(other))
            made.append(plan(manifest, reading))
        checked = await held(made)
        done += checked
        by_name = _by_name(checked)
    return with_waits(sorted(done, key=attrgetter("identity")), manifests, places)


def with_waits(resources: Sequence[ResourcePlan], manifests: _Manifests, places: Addresses) -> tuple[ResourcePlan, ...]:
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


def references_of(manifest: Manifest) -> Sequence[Reference]:
    """Return the other resources to which a manifest refers."""
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
    references: Iterable[Reference], identity: Identity, by_name: _ByName, places: Addresses
) -> list[ResourcePlan]:
    """Return the resources to which one refers that are at the same address, each once."""
    # A live resource can name the other one twice: by its own name and by the platform's id.
    named = {other.identity: other for reference in references for other in by_name.get(reference, ())}
    return [other for other in named.values() if at_one_address(other.identity, identity, places)]


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


def at_one_address(one: Identity, other: Identity, places: Addresses) -> bool:
    """Return whether two resources have the same target, or targets that lead to the same address."""
    # Drafts belong to an organization and not to a project, so two targets may lead to the same ones.
    here, there = (place.holder(t) if (place := places.get(t)) else t for t in (one.target, other.target))
    return here == there


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


def named_beside(others: Sequence[Identity], resource: ResourcePlan) -> str:
    """Return the names of other resources, each with its target if that is not the one of the resource."""
    here = resource.identity.target
    names = [f"{other}{'' if other.target == here else f' on {other.target}'}" for other in others]
    more = len(names) - _NAMED
    *first, last = names if more <= 1 else [*names[:_NAMED], f"{more} more"]
    return f"{', '.join(first)} and {last}" if first else last


def _ordered(resource: ResourcePlan, waits: tuple[Identity, ...], stays: Sequence[Identity]) -> ResourcePlan:
    if stays:
        message = f"It is used by {named_beside(stays, resource)}. Delete what uses it first, or remove this tombstone."
        return blocked_by(resource, Finding(level=Level.BLOCKED, code=STILL_IN_USE, message=message))
    if not waits:
        return resource
    several = len(waits) > 1
    if resource.verdict is Verdict.DELETE:
        done = "are gone" if several else "is gone"
    else:
        done = "have been applied" if several else "has been applied"
    message = f"It starts when {named_beside(waits, resource)} {done}."
    noted = resource.with_finding(Finding(level=Level.NOTE, code="waits-for", message=message))
    return replace(noted, after=waits)

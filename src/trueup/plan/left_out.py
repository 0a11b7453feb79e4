"""What a run leaves out although it moves with a resource of the run, or uses one that the run deletes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from trueup.kinds.dependencies import Reference
from trueup.model.action import Finding, Level
from trueup.model.identity import Identity
from trueup.model.manifest import Manifest, State
from trueup.model.plan import Plan, ResourcePlan, Verdict
from trueup.plan.digest import SENT
from trueup.plan.order import STILL_IN_USE, Addresses, at_one_address, named_beside, offered, references_of
from trueup.plan.safety import blocked_by
from trueup.plan.whole import with_resources

FOLLOWERS_LEFT: Final = "left-out"
"""Code of the note about resources that follow this one and are not part of the run."""


def leaders(manifests: Iterable[Manifest], places: Addresses) -> Mapping[Identity, Manifest]:
    """Return, for each resource that refers to another of these, the first one that it refers to."""
    manifests = tuple(manifests)
    referring = {manifest.identity: refs for manifest in manifests if (refs := references_of(manifest))}
    wanted = {reference for references in referring.values() for reference in references}
    named: dict[Reference, list[Manifest]] = {}
    for manifest in manifests:
        reference = (manifest.identity.kind, manifest.identity.value)
        if reference in wanted:
            named.setdefault(reference, []).append(manifest)
    found = {}
    for identity, references in referring.items():
        others = (other for reference in references for other in named.get(reference, ()))
        leader = next((other for other in others if at_one_address(other.identity, identity, places)), None)
        if leader is not None:
            found[identity] = leader
    return found


def affected(chosen: Iterable[Manifest], others: Iterable[Manifest], places: Addresses) -> tuple[Manifest, ...]:
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


def hold_left_out(plan: Plan, left_out: Sequence[Manifest], manifests: Iterable[Manifest], places: Addresses) -> Plan:
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
    names, several = named_beside(behind, resource), len(behind) > 1
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
    message = f"{names} {words} on the present code."
    return resource.with_finding(Finding(level=Level.NOTE, code=FOLLOWERS_LEFT, message=message))

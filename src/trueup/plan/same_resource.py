"""Find live resources that two manifests describe: each would undo the changes of the other."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from trueup.model.action import Finding, Level
from trueup.model.identity import Identity, TargetAddress
from trueup.model.plan import ResourcePlan
from trueup.plan.order import named_beside
from trueup.plan.safety import blocked_by

SHARED: Final = "same-resource-twice"
"""Code of the finding that blocks a resource that two manifests describe."""


@dataclass(frozen=True, slots=True)
class ManagedResource:
    """A live resource that a manifest describes. ``gone``: the manifest is a tombstone."""

    identity: Identity
    locale: str | None
    remote_id: str
    gone: bool


def shared_resources(
    described: Iterable[ManagedResource], places: Mapping[str, TargetAddress]
) -> Mapping[Identity, tuple[str, Identity]]:
    """Return the identities that share a live resource, each with the id of that resource and another identity.

    Two targets may lead to one organization. A resource with two languages may have a manifest and a target for each,
    unless one of them deletes it.
    """
    described = tuple(described)
    gone = {(_holder(one, places), one.remote_id) for one in described if one.gone}
    named: dict[tuple[str, ...], list[Identity]] = {}
    for one in described:
        holder = _holder(one, places)
        locale = "" if (holder, one.remote_id) in gone else one.locale or ""
        # With the target or what holds its resources, because an id is unique only there.
        for name in ((one.identity.target, one.remote_id), (holder, locale, one.remote_id)):
            named.setdefault(name, []).append(one.identity)
    return {
        identity: (name[-1], next(other for other in several if other != identity))
        for name, several in named.items()
        if len(several) > 1
        for identity in several
    }


def _holder(one: ManagedResource, places: Mapping[str, TargetAddress]) -> str:
    target = one.identity.target
    return places[target].holder(target) if target in places else target


def hold_shared(resource: ResourcePlan, shared: Mapping[Identity, tuple[str, Identity]]) -> ResourcePlan:
    """Block a resource that two manifests describe, by two ids or through two targets."""
    if resource.identity not in shared:
        return resource
    remote_id, other = shared[resource.identity]
    finding = Finding(
        level=Level.BLOCKED,
        code=SHARED,
        message=f"It is the same live resource ({remote_id}) as {named_beside([other], resource)}, and each would undo "
        "the changes of the other. Remove one of the two manifests, or one of its targets.",
    )
    return blocked_by(resource, finding)

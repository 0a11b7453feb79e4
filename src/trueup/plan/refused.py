"""Block what the platform would certainly refuse, from what was read about the dependencies of a resource."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from trueup.kinds.registry import KINDS
from trueup.model.identity import Identity
from trueup.model.manifest import Manifest
from trueup.model.plan import PlannedFinding, ResourcePlan, Verdict
from trueup.plan.digest import SENT
from trueup.plan.positions import place_of_path


def hold_refused(
    resource: ResourcePlan,
    manifest: Manifest,
    related: Mapping[Identity, Mapping[str, object]],
    offered: Mapping[str, str],
) -> ResourcePlan:
    """Return the resource, blocked with a finding at each line that the platform would refuse.

    ``related`` is what was read about what a resource depends on. If the same plan changes that first, little is known
    of it until then; ``offered`` is what it offers after that.
    """
    if resource.verdict not in SENT:
        return resource
    kind, found = KINDS[resource.identity.kind], related.get(resource.identity, {})
    if resource.after:
        found = kind.dependencies.stays(resource.desired, found, offered)
    refusals = kind.dependencies.refusals(resource.desired, [step.action for step in resource.actions], found)
    return blocked_by_all(
        resource, [PlannedFinding(finding=f, position=place_of_path(manifest, f.path)) for f in refusals]
    )


def blocked_by_all(resource: ResourcePlan, findings: Iterable[PlannedFinding]) -> ResourcePlan:
    """Return the resource, blocked by these findings if there are any."""
    every = tuple(findings)
    if not every:
        return resource
    return replace(resource, verdict=Verdict.BLOCKED, findings=(*resource.findings, *every))

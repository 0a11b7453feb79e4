"""Build the plan of a run: read all targets concurrently, then plan each resource."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from trueup.errors import Diagnostic, InvalidInput, UnexpectedAnswer
from trueup.faults import fault_text
from trueup.kinds.registry import KINDS
from trueup.model.action import FieldAction, Finding, Level
from trueup.model.identity import Identity, TargetAddress
from trueup.model.live import Live, Missing, Reading, Unreadable
from trueup.model.lookalikes import distinguishable
from trueup.model.manifest import Manifest, State
from trueup.model.plan import DEFAULT_RULES, Cause, Forecast, Plan, PlanRules, ResourcePlan, Verdict
from trueup.model.reader import ReadAll, Reader, Wanted
from trueup.model.value import Desired
from trueup.plan.digest import NO_PLACES
from trueup.plan.fallbacks import NOTHING_APPLIED, Memory
from trueup.plan.lifecycle import DesiredSpecs, hold_lost_keys
from trueup.plan.order import offered, planned_in_order
from trueup.plan.refused import hold_refused
from trueup.plan.resource import plan_resource
from trueup.plan.same_resource import ManagedResource, hold_shared, shared_resources
from trueup.plan.three_way import Since, with_causes
from trueup.plan.whole import with_resources

ALIKE: Final = "look-alike"
"""Code of the finding about a resource that looks like another live one."""

OnRead = Callable[[str, int], None]
"""A callback that receives the name of a target and the number of resources that were read, once they are read."""


async def build_plan(  # noqa: PLR0913 - one keyword a side of the comparison; all but two have a default
    manifests: Sequence[Manifest],
    readers: Mapping[str, Reader],
    *,
    on_read: OnRead | None = None,
    rules: PlanRules = DEFAULT_RULES,
    memory: Memory | None = None,
    since: Since | None = None,
    places: Mapping[str, TargetAddress] = NO_PLACES,
) -> Plan:
    """Read the resources of the manifests and plan them, sorted by identity.

    ``readers`` has an entry for each target of a manifest. ``memory`` is what earlier runs sent, ``since`` what other
    commits wanted, and ``places`` the addresses of targets. Raises :class:`~trueup.errors.InvalidInput` if two
    manifests have the same identity.
    """
    answers = await _read(manifests, readers, on_read)
    readings = _joined(answers)
    by_identity = {manifest.identity: manifest for manifest in manifests}
    shared = shared_resources(_managed(readings, by_identity), places)
    planned = await planned_in_order(
        by_identity,
        readings,
        places,
        lambda manifest, reading: hold_shared(_planned(manifest, reading, rules, memory, since), shared),
        # After planning: only then it is known which resources do not exist and need this reading.
        lambda made: hold_lost_keys(made, readers, desired_specs(manifests, since)),
    )
    related = {identity: found for answer in answers.values() for identity, found in answer.related.items()}
    first = {resource.identity: resource for resource in planned}
    resources = tuple(
        hold_refused(
            resource,
            by_identity[resource.identity],
            related,
            {name: release for other in resource.after for name, release in offered(first[other]).items()},
        )
        for resource in planned
    )
    plan = Plan(
        resources=(),
        digest="",
        forecast=Forecast(requests=0, seconds=0),
        base=None if since is None else since.base,
        unmanaged={target: a.unmanaged for target, a in sorted(answers.items()) if a.unmanaged is not None},
        places={target: places[target] for target in sorted(answers) if target in places},
        # Targets that this run did not read are left out: a run of some manifests says nothing about the others.
        moved=() if since is None else tuple(moved for moved in since.moved if moved.target in answers),
    )
    return with_comparison(with_resources(plan, resources), by_identity, since)


def with_comparison(plan: Plan, manifests: Mapping[Identity, Manifest], since: Since | None) -> Plan:
    """Return the plan with what follows from the manifests of other commits, apart from the causes of actions."""
    if since is None:
        return plan
    touched = {r.identity: since.touched(manifests[r.identity], r) for r in plan.resources}
    # Most resources are unchanged, and a copy of each would take as long as planning it.
    resources = (r if touched[r.identity] is None else replace(r, touched=touched[r.identity]) for r in plan.resources)
    plan = replace(plan, resources=tuple(resources))
    if since.applied is None:
        return plan
    merged = (r.identity for r in plan.resources if any(p.cause is Cause.MERGED for p in r.actions))
    used = {resource.identity.target for resource in plan.resources}
    return replace(plan, recorded=True, pending=since.pending(merged), unrecorded=since.unrecorded(used))


async def read_live(
    manifests: Sequence[Manifest], readers: Mapping[str, Reader], on_read: OnRead | None = None
) -> Mapping[Identity, Reading]:
    """Read the resources of the manifests; raise :class:`~trueup.errors.InvalidInput` as :func:`build_plan` does."""
    return _joined(await _read(manifests, readers, on_read))


def desired_specs(manifests: Iterable[Manifest], since: Since | None) -> DesiredSpecs:
    """Return a function of an identity that returns what its manifest wants and what that of the base wanted."""
    by_identity = {manifest.identity: manifest for manifest in manifests}

    def of(identity: Identity) -> Sequence[Desired]:
        kind = KINDS[identity.kind]
        base = None if since is None else since.manifests.get(identity)
        return [kind.desired(m.spec) for m in (by_identity[identity], base) if m is not None]

    return of


def _joined(answers: Mapping[str, ReadAll]) -> Mapping[Identity, Reading]:
    return {identity: reading for answer in answers.values() for identity, reading in answer.readings.items()}


def _planned(
    manifest: Manifest, reading: Reading, rules: PlanRules, memory: Memory | None, since: Since | None
) -> ResourcePlan:
    # Our own process actions set hasChanges too. Without this memory, a change would seem to wait to be published.
    known = (memory or {}).get(manifest.identity, NOTHING_APPLIED)
    planned = plan_one(
        manifest, known.read(reading, KINDS[manifest.identity.kind].lifecycle), rules, known.of(reading), since
    )
    if not isinstance(reading, Missing) or not reading.alike:
        return planned
    shown, other = distinguishable([manifest.identity.value, reading.alike])
    finding = Finding(
        level=Level.WARNING,
        code=ALIKE,
        message=f"{shown} does not exist, but {other}, which looks the same, is live. If you mean the live one, copy "
        f"its spelling.{'' if planned.verdict is Verdict.UNCHANGED else ' Otherwise a second one is created.'}",
    )
    place = manifest.positions.at(("metadata", str(manifest.identity.field)))
    return planned.with_finding(finding, place)


def plan_one(
    manifest: Manifest,
    reading: Reading,
    rules: PlanRules,
    remembered: tuple[FieldAction, ...],
    since: Since | None,
) -> ResourcePlan:
    """Plan one resource, with a cause for every action if there is a base that could be read, or a record.

    An unexpected error makes only this resource unreadable.
    """
    try:
        if since is None:
            return plan_resource(manifest, reading, rules, remembered)
        base = since.manifests.get(manifest.identity)
        wants = since.wants(manifest)
        applied = [then for then in wants[1] if then is not None] if wants else []
        planned = plan_resource(manifest, reading, rules, remembered, base, written_by=applied)
        # Without the base's manifest, the cause of a difference cannot be determined.
        return planned if wants is None else with_causes(planned, *wants)
    except Exception as error:  # noqa: BLE001 - an error in one resource must not affect the others
        return _not_planned(manifest, rules, fault_text(error, "planning a resource"))


def _not_planned(manifest: Manifest, rules: PlanRules, why: str) -> ResourcePlan:
    try:
        return plan_resource(manifest, Unreadable(UnexpectedAnswer(why)), rules)
    except Exception:  # noqa: BLE001 - planning fails because of the manifest, not because of the live state
        return ResourcePlan(
            identity=manifest.identity, verdict=Verdict.UNREADABLE, position=manifest.positions.at(()), error=why
        )


def _refuse_duplicates(manifests: Iterable[Manifest]) -> None:
    first: dict[Identity, Manifest] = {}
    twice = [manifest for manifest in manifests if first.setdefault(manifest.identity, manifest) is not manifest]
    if twice:
        raise InvalidInput(
            [
                Diagnostic(
                    code="duplicate-identity",
                    message=f"{manifest.identity} is described twice; first at "
                    f"{first[manifest.identity].positions.at(())}.",
                    position=manifest.positions.at(()),
                    path="metadata",
                )
                for manifest in twice
            ]
        )


async def _read(
    manifests: Sequence[Manifest], readers: Mapping[str, Reader], on_read: OnRead | None
) -> dict[str, ReadAll]:
    # First, because readings are kept by identity: two manifests with one identity would share a reading.
    _refuse_duplicates(manifests)
    wanted: dict[str, list[Wanted]] = {}
    for manifest in manifests:
        kind = KINDS[manifest.identity.kind]
        # Only the kinds that depend on others need their fields here.
        depends = kind.dependencies.refers is not None
        source = kind.dependencies.source(kind.desired(manifest.spec)) if depends else None
        one = Wanted(manifest.identity, manifest.locale, source=source)
        wanted.setdefault(manifest.identity.target, []).append(one)

    async def read(target: str) -> ReadAll:
        answer = await _read_all(readers[target], wanted[target])
        if on_read is not None:
            on_read(target, len(answer.readings))
        return answer

    # A TaskGroup, so that an error or an interrupt cancels the reads of all targets.
    async with asyncio.TaskGroup() as group:
        tasks = {target: group.create_task(read(target)) for target in wanted}
    return {target: task.result() for target, task in tasks.items()}


async def _read_all(reader: Reader, wanted: Sequence[Wanted]) -> ReadAll:
    """Read one target; an unexpected error makes only this target's resources unreadable."""
    try:
        return await reader.read_all(wanted)
    except Exception as error:  # noqa: BLE001 - a reader raises nothing on purpose
        unread = Unreadable(UnexpectedAnswer(fault_text(error, "reading a target")))
        return ReadAll(readings={one.identity: unread for one in wanted})


def _managed(readings: Mapping[Identity, Reading], manifests: Mapping[Identity, Manifest]) -> Iterator[ManagedResource]:
    for identity, reading in readings.items():
        if isinstance(reading, Live):
            wanted = manifests[identity]
            gone = wanted.lifecycle.state is State.ABSENT
            yield ManagedResource(identity, wanted.locale, reading.remote_id, gone)

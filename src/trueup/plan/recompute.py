"""Compute a saved plan once more; the file alone never decides what is sent.

A checksum shows damage. Who can change a file can also compute its checksum and its hash. So only what has no other
source is taken from the file: what live was at planning, what earlier runs had sent, and the rules of the run.
What is wanted comes from the manifests, and the planner itself makes the actions, their values, risks and findings from
the two. A file that says anything else is refused, and the plan that is shown and applied is the computed one. A file
with an invented live state is then at most stale: an apply compares with live before it writes.

Resources without actions keep what the file says of them, as they come with nothing that could be compared. It is
shown, and nothing is ever sent for them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

from trueup.errors import Diagnostic, InvalidInput
from trueup.kinds.registry import KINDS
from trueup.model.field import (
    ChoiceField,
    Field,
    GroupField,
    KeyedField,
    MembersField,
    ScalarField,
    SetField,
)
from trueup.model.identity import Identity, TargetAddress
from trueup.model.live import Live, Missing, Reading
from trueup.model.manifest import Manifest
from trueup.model.plan import DigestIs, MustNotExist, Plan, PlannedFinding, ResourcePlan, Verdict, VersionIs
from trueup.model.position import Position
from trueup.model.value import ABSENT, Elements, Known, LiveValue, Members, Parts
from trueup.plan.build import ALIKE, SHARED, hold_shared, plan_one
from trueup.plan.codec import plan_to_json
from trueup.plan.fallbacks import still_protected
from trueup.plan.lifecycle import LOST_KEY, hold_lost_key
from trueup.plan.safety import HELD_DELETION, PROTECTION_UNKNOWN, hold_deletion, hold_protected
from trueup.plan.saved import check_manifests, check_places
from trueup.plan.three_way import Since
from trueup.plan.whole import with_resources

IDLE: Final = frozenset({Verdict.UNCHANGED, Verdict.BLOCKED, Verdict.DEFERRED, Verdict.UNREADABLE})
"""Verdicts that a resource without actions can have."""

_PLACED: Final = "position"
"""The member that is not compared: a manifest may move within its file or to another one."""


class _Forged(Exception):
    """The file says something that trueup would not have written; its text says where and how."""


def recompute(
    plan: Plan,
    manifests: Iterable[Manifest],
    places: Mapping[str, TargetAddress],
    *,
    file: str,
    since: Since | None = None,
) -> Plan:
    """Return what the planner makes of the manifests and of what ``plan`` says live was.

    ``places`` says where targets lead now, ``since`` what the plan's base wanted; ``file`` is the name of the plan.
    Raises :class:`~trueup.errors.PlanOutdated` when manifests or targets are not those of the plan any more,
    :class:`~trueup.errors.InvalidInput` with the code ``plan-forged`` when the plan is not what comes out.
    """
    here = {manifest.identity: manifest for manifest in manifests}
    check_places(plan, places)
    check_manifests(plan, here.values())
    try:
        again = _again(plan, here, places, since)
        _compare(plan_to_json(plan), plan_to_json(again), "")
    except _Forged as error:
        message = f"The plan is damaged or forged: {error}. Nothing was sent. Plan again."
        raise InvalidInput([Diagnostic(code="plan-forged", message=message, position=Position(file, 1, 1))]) from None
    return again


def _again(
    plan: Plan, here: Mapping[Identity, Manifest], places: Mapping[str, TargetAddress], since: Since | None
) -> Plan:
    used = {resource.identity.target for resource in plan.resources}
    for number, resource in enumerate(plan.resources):
        # One run has one set of rules, and it is named once for the whole plan.
        if resource.rules != plan.resources[0].rules:
            raise _Forged(f"resources[{number}].rules are not those of the other resources")
    resources = tuple(
        (_one if resource.actions else _idle)(resource, here[resource.identity], since, f"resources[{number}]")
        for number, resource in enumerate(plan.resources)
    )
    made = replace(
        plan,
        base=None if plan.base is None or since is None else replace(plan.base, commit=since.base.commit),
        places={target: places[target] for target in sorted(used) if target in places},
        moved=() if since is None else tuple(moved for moved in since.moved if moved.target in used),
    )
    return with_resources(made, resources)


def _idle(saved: ResourcePlan, manifest: Manifest, since: Since | None, path: str) -> ResourcePlan:
    """Return a resource for which nothing is to be done: shown as the file says, and stripped of all else."""
    if saved.verdict not in IDLE:
        raise _Forged(f"{path}.verdict is {saved.verdict}, and there are no actions")
    if bool(saved.error) is not (saved.verdict is Verdict.UNREADABLE):
        raise _Forged(f"{path}.error does not go with the verdict {saved.verdict}")
    return ResourcePlan(
        identity=manifest.identity,
        verdict=saved.verdict,
        position=manifest.positions.at(()),
        locale=manifest.locale,
        findings=saved.findings,
        known=saved.known,
        remembered=saved.remembered,
        lifecycle=still_protected(manifest.lifecycle, _then(since, manifest)),
        rules=saved.rules,
        manifest_digest=saved.manifest_digest,
        error=saved.error,
    )


def _one(saved: ResourcePlan, manifest: Manifest, since: Since | None, path: str) -> ResourcePlan:
    made = plan_one(manifest, _reading(saved, path), saved.rules, saved.remembered, since)
    # What holds a resource back because of others cannot be seen in it; it only ever takes away.
    # Likewise what it looks like; that only warns.
    alike = (planned for planned in saved.findings if planned.finding.code == ALIKE and not planned.finding.path)
    made = replace(made, findings=(*made.findings, *alike))
    said = {planned.finding.code: planned for planned in saved.findings}
    for code, hold in _HOLDS.items():
        if code in said and made.verdict is not Verdict.BLOCKED:
            made = hold(made, said[code])
    return made


def _hold_shared(made: ResourcePlan, _: PlannedFinding) -> ResourcePlan:
    match made.precondition:
        case VersionIs(remote_id=remote_id) | DigestIs(remote_id=remote_id):
            return hold_shared(made, remote_id)
        case _:
            return made


_HOLDS: Final[Mapping[str, Callable[[ResourcePlan, PlannedFinding], ResourcePlan]]] = {
    SHARED: _hold_shared,
    HELD_DELETION: lambda made, _: hold_deletion(made),
    PROTECTION_UNKNOWN: lambda made, _: hold_protected(made),
    # Which draft it is that has no key stands in the finding alone; it is shown, and nothing is sent.
    LOST_KEY: hold_lost_key,
}


def _then(since: Since | None, manifest: Manifest) -> Manifest | None:
    return None if since is None else since.manifests.get(manifest.identity)


def _reading(saved: ResourcePlan, path: str) -> Reading:
    """Return what the file says live was, as a reader would have."""
    kind = KINDS[saved.identity.kind]
    states = saved.live_lifecycle if kind.lifecycle.rows else None
    # A kind with processes is never read without its states.
    complete = states is not None or not kind.lifecycle.rows
    match saved.precondition:
        case MustNotExist():
            return Missing()
        case VersionIs(remote_id, version) if kind.versioned and complete:
            return Live(fields=_fields(saved, path), remote_id=remote_id, version=version, lifecycle=states)
        case DigestIs(remote_id) if not kind.versioned and complete:
            return Live(fields=_fields(saved, path), remote_id=remote_id, lifecycle=states)
        case _:
            raise _Forged(f"{path}.precondition is not one of such a resource")


def _fields(saved: ResourcePlan, path: str) -> Mapping[str, LiveValue]:
    kind = KINDS[saved.identity.kind]
    for member, values in (("content", saved.content), ("observed", saved.observed)):
        for name, live in values.items():
            if name not in kind.by_path or not _fits(kind.by_path[name], live):
                raise _Forged(f"{path}.{member}.{name} is not a value that live can have")
    return {**dict.fromkeys(kind.by_path, ABSENT), **saved.content, **saved.observed}


def _fits(field: Field, live: LiveValue) -> bool:
    """Return whether a value has the shape in which this field is read."""
    if not isinstance(live, Known):
        return True
    match field, live.value:
        case ScalarField(), str() | int():
            return True
        case ((SetField() | MembersField()), Members()):
            return True
        case GroupField(parts=names), Parts(values):
            return values.keys() <= set(names)
        case ChoiceField(options=names), Parts(values):
            return values.keys() <= set(names)
        case KeyedField(key=key, attributes=attributes), Elements(by_key):
            known = {attribute.path for attribute in attributes}
            return all(len(one) == len(key) and given.keys() <= known for one, given in by_key.items())
        case _:
            return False


def _compare(said: object, made: object, path: str) -> None:
    """Refuse the first place at which two documents differ, in the order of the second."""
    match said, made:
        case dict(), dict():
            for name in [*made, *(name for name in said if name not in made)]:
                below = f"{path}.{name}" if path else str(name)
                if name not in said or name not in made:
                    raise _Forged(f"{below} is {'missing' if name in made else 'not known'}")
                if name != _PLACED and below not in _DERIVED:
                    _compare(said[name], made[name], below)
        case list(), list():
            for number, (one, other) in enumerate(zip(said, made, strict=False)):
                _compare(one, other, f"{path}[{number}]")
            if len(said) != len(made):
                raise _Forged(f"{path} has {len(said)} items, and {len(made)} come out")
        case _ if said.__class__ is not made.__class__ or said != made:
            raise _Forged(f"{path} is not what comes out of the manifests and the live state that it names")
        case _:
            return


_DERIVED: Final = frozenset({"digest", "checksum"})
"""Members that were found to belong to the file: any difference in them is one of another member."""

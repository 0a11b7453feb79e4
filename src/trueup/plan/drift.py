"""Find drift: how live resources differ from what was wanted, expressed from the wanted to the live value.

Drift is not a reversed plan. A plan contains only differences that an action can remove. Drift also contains others,
for example a live value of a field that should be empty and cannot be cleared.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import assert_never

from trueup.diff.simulate import created
from trueup.errors import UnexpectedAnswer, explained
from trueup.faults import fault_text
from trueup.kinds.registry import KINDS
from trueup.model.action import (
    AddElement,
    AddMember,
    Change,
    LifecycleAction,
    Reason,
    RemoveElement,
    RemoveMember,
    SetMembers,
    SetParts,
    SetValue,
)
from trueup.model.field import ChoiceField, Field, GroupField, KeyedField, MembersField, ScalarField, SetField
from trueup.model.live import Live, Missing, Reading, Unreadable
from trueup.model.manifest import Manifest, State
from trueup.model.plan import DEFAULT_RULES, Cause, Drift, Fate, PlannedAction, ResourceDrift
from trueup.model.reader import Reader
from trueup.model.value import (
    ABSENT,
    Attributes,
    Desired,
    ElementKey,
    Elements,
    Known,
    LiveValue,
    Members,
    NotReturned,
    Parts,
    Value,
)
from trueup.plan.build import OnRead, desired_specs, read_live
from trueup.plan.desired import planned_action
from trueup.plan.digest import same_wants
from trueup.plan.lifecycle import find_lost_keys
from trueup.plan.positions import ActionPlaces
from trueup.plan.resource import plan_resource
from trueup.plan.three_way import UNKNOWN, Causes, Since, Thing, Wants, causes, with_causes


async def find_drift(
    manifests: Sequence[Manifest],
    readers: Mapping[str, Reader],
    *,
    on_read: OnRead | None = None,
    since: Since | None = None,
) -> Drift:
    """Read the resources of the manifests and return their drift since ``since`` or, if it is None, from the manifests.

    A resource that is not in the base has no drift, because all its differences are the manifest's own changes. With
    records, a resource has drifted if it differs from all that may have been applied.
    """
    readings = await read_live(manifests, readers, on_read)
    found = [
        _drift_since(since, manifest, readings[manifest.identity])
        for manifest in sorted(manifests, key=attrgetter("identity"))
    ]
    # A draft that seems to be deleted may only have lost its key, which a search by key cannot show.
    seem_deleted = {drift.identity for drift in found if drift.fate is Fate.DELETED}
    lost = await find_lost_keys(seem_deleted, readers, desired_specs(manifests, since))
    drift = Drift(
        resources=tuple(
            replace(drift, fate=Fate.UNREADABLE, error=lost[drift.identity]) if drift.identity in lost else drift
            for drift in found
        ),
        base=None if since is None else since.base,
    )
    if since is None or since.applied is None:
        return drift
    waiting = (resource.identity for resource in drift.resources if resource.pending)
    used = {manifest.identity.target for manifest in manifests}
    return replace(drift, recorded=True, pending=since.pending(waiting), unrecorded=since.unrecorded(used))


def _guarded_drift(manifest: Manifest, base: Wants, reading: Reading, applied: Sequence[Wants] = ()) -> ResourceDrift:
    """Return the drift of one resource; an unexpected error makes only this resource unreadable."""
    try:
        return resource_drift(manifest, base, reading, applied)
    except Exception as error:  # noqa: BLE001 - an error in one resource must not affect the others
        return resource_drift(manifest, base, Unreadable(UnexpectedAnswer(fault_text(error, "comparing a resource"))))


def _drift_since(since: Since | None, manifest: Manifest, reading: Reading) -> ResourceDrift:
    if since is not None and manifest.identity in since.unknown:
        # Without the base, a difference may also be the change of the manifest. Unreadable is the more exact result.
        found = _guarded_drift(manifest, None, reading, ())
        return found if found.fate is Fate.UNREADABLE else replace(found, fate=Fate.UNKNOWN, error=UNKNOWN)
    base, applied = (since.wants(manifest) if since is not None else None) or (manifest, ())
    return _guarded_drift(manifest, base, reading, applied)


def resource_drift(manifest: Manifest, base: Wants, reading: Reading, applied: Sequence[Wants] = ()) -> ResourceDrift:
    """Return the drift of one resource from what ``base`` wanted.

    ``applied`` is what the recorded commits wanted, newest first. With it, drift is what differs from all of them,
    expressed from what the newest one wanted.
    """
    same = ResourceDrift(
        identity=manifest.identity, fate=Fate.SAME, position=manifest.positions.at(()), locale=manifest.locale
    )
    if isinstance(reading, Unreadable):
        return replace(same, fate=Fate.UNREADABLE, error=explained(reading.error))
    waits = any(then is None or not same_wants(then, manifest) for then in applied)
    sides = _Sides(manifest, base, applied)
    actions = sides.actions(reading) if waits else ()
    pending = tuple(planned for planned in actions if planned.cause is Cause.MERGED)
    found = replace(same, fate=Fate.PENDING if pending else Fate.SAME, pending=pending)
    wanted = [None if then is None else then.lifecycle.state for then in applied or (base,)]
    match reading:
        case Missing():
            return replace(same, fate=Fate.DELETED) if set(wanted) == {State.PRESENT} else found
        case Live() if State.PRESENT not in wanted:
            return found if None in wanted else replace(same, fate=Fate.RETURNED)
        case Live():
            return _compared(found, sides, reading, actions)
        case _ as never:
            assert_never(never)


@dataclass(frozen=True, slots=True)
class _Sides:
    """What the manifest, the base and the recorded commits, newest first, want of one resource."""

    manifest: Manifest
    base: Wants
    applied: Sequence[Wants]

    def actions(self, reading: Live | Missing) -> tuple[PlannedAction, ...]:
        """Return what an apply would do, with causes."""
        applied = [then for then in self.applied if then is not None]
        planned = plan_resource(self.manifest, reading, base=self.base, written_by=applied)
        return with_causes(planned, self.base, self.applied).actions

    def desired(self, then: Wants) -> Desired | None:
        """Return the fields that one of them manages, None if it does not want the resource."""
        if then is None or then.lifecycle.state is State.ABSENT:
            return None
        return KINDS[self.manifest.identity.kind].desired(then.spec)


def _compared(found: ResourceDrift, sides: _Sides, live: Live, actions: tuple[PlannedAction, ...]) -> ResourceDrift:
    """Return the drift of a live resource that one of the sides wants; ``actions`` may be empty if none is pending."""
    manifest = sides.manifest
    rules = KINDS[manifest.identity.kind].lifecycle
    alone = rules.alone(manifest.lifecycle, live.lifecycle, DEFAULT_RULES)
    if manifest.lifecycle.asks_for_process or alone:
        # Without processes, planning would have the same result, but would compare all fields again.
        actions = actions or sides.actions(live)
    processes = (p for p in actions if isinstance(p.action, LifecycleAction) and p.cause is Cause.DRIFT)
    # A process that is part of the request with the fields is wanted again only if it is wanted without them.
    repeated = tuple(p for p in processes if p.action in alone or not rules.joins(p.action))
    desired = KINDS[manifest.identity.kind].desired(manifest.spec)
    # Without a base the manifest is compared with itself, and one conversion is enough.
    base = desired if sides.base is manifest else sides.desired(sides.base)
    applied = [desired if then is manifest else sides.desired(then) for then in sides.applied]
    then = next(wanted for wanted in applied or [base] if wanted is not None)
    changed = causes(KINDS[manifest.identity.kind].fields, base, desired, live.fields, applied)
    changes = tuple(_changes(manifest, then, desired, live, changed))
    not_returned = tuple(path for path in then if path in desired and isinstance(live.fields[path], NotReturned))
    fate = Fate.CHANGED if changes or repeated else found.fate
    return replace(found, fate=fate, changes=changes, repeated=repeated, not_returned=not_returned)


def _changes(manifest: Manifest, base: Desired, desired: Desired, live: Live, found: Causes) -> Iterator[PlannedAction]:
    kind = KINDS[manifest.identity.kind]
    shown = live.fields
    was = created(kind.fields, base)
    place = ActionPlaces(manifest, kind)
    for thing, cause in found.items():
        # Not drift: what the manifest itself changed, and what the platform does not return.
        if cause not in {Cause.DRIFT, Cause.BOTH}:
            continue
        field = kind.by_path[str(thing[0])]
        change = _change(field, thing, was[field.path], shown[field.path], desired)
        yield planned_action(change, change.stage, place(change.action), cause)


def _change(field: Field, thing: Thing, was: LiveValue, now: LiveValue, desired: Desired) -> Change:
    """Return the change that leads from the wanted to the live value; ``reason`` says how they differ."""
    value = now.value if isinstance(now, Known) else None
    match field:
        case ScalarField(path=path):
            # An action cannot express an absent value: it then has an empty one, and `after` has the live state.
            set_value = SetValue(path, value if isinstance(value, str | int) else "")
            return Change(action=set_value, before=was, after=now, reason=Reason.SCALAR_DIFFERS)
        case SetField(path=path):
            set_members = SetMembers(path, value.values if isinstance(value, Members) else ())
            return Change(action=set_members, before=was, after=now, reason=Reason.SET_DIFFERS)
        case GroupField(path=path) | ChoiceField(path=path):
            set_parts = SetParts(path, value.values if isinstance(value, Parts) else {})
            reason = Reason.GROUP_DIFFERS if isinstance(field, GroupField) else Reason.CHOICE_DIFFERS
            return Change(action=set_parts, before=was, after=now, reason=reason)
        case MembersField(path=path):
            return _member_change(path, str(thing[1]), value)
        case KeyedField():
            return _element_change(field, tuple(str(part) for part in thing[1:]), was, now, desired)
        case _ as never:
            assert_never(never)


def _member_change(path: str, member: str, value: Value | None) -> Change:
    if isinstance(value, Members) and member in value.values:
        return Change(action=AddMember(path, member), before=ABSENT, after=Known(member), reason=Reason.MEMBER_EXTRA)
    return Change(action=RemoveMember(path, member), before=Known(member), after=ABSENT, reason=Reason.MEMBER_MISSING)


def _element_change(field: KeyedField, key: ElementKey, was: LiveValue, now: LiveValue, desired: Desired) -> Change:
    before, after = _element(was, key), _element(now, key)
    start = ABSENT if before is None else Known(Parts(before))
    if after is None:
        return Change(action=RemoveElement(field.path, key), before=start, after=ABSENT, reason=Reason.ELEMENT_MISSING)
    if before is not None:
        # Attributes that neither the base nor the manifest manages are not drift.
        managed = before.keys() | (_element(Known(desired[field.path]), key) or {}).keys()
        after = {path: value for path, value in after.items() if path in managed}
    reason = Reason.ELEMENT_EXTRA if before is None else Reason.ELEMENT_DIFFERS
    return Change(action=AddElement(field.path, key, after), before=start, after=Known(Parts(after)), reason=reason)


def _element(live: LiveValue, key: tuple[str, ...]) -> Attributes | None:
    elements = live.value if isinstance(live, Known) and isinstance(live.value, Elements) else Elements({})
    return elements.by_key.get(key)

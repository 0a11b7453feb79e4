"""Find the shortest list of actions that leads from the live to the desired state.

The list is minimal by construction: there is exactly one action for each managed field, member or element that differs,
and none for the others. The one exception is an attribute that can be cleared only by removing its element and adding
it again. If the desired state cannot be reached, there is a blocked finding instead of an action.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, assert_never

from trueup.diff import findings
from trueup.diff.collections import compare_keyed
from trueup.diff.equality import holds, is_empty, live_members
from trueup.diff.findings import look_alikes
from trueup.diff.stages import Phase, number
from trueup.model.action import (
    AddMember,
    Change,
    Difference,
    FieldAction,
    Finding,
    Reason,
    RemoveMember,
    SetMembers,
    SetParts,
    SetValue,
)
from trueup.model.field import ChoiceField, Field, GroupField, KeyedField, MembersField, ScalarField, SetField
from trueup.model.value import (
    ABSENT,
    Absent,
    Attributes,
    Desired,
    Elements,
    Known,
    LiveValue,
    Members,
    NotReturned,
    Parts,
    Scalar,
    Value,
)

_UNCHANGED: Final = Difference((), ())


def diff(
    fields: Sequence[Field], desired: Desired, live: Mapping[str, LiveValue], recalled: Collection[str] = ()
) -> Difference:
    """Compare the managed fields of one resource with the live ones.

    ``live`` has an entry for every row of ``fields``. ``recalled`` are the paths of which it has what earlier runs
    sent, because the platform does not return them. Changes are in sending order: by stage, then in the order of the
    table, and within a collection additions before removals.
    """
    # A fast path: nearly all resources of a run are equal, and comparing values needs no table.
    differing = {
        path for path, wanted in desired.items() if (have := live[path]).__class__ is not Known or have.value != wanted
    }
    if not differing:
        return _UNCHANGED
    changes: list[Change] = []
    found: list[Finding] = []
    for field in fields:
        if field.path in differing:
            difference = _compare(field, desired[field.path], live[field.path], recalled=field.path in recalled)
            changes += difference.changes
            found += difference.findings
            found += look_alikes(field, desired[field.path], live[field.path])
    return Difference(number(changes), tuple(found))


def _compare(field: Field, wanted: Value, live: LiveValue, *, recalled: bool) -> Difference:
    if holds(field, wanted, live):
        return _UNCHANGED
    # What was not returned may be set or empty, and nothing is ever removed on a guess.
    if isinstance(live, NotReturned) and is_empty(wanted):
        return Difference((), (findings.not_returned_empty(field.path),))
    match field, wanted:
        case ScalarField(), (str() | int() as value):
            return _scalar(field, value, live)
        case SetField(), Members():
            return _set(field, wanted, live)
        case MembersField(), Members():
            return _members(field, wanted, live)
        case ((GroupField() | ChoiceField()), Parts(values=parts)):
            return _parts(field, parts, live)
        case KeyedField(), Elements():
            return compare_keyed(field, wanted, live, recalled=recalled)
        case _:
            raise TypeError(f"{field.path} cannot hold {type(wanted).__name__}")


def _scalar(field: ScalarField, wanted: Scalar, live: LiveValue) -> Difference:
    # Neither platform has a documented way to unset a single value, and "" or null are never tried.
    if wanted == "":
        return Difference((), (findings.cannot_clear(field.path),))
    return _replaced(SetValue(field.path, wanted), live, Known(wanted), Reason.SCALAR_DIFFERS)


def _set(field: SetField, wanted: Members, live: LiveValue) -> Difference:
    # For example, setSupportedRegions takes at least one region (connect-api.md section 3).
    if not wanted.values and not field.clearable:
        return Difference((), (findings.cannot_clear_set(field, len(live_members(live))),))
    return _replaced(SetMembers(field.path, wanted.values), live, Known(wanted), Reason.SET_DIFFERS)


def _parts(field: GroupField | ChoiceField, wanted: Attributes, live: LiveValue) -> Difference:
    empty = [f"{field.path}.{name}" for name, part in wanted.items() if part == ""]
    if empty:
        return Difference((), tuple(findings.cannot_clear(path) for path in empty))
    # Only the wanted option is sent: selecting one erases the other (origin-api.md section 4.1).
    if isinstance(field, ChoiceField):
        return _replaced(SetParts(field.path, wanted), live, Known(Parts(wanted)), Reason.CHOICE_DIFFERS)
    # A group is sent with all its parts, so unmanaged parts keep their live values.
    whole = {**_live_parts(live), **wanted}
    return _replaced(SetParts(field.path, whole), live, Known(Parts(whole)), Reason.GROUP_DIFFERS)


def _members(field: MembersField, wanted: Members, live: LiveValue) -> Difference:
    have = frozenset(live_members(live))
    # A field that was not returned may have the member already, so it is not shown as absent.
    before: LiveValue = live if isinstance(live, NotReturned) else ABSENT
    added = [
        Change(
            action=AddMember(field.path, member),
            before=before,
            after=Known(member),
            reason=Reason.NOT_RETURNED if isinstance(live, NotReturned) else Reason.MEMBER_MISSING,
            stage=Phase.FIELDS,
        )
        for member in wanted.values
        if member not in have
    ]
    # The live order has no meaning and can change between reads, but the plan's hash must stay the same.
    removed = [
        Change(
            action=RemoveMember(field.path, member),
            before=Known(member),
            after=ABSENT,
            reason=Reason.MEMBER_EXTRA,
            stage=Phase.FIELDS,
        )
        for member in sorted(have.difference(wanted.values))
    ]
    # Additions come first, so that access is never lost in between.
    return Difference((*added, *removed), _warned(field.path, live))


def _replaced(action: FieldAction, before: LiveValue, after: LiveValue, reason: Reason) -> Difference:
    change = Change(action=action, before=before, after=after, reason=_reason(before, reason), stage=Phase.FIELDS)
    return Difference((change,), _warned(action.path, before))


def _reason(live: LiveValue, differs: Reason) -> Reason:
    match live:
        case Known():
            return differs
        case Absent():
            return Reason.NOT_SET
        case NotReturned():
            return Reason.NOT_RETURNED
        case _:
            assert_never(live)


def _warned(path: str, live: LiveValue) -> tuple[Finding, ...]:
    return (findings.not_returned(path),) if isinstance(live, NotReturned) else ()


def _live_parts(live: LiveValue) -> Attributes:
    match live:
        case Known(value=Parts(values=values)):
            return values
        case _:
            return {}

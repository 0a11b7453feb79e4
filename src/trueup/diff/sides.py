"""The old and the new value of what an action changes, from the live fields that it is sent to."""

from collections.abc import Mapping

from trueup.diff.equality import live_elements
from trueup.model.action import (
    Action,
    AddElement,
    AddMember,
    RemoveElement,
    RemoveMember,
    SetMembers,
    SetParts,
    SetValue,
)
from trueup.model.value import ABSENT, NOT_RETURNED, Known, LiveValue, Members, NotReturned, Parts


def value_before(action: Action, fields: Mapping[str, LiveValue]) -> LiveValue:
    """Return the live value of the smallest thing that an action changes: a field, a member or an element.

    It is that of :class:`~trueup.model.action.Change`. Actions that change no single field have none.
    """
    live = fields.get(getattr(action, "path", ""), ABSENT)
    match action:
        case SetValue() | SetMembers() | SetParts():
            return live
        case AddMember(member=member) | RemoveMember(member=member):
            match live:
                case Known(Members(values)) if member in values:
                    return Known(member)
        case AddElement(key=key) | RemoveElement(key=key):
            known = live_elements(live).by_key
            if key in known:
                return Known(Parts(known[key]))
        case _:
            return ABSENT
    return NOT_RETURNED if isinstance(live, NotReturned) else ABSENT


def value_after(action: Action, before: LiveValue) -> LiveValue:
    """Return the value that an action leads to, given the one of :func:`value_before`."""
    match action:
        case SetValue(value=value):
            return Known(value)
        case SetMembers(members=members):
            return Known(Members(members))
        case SetParts(parts=parts):
            return Known(Parts(parts))
        case AddMember(member=member):
            return Known(member)
        case AddElement(attributes=attributes):
            # ADD merges attributes.
            kept = before.value.values if isinstance(before, Known) and isinstance(before.value, Parts) else {}
            return Known(Parts({**kept, **attributes}))
        case _:
            return ABSENT

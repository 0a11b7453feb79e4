"""Tell actions apart: equal ones by a text, and those that speak of one thing by that thing."""

import json

from trueup.model.action import (
    Action,
    AddElement,
    AddMember,
    Create,
    RemoveElement,
    RemoveMember,
    SetMembers,
    SetParts,
    SetValue,
)
from trueup.plan.codec import to_json


def action_key(action: Action) -> str:
    """Return a text that is equal for equal actions, to look them up by: actions hold mappings and cannot be hashed."""
    return json.dumps(to_json(action), sort_keys=True)


def subject_of(action: Action) -> tuple[object, ...]:
    """Return the smallest thing that an action changes: a field, a member, an element, or the resource itself."""
    match action:
        case AddMember(path, member) | RemoveMember(path, member):
            return (path, member)
        case AddElement(path=path, key=key) | RemoveElement(path, key):
            return (path, *key)
        case SetValue(path=path) | SetMembers(path=path) | SetParts(path=path):
            return (path,)
        case Create():
            return ("",)
        case _:
            return ("", action_key(action))

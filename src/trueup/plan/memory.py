"""Remember what was sent to fields that the platform does not return.

Nobody can read off such a field whether it holds what is wanted. Sending it in every run would never come to rest, and
would overwrite in every run what somebody else may have put there. So what an earlier run sent, and the platform
accepted, counts as there until something else is wanted. It is only ever a reason *not* to send: nothing is removed
because of it.
"""

from collections.abc import Iterable, Mapping, Sequence

from trueup.model.action import Action, AddElement, Create, Delete, FieldAction, SetMembers, SetParts, SetValue
from trueup.model.change import Change
from trueup.model.identity import Identity
from trueup.model.value import Desired, Elements, Members, NotReturned, Parts, Value
from trueup.plan.keys import subject_of

Memory = Mapping[Identity, tuple[FieldAction, ...]]
"""By resource, the last action that was sent and accepted for each thing that it changes."""


def remember(done: Iterable[tuple[Identity, Sequence[Action]]]) -> Memory:
    """Return what is left in memory of actions that took effect, given in the order in which they did."""
    memory: dict[Identity, dict[tuple[object, ...], FieldAction]] = {}
    for identity, actions in done:
        known = memory.setdefault(identity, {})
        for action in actions:
            if isinstance(action, Create | Delete):
                known.clear()
            for step in _steps(action):
                known[subject_of(step)] = step
    return {identity: tuple(known.values()) for identity, known in memory.items() if known}


def split_remembered(
    changes: Sequence[Change], remembered: Sequence[FieldAction]
) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """Tell what is to be sent from what would be sent blindly although it was the last thing sent."""
    known = [c for c in changes if isinstance(c.before, NotReturned) and c.action in remembered]
    return tuple(change for change in changes if change not in known), tuple(known)


def _steps(action: Action) -> Iterable[FieldAction]:
    if isinstance(action, Create):
        return _carried(action.fields)
    return (action,) if isinstance(action, FieldAction) else ()


def _carried(fields: Desired) -> Iterable[FieldAction]:
    """Return the actions that would have set, one by one, what a creation carried."""
    return [step for path, value in fields.items() for step in _setting(path, value)]


def _setting(path: str, value: Value) -> Iterable[FieldAction]:
    match value:
        case Elements(by_key):
            return [AddElement(path, key, attributes) for key, attributes in by_key.items()]
        case Parts(parts):
            return [SetParts(path, parts)]
        case Members(members):
            return [SetMembers(path, members)]
        case str() | int():
            return [SetValue(path, value)]

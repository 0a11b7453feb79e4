"""Remember what was sent to fields that the platform does not return.

Nobody can read off such a field whether it holds what is wanted. Sending it in every run would never come to rest, and
would overwrite in every run what somebody else may have put there. So what an earlier run sent, and the platform
accepted, counts as there until something else is wanted. It is only ever a reason *not* to send: nothing is removed
because of it.

It is remembered of the one resource that it was sent to. Another one of the same name, created after that was deleted,
never got it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from trueup.model.action import Action, AddElement, Create, Delete, FieldAction, SetMembers, SetParts, SetValue
from trueup.model.change import Change
from trueup.model.identity import Identity
from trueup.model.live import Live, Reading
from trueup.model.value import Desired, Elements, Members, NotReturned, Parts, Value
from trueup.plan.keys import subject_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Hold actions that took effect on a resource; ``remote_id`` is empty where the platform had not told it yet."""

    identity: Identity
    remote_id: str
    actions: Sequence[Action]


@dataclass(frozen=True, slots=True)
class Remembered:
    """Hold the last action that was sent and accepted for each thing that it changes, and of which resource."""

    remote_id: str
    actions: tuple[FieldAction, ...]

    def of(self, reading: Reading) -> tuple[FieldAction, ...]:
        """Return what is remembered of the resource that was read: nothing if that is another one."""
        return self.actions if isinstance(reading, Live) and self.remote_id in {"", reading.remote_id} else ()


Memory = Mapping[Identity, Remembered]
NOTHING: Final = Remembered("", ())


def remember(done: Iterable[Taken]) -> Memory:
    """Return what is left in memory of actions that took effect, given in the order in which they did."""
    memory: dict[Identity, dict[tuple[object, ...], FieldAction]] = {}
    ids: dict[Identity, str] = {}
    for taken in done:
        known = memory.setdefault(taken.identity, {})
        anew = any(isinstance(action, Create | Delete) for action in taken.actions)
        before = "" if anew else ids.get(taken.identity, "")
        if anew or (taken.remote_id and before and taken.remote_id != before):
            known.clear()
        ids[taken.identity] = taken.remote_id or before
        known.update({subject_of(step): step for action in taken.actions for step in _steps(action)})
    return {who: Remembered(ids[who], tuple(known.values())) for who, known in memory.items() if known}


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

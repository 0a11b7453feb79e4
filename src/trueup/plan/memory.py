"""Remember what was sent to fields that the platform does not return.

Whether such a field holds what is wanted cannot be read. Sending it in every run would never come to rest, and
would overwrite in every run what somebody else may have put there. So what an earlier run sent, and the platform
accepted, counts as there until something else is wanted.

It counts only as long as it is the last thing that was sent. A later write of which it is not known that it was
accepted (its answer was lost, it was refused, or the process was killed) may have put anything there: from then on
nothing is known of what it was to change.

It is remembered of the one resource that it was sent to. Another one of the same name, created after that was deleted,
never got it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from trueup.kinds.processes import LifecycleRules
from trueup.model.action import Action, AddElement, Create, Delete, FieldAction, SetMembers, SetParts, SetValue
from trueup.model.change import Change
from trueup.model.identity import Identity
from trueup.model.live import Live, Reading
from trueup.model.value import Desired, Elements, Members, NotReturned, Parts, Value
from trueup.plan.keys import subject_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Hold what one run sent to a resource.

    ``sent`` are the actions in the order in which they were sent, however that ended; ``done`` those of them that took
    effect, as far as that could be verified. ``unseen`` are the paths that the platform did not return afterwards,
    ``kept`` what it keeps under keys of its own (:mod:`trueup.plan.kept`).
    ``remote_id`` is empty where the platform never told it.
    ``settled`` is the version at which ``hasChanges`` says nothing, as in :class:`Remembered`.
    """

    identity: Identity
    remote_id: str
    sent: Sequence[Action]
    done: Sequence[Action]
    unseen: frozenset[str]
    kept: Sequence[FieldAction] = ()
    settled: int | None = None


@dataclass(frozen=True, slots=True)
class Remembered:
    """Hold the last action that was sent and accepted for each thing that it changes, and of which resource.

    ``settled`` is the version of a draft at which nothing waits to be published although ``hasChanges`` says so, None
    where that is not known: a process action of ours had raised it, and the content was the published one.
    """

    remote_id: str
    actions: tuple[FieldAction, ...]
    settled: int | None = None

    def of(self, reading: Reading) -> tuple[FieldAction, ...]:
        """Return what is remembered of the resource that was read: nothing if that is, or may be, another one."""
        same = isinstance(reading, Live) and self.remote_id == reading.remote_id
        return self.actions if same and self.remote_id else ()

    def read(self, reading: Reading, rules: LifecycleRules) -> Reading:
        """Return the reading without what only our own process actions have left in it, where it has not moved since.

        ``rules`` are those of the resource's kind.
        """
        if not isinstance(reading, Live) or self.settled is None:
            return reading
        same = (self.remote_id, self.settled) == (reading.remote_id, reading.version)
        return settled(reading, rules) if same else reading


def settled(live: Live, rules: LifecycleRules) -> Live:
    """Return live as it is when nothing waits to be published."""
    return live if live.lifecycle is None else replace(live, lifecycle=rules.settled(live.lifecycle))


Memory = Mapping[Identity, Remembered]
NOTHING: Final = Remembered("", ())


def remember(memory: Memory, runs: Iterable[Taken]) -> Memory:
    """Return what is left in memory after what later runs sent, given in the order in which they did."""
    kept = dict(memory)
    for taken in runs:
        after = _after(kept.pop(taken.identity, NOTHING), taken)
        if after.actions or after.settled is not None:
            kept[taken.identity] = after
    return kept


def _after(before: Remembered, taken: Taken) -> Remembered:
    anew = any(isinstance(action, Create | Delete) for action in taken.sent)
    same = not anew and taken.remote_id in {"", before.remote_id}
    known = {subject_of(step): step for step in before.actions} if same else {}
    for action in taken.sent:
        held = action in taken.done
        for step in _steps(action):
            earlier = known.pop(subject_of(step), None)
            if held and step.path in taken.unseen:
                known[subject_of(step)] = _merged(earlier, step)
    known |= {subject_of(step): step for step in taken.kept}
    return Remembered(taken.remote_id or before.remote_id, tuple(known.values()), taken.settled)


def _merged(earlier: FieldAction | None, step: FieldAction) -> FieldAction:
    """Return what both together have put there: an element keeps the attributes that a later action leaves out."""
    if isinstance(earlier, AddElement) and isinstance(step, AddElement):
        return replace(step, attributes={**earlier.attributes, **step.attributes})
    return step


def is_remembered(action: FieldAction, remembered: Iterable[FieldAction]) -> bool:
    """Say whether what an action would put there is there already, as far as memory tells."""
    return any(_covers(step, action) for step in remembered)


def _covers(step: FieldAction, action: FieldAction) -> bool:
    if isinstance(step, AddElement) and isinstance(action, AddElement) and subject_of(step) == subject_of(action):
        return all(step.attributes.get(path) == value for path, value in action.attributes.items())
    return step == action


def split_remembered(
    changes: Sequence[Change], remembered: Sequence[FieldAction]
) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """Tell what is to be sent from what would be sent blindly although it was the last thing sent."""
    known = [c for c in changes if isinstance(c.before, NotReturned) and is_remembered(c.action, remembered)]
    return tuple(change for change in changes if change not in known), tuple(known)


def _steps(action: Action) -> Iterable[FieldAction]:
    if isinstance(action, Create):
        return _carried(action.fields)
    return (action,) if isinstance(action, FieldAction) else ()


def _carried(fields: Desired) -> Iterable[FieldAction]:
    """Return the actions that would have set, one by one, what a creation carried."""
    return [step for path, value in fields.items() for step in setting(path, value)]


def setting(path: str, value: Value) -> Sequence[FieldAction]:
    """Return the actions that set a field to this value where nothing is known of it."""
    match value:
        case Elements(by_key):
            return [AddElement(path, key, attributes) for key, attributes in by_key.items()]
        case Parts(parts):
            return [SetParts(path, parts)]
        case Members(members):
            return [SetMembers(path, members)]
        case str() | int():
            return [SetValue(path, value)]

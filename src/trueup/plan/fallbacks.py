"""Let what another commit wanted stand for what the platform does not return.

A field that is not returned may hold anything. What the manifest of the base wanted of it stands for it only where this
working copy's journals tell that exactly this was applied, and nothing else was sent since: what was only wanted may
never have arrived. With it, what is wanted now can be compared, and what is no longer wanted can be removed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from trueup.diff.same_element import file_name
from trueup.diff.simulate import created, simulate
from trueup.kinds.base import KindSpec
from trueup.kinds.processes import LifecycleRules
from trueup.model.action import (
    Action,
    AddElement,
    Change,
    Create,
    Delete,
    FieldAction,
    Finding,
    Level,
    SetMembers,
    SetParts,
    SetValue,
)
from trueup.model.field import Field, KeyedField
from trueup.model.identity import Identity
from trueup.model.live import Live, Reading
from trueup.model.manifest import LifecycleSpec, Manifest
from trueup.model.value import Desired, ElementKey, Elements, Known, LiveValue, Members, NotReturned, Parts, Value
from trueup.plan.digest import subject_of


@dataclass(frozen=True, slots=True, kw_only=True)
class FallbackValue:
    """Hold what one run sent to a resource.

    ``sent`` are the actions in the order in which they were sent, however that ended; ``done`` those of them that took
    effect, as far as that could be verified. ``unseen`` are the paths that the platform did not return afterwards,
    ``kept`` what it keeps under keys of its own (:mod:`trueup.plan.fallbacks`).
    ``remote_id`` is empty where the platform never told it.
    ``settled`` is the version at which ``hasChanges`` says nothing, as in :class:`LastApplied`.
    """

    identity: Identity
    remote_id: str
    sent: Sequence[Action]
    done: Sequence[Action]
    unseen: frozenset[str]
    kept: Sequence[FieldAction] = ()
    settled: int | None = None


@dataclass(frozen=True, slots=True)
class LastApplied:
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
        return without_own_changes(reading, rules) if same else reading


def without_own_changes(live: Live, rules: LifecycleRules) -> Live:
    """Return live as it is when nothing waits to be published."""
    return live if live.lifecycle is None else replace(live, lifecycle=rules.settled(live.lifecycle))


Memory = Mapping[Identity, LastApplied]
NOTHING_APPLIED: Final = LastApplied("", ())


def remember(memory: Memory, runs: Iterable[FallbackValue]) -> Memory:
    """Return what is left in memory after what later runs sent, given in the order in which they did."""
    kept = dict(memory)
    for taken in runs:
        after = _after(kept.pop(taken.identity, NOTHING_APPLIED), taken)
        if after.actions or after.settled is not None:
            kept[taken.identity] = after
    return kept


def _after(before: LastApplied, taken: FallbackValue) -> LastApplied:
    anew = any(isinstance(action, Create | Delete) for action in taken.sent)
    same = not anew and taken.remote_id in {"", before.remote_id}
    known = {subject_of(step): step for step in before.actions} if same else {}
    for action in taken.sent:
        held = action in taken.done
        for step in _steps(action):
            subject = subject_of(step)
            earlier = known.pop(subject, None)
            known = {of: kept for of, kept in known.items() if _shown_as(kept) != subject}
            if held and step.path in taken.unseen:
                known[subject] = _merged(earlier, step)
    known |= {subject_of(step): step for step in taken.kept}
    return LastApplied(taken.remote_id or before.remote_id, tuple(known.values()), taken.settled)


def _shown_as(step: FieldAction) -> tuple[object, ...]:
    """Return the key under which a platform keeps an element, where it is not the one that was sent."""
    return (step.path, *step.attributes.values()) if isinstance(step, AddElement) else ()


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


RECALLED: Final = frozenset({"remembered", "known-from-base"})
"""Codes of the findings that say that what an earlier run applied counts as live."""

UNOBSERVED: Final = RECALLED | {"not-returned"}
"""Codes of the findings that say of a managed field that the platform did not return it."""


def last_known(
    kind: KindSpec,
    base: Manifest,
    desired: Desired,
    live: Mapping[str, LiveValue],
    remembered: Sequence[FieldAction],
) -> Mapping[str, LiveValue]:
    """Return what ``base`` wanted of those managed fields that were not returned and hold it as far as is remembered.

    An empty value is never known to be there: others may have added something.
    """
    unseen = [path for path in desired if isinstance(live[path], NotReturned)]
    if not unseen or not remembered:
        return {}
    wanted = kind.desired(base.spec)
    values = created(kind.fields, wanted)
    steps = {path: setting(path, wanted[path]) for path in unseen if path in wanted}
    return {
        path: values[path]
        for path, needed in steps.items()
        if needed and all(is_remembered(s, remembered) for s in needed)
    }


def still_protected(lifecycle: LifecycleSpec, base: Manifest | None) -> LifecycleSpec:
    """Return the block with the protection that it had in the base: taking it away is a change of its own."""
    return replace(lifecycle, protect=True) if base is not None and base.lifecycle.protect else lifecycle


def with_known(
    fields: Sequence[Field], live: Live, known: Mapping[str, LiveValue], done: Iterable[FieldAction] = ()
) -> Live:
    """Return live with what is known in the place of what was not returned, after what was done since then."""
    unseen = {path: value for path, value in known.items() if isinstance(live.fields[path], NotReturned)}
    if not unseen:
        return live
    actions = [action for action in done if action.path in unseen]
    return replace(live, fields=simulate(fields, actions, {**live.fields, **unseen}))


def unobserved_findings(
    found: Sequence[Finding],
    sent: Sequence[Change],
    left_out: Sequence[Change],
    known: Mapping[str, LiveValue],
    desired: Desired,
) -> tuple[Finding, ...]:
    """Return the findings with one for each managed field that was not returned, saying what stands for it.

    ``left_out`` are changes that an earlier run has made, as far as is remembered, and that are not sent again. They
    stand for a field unless an attribute in it is to be empty: that was neither sent nor seen.
    """
    blind = {change.action.path for change in sent} | {path for path, value in desired.items() if _has_empty(value)}
    quiet = dict.fromkeys(change.action.path for change in left_out if change.action.path not in blind)
    told = (finding for finding in found if finding.code != "not-returned" or finding.path not in quiet)
    return (*told, *(_note(path, "remembered", _REMEMBERED) for path in quiet), *_from_base(known))


def _has_empty(value: Value) -> bool:
    return isinstance(value, Elements) and any("" in attributes.values() for attributes in value.by_key.values())


_REMEMBERED: Final = (
    "{} is not returned by the platform: what an earlier run sent, and the platform accepted, counts as live. Whether "
    "it is still there was not seen."
)
_FROM_BASE: Final = (
    "{} is not returned by the platform: what the base wanted of it, and an earlier run applied, counts as live. "
    "Whether it is still there was not seen."
)


def _from_base(known: Mapping[str, LiveValue]) -> tuple[Finding, ...]:
    return tuple(_note(path, "known-from-base", _FROM_BASE) for path in known)


def _note(path: str, code: str, words: str) -> Finding:
    return Finding(level=Level.NOTE, code=code, message=words.format(path), path=path)


KEPT_ELSEWHERE: Final = "kept-elsewhere"
"""Code of the finding that says so."""

_WORDS: Final = "{}: the platform shows {} for {}, which an earlier run sent; it counts as that."


def as_sent(
    fields: Sequence[Field], desired: Desired, live: Mapping[str, LiveValue], kept: Iterable[FieldAction]
) -> Mapping[str, LiveValue]:
    """Return live with each wanted element under the key it was sent with, where it is known under which it is kept."""
    found = _found(fields, desired, live, kept)
    changed = dict(live)
    for step, shown in found:
        value = changed[step.path]
        assert isinstance(value, Known), "it was found there"
        assert isinstance(value.value, Elements), "it was found there"
        by_key = {step.key if key == shown else key: given for key, given in value.value.by_key.items()}
        changed[step.path] = Known(replace(value.value, by_key=by_key))
    return changed if found else live


def kept_findings(
    fields: Sequence[Field], desired: Desired, live: Mapping[str, LiveValue], kept: Iterable[FieldAction]
) -> tuple[Finding, ...]:
    """Return a finding for each element that counts as another one."""
    return tuple(
        Finding(
            level=Level.NOTE,
            code=KEPT_ELSEWHERE,
            message=_WORDS.format(step.path, " / ".join(shown), " / ".join(step.key)),
            path=step.path,
        )
        for step, shown in _found(fields, desired, live, kept)
    )


def newly_kept(
    fields: Sequence[Field],
    stage: Iterable[Action],
    before: Mapping[str, LiveValue],
    now: Mapping[str, LiveValue],
) -> tuple[AddElement, ...]:
    """Return what the platform keeps under keys of its own of what ``stage`` has just added.

    An addition and an element that is new go together when they, and no others, are of one file name.
    """
    kept: list[AddElement] = []
    for field in fields:
        if isinstance(field, KeyedField) and field.rehosted:
            there = _keys(now.get(field.path))
            lost = [key for key in _added(field, stage) if key not in there]
            new = there - _keys(before.get(field.path)) - set(lost) - set(_added(field, stage)) if lost else set()
            kept += _paired(field, lost, sorted(new))
    return tuple(kept)


def _paired(field: KeyedField, lost: Sequence[ElementKey], new: Sequence[ElementKey]) -> Iterable[AddElement]:
    by_name = {file_name(key): key for key in new}
    counts = Counter(map(file_name, [*dict.fromkeys(lost)])), Counter(map(file_name, new))
    for key in dict.fromkeys(lost):
        name = file_name(key)
        if name and all(count[name] == 1 for count in counts):
            yield AddElement(field.path, key, dict(zip(field.key, by_name[name], strict=True)))


def _added(field: KeyedField, stage: Iterable[Action]) -> Iterable[ElementKey]:
    for action in stage:
        match action:
            case AddElement(path=field.path, key=key):
                yield key
            case Create(fields) if isinstance(elements := fields.get(field.path), Elements):
                yield from elements.by_key


def _found(
    fields: Sequence[Field], desired: Desired, live: Mapping[str, LiveValue], kept: Iterable[FieldAction]
) -> list[tuple[AddElement, ElementKey]]:
    """Return what is kept, wanted, and shown under the platform's key alone, with that key."""
    rows = {field.path: field for field in fields if isinstance(field, KeyedField) and field.rehosted}
    found: list[tuple[AddElement, ElementKey]] = []
    for step in kept:
        field, wanted = rows.get(step.path), desired.get(step.path)
        if isinstance(step, AddElement) and field is not None and isinstance(wanted, Elements):
            shown = tuple(str(step.attributes.get(name, "")) for name in field.key)
            there = _keys(live.get(step.path))
            free = shown in there and step.key not in there and shown not in wanted.by_key
            if free and step.key in wanted.by_key and shown not in [other for _, other in found]:
                found.append((step, shown))
    return found


def _keys(live: LiveValue | None) -> set[ElementKey]:
    match live:
        case Known(value=Elements(by_key=by_key)):
            return set(by_key)
        case _:
            return set()

"""Fallbacks for live values that the platform does not return or returns under other keys.

The value of a field that is not returned is unknown. The value that the manifest of the base wanted is used instead,
but only if this working copy's journals show that exactly this value was applied last; a value that was only wanted may
never have been sent. With this fallback, the desired value can be compared, and values that are no longer wanted can be
removed. Likewise, the journals show which address the platform returns for a document that was sent.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from trueup.diff.findings import MAY_BE_ONE
from trueup.diff.same_element import file_name
from trueup.diff.simulate import created, simulate
from trueup.kinds.base import KindSpec
from trueup.kinds.processes import LifecycleRules
from trueup.kinds.registry import KINDS
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
from trueup.plan.masked import masked_paths, shown_as, without
from trueup.plan.overwritten import Rows, lasting, may_overwrite, overwriting


@dataclass(frozen=True, slots=True, kw_only=True)
class SentByRun:
    """What one run sent to a resource.

    ``sent`` are the actions in sending order, whatever their result; ``done`` those of them that took effect, as far as
    could be verified. ``not_returned`` are the paths that the platform did not return afterwards, ``kept`` the elements
    that it stores under its own keys. ``remote_id`` is empty if it was never returned. ``settled`` is the version at
    which ``hasChanges`` has no meaning, as in :class:`LastApplied`.
    """

    identity: Identity
    remote_id: str
    sent: Sequence[Action]
    done: Sequence[Action]
    not_returned: frozenset[str]
    kept: Sequence[FieldAction] = ()
    settled: int | None = None


@dataclass(frozen=True, slots=True)
class LastApplied:
    """The last accepted actions on a resource, one for each thing that they change.

    ``settled`` is the version of a draft at which no change waits to be published although ``hasChanges`` is true,
    because one of our process actions had set it and the content was the published one; None if it is not known.
    """

    remote_id: str
    actions: tuple[FieldAction, ...]
    settled: int | None = None

    def of(self, reading: Reading) -> tuple[FieldAction, ...]:
        """Return the actions if the resource that was read is the same one; nothing if it is, or may be, another."""
        same = isinstance(reading, Live) and self.remote_id == reading.remote_id
        return self.actions if same and self.remote_id else ()

    def read(self, reading: Reading, rules: LifecycleRules) -> Reading:
        """Return the reading without the effects of our own process actions, if its version has not changed since.

        ``rules`` are those of the resource's kind.
        """
        if not isinstance(reading, Live) or self.settled is None:
            return reading
        # Every change raises the version, so with another one hasChanges may be the change of another writer.
        same = (self.remote_id, self.settled) == (reading.remote_id, reading.version)
        return without_own_changes(reading, rules) if same else reading


def without_own_changes(live: Live, rules: LifecycleRules) -> Live:
    """Return the live resource without the sign that a change waits to be published."""
    return live if live.lifecycle is None else replace(live, lifecycle=rules.settled(live.lifecycle))


Memory = Mapping[Identity, LastApplied]
NOTHING_APPLIED: Final = LastApplied("", ())


def remember(memory: Memory, runs: Iterable[SentByRun]) -> Memory:
    """Return the memory after later runs, which are given in order."""
    kept = dict(memory)
    for run in runs:
        after = _after(kept.pop(run.identity, NOTHING_APPLIED), run)
        if after.actions or after.settled is not None:
            kept[run.identity] = after
    return kept


def _after(before: LastApplied, run: SentByRun) -> LastApplied:
    # A creation or deletion makes another resource, for which nothing earlier counts.
    anew = any(isinstance(action, Create | Delete) for action in run.sent)
    # An empty id was never returned: nothing says that it is another resource.
    same = not anew and run.remote_id in {"", before.remote_id}
    known = {subject_of(step): step for step in before.actions} if same else {}
    rows, masked = KINDS[run.identity.kind].by_path, masked_paths(KINDS[run.identity.kind])
    for action in run.sent:
        held = action in run.done
        for step in _steps(action):
            subject = subject_of(step)
            # A reference to a secret replaces the earlier one as a whole.
            whole = step if step.path in masked else _with_earlier(rows, step, known)
            # Whatever the result of the later action, the earlier one is no longer the last one sent.
            known.pop(subject, None)
            # An action on the platform's own key of an element also ends what is known of the key that was sent.
            known = {of: kept for of, kept in known.items() if _shown_as(kept) != subject}
            # Fields that the platform returns need no memory, since live shows them.
            if held and step.path in run.not_returned | masked:
                known[subject] = whole
            elif isinstance(step, AddElement) and step.path in masked:
                # It may have been written or not. A base may want it by now, and must not be taken for what is live.
                known[subject] = replace(step, attributes=dict.fromkeys(step.attributes, ""))
            else:
                # Nothing shows later that this action may have changed another element.
                known = {of: kept for of, kept in known.items() if not may_overwrite(rows, step, kept)}
    known |= {subject_of(step): step for step in run.kept}
    return LastApplied(run.remote_id or before.remote_id, tuple(known.values()), run.settled)


def _shown_as(step: FieldAction) -> tuple[object, ...]:
    """Return the key under which the platform stores an element, with its path; empty if there is no other key."""
    return (step.path, *step.attributes.values()) if isinstance(step, AddElement) else ()


def _with_earlier(rows: Rows, step: FieldAction, known: Mapping[tuple[object, ...], FieldAction]) -> FieldAction:
    """Return the step with the attributes that it omits, as an earlier step set them: an element keeps these."""
    subject = subject_of(step)
    match known.get(subject), step:
        case AddElement(attributes=earlier), AddElement(attributes=later) if not earlier.keys() <= later.keys():
            changed_since = subject in overwriting(rows, tuple(known.values()))
            return step if changed_since else replace(step, attributes={**earlier, **later})
        case _:
            return step


def is_remembered(action: FieldAction, remembered: Iterable[FieldAction]) -> bool:
    """Return whether, according to memory, an action has already been carried out."""
    return any(_covers(step, action) for step in remembered)


def _covers(step: FieldAction, action: FieldAction) -> bool:
    if isinstance(step, AddElement) and isinstance(action, AddElement) and subject_of(step) == subject_of(action):
        return all(step.attributes.get(path) == value for path, value in action.attributes.items())
    return step == action


def split_remembered(
    rows: Rows, desired: Desired, changes: Sequence[Change], remembered: Sequence[FieldAction]
) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """Return the changes to send, and those that are not returned by the platform but were sent last."""
    steps = lasting(rows, desired, remembered)
    known = [c for c in changes if isinstance(c.before, NotReturned) and is_remembered(c.action, steps)]
    return tuple(change for change in changes if change not in known), tuple(known)


def _steps(action: Action) -> Iterable[FieldAction]:
    if isinstance(action, Create):
        return _carried(action.fields)
    return (action,) if isinstance(action, FieldAction) else ()


def _carried(fields: Desired) -> Iterable[FieldAction]:
    """Return the actions that would have the same effect as a creation with these fields."""
    return [step for path, value in fields.items() for step in setting(path, value)]


def setting(path: str, value: Value) -> Sequence[FieldAction]:
    """Return the actions that set a field to this value if its live value is unknown."""
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
"""Codes of the findings that a value applied by an earlier run is treated as live."""

UNOBSERVED: Final = RECALLED | {"not-returned", MAY_BE_ONE}
"""Codes of the findings that the platform did not return a managed field."""


def last_known(
    kind: KindSpec,
    base: Manifest,
    desired: Desired,
    live: Mapping[str, LiveValue],
    remembered: Sequence[FieldAction],
) -> Mapping[str, LiveValue]:
    """Return the values that ``base`` wanted of managed fields that were not returned, if memory confirms them."""
    hidden = [path for path in desired if isinstance(live[path], NotReturned)]
    if not hidden or not remembered:
        return {}
    wanted = kind.desired(base.spec)
    values = created(kind.fields, wanted)
    steps = {path: setting(path, wanted[path]) for path in hidden if path in wanted}
    # Of two elements that may be one, nothing is removed: that could remove both.
    certain = lasting(kind.by_path, {}, remembered)
    return {
        path: values[path]
        for path, needed in steps.items()
        # An empty collection has no steps and is never confirmed, because others may have added something.
        if needed and all(is_remembered(s, certain) for s in needed)
    }


def still_protected(lifecycle: LifecycleSpec, base: Manifest | None) -> LifecycleSpec:
    """Return the block with the protection of the base: protection must be removed in a separate change."""
    return replace(lifecycle, protect=True) if base is not None and base.lifecycle.protect else lifecycle


def with_known(
    kind: KindSpec,
    live: Live,
    known: Mapping[str, LiveValue],
    done: Iterable[FieldAction] = (),
    again: Collection[str] = (),
) -> Live:
    """Return live with the known values of fields that were not returned or are masked, after the actions done since.

    ``again`` are the names of masked elements that count as missing, so that they are written again.
    """
    # A field that is returned now counts with its live value, whatever was known of it.
    shown = {path: value for path, value in known.items() if isinstance(live.fields[path], NotReturned)}
    masked = masked_paths(kind) if again else masked_paths(kind) & known.keys()
    shown |= {path: without(shown_as(live.fields[path], known.get(path)), again) for path in masked}
    if not shown:
        return live
    actions = [action for action in done if action.path in shown]
    return replace(live, fields=simulate(kind.fields, actions, {**live.fields, **shown}))


def unobserved_findings(
    found: Sequence[Finding],
    sent: Sequence[Change],
    left_out: Sequence[Change],
    known: Mapping[str, LiveValue],
    desired: Desired,
) -> tuple[Finding, ...]:
    """Return the findings, with one for each managed field that was not returned about the value used instead.

    ``left_out`` are changes that are not sent because, according to memory, an earlier run has made them.
    """
    # Memory is not used for a field with an attribute to clear, because clearing was neither sent nor seen.
    blind = {change.action.path for change in sent} | {path for path, value in desired.items() if _has_empty(value)}
    quiet = dict.fromkeys(change.action.path for change in left_out if change.action.path not in blind)
    others = (finding for finding in found if finding.code != "not-returned" or finding.path not in quiet)
    return (*others, *(_note(path, "remembered", _REMEMBERED) for path in quiet), *_from_base(known))


def _has_empty(value: Value) -> bool:
    return isinstance(value, Elements) and any("" in attributes.values() for attributes in value.by_key.values())


_REMEMBERED: Final = (
    "{} is not returned by the platform. The value that an earlier run sent, and the platform accepted, counts as "
    "live; whether it is still set is not known."
)
_FROM_BASE: Final = (
    "{} is not returned by the platform. The value that the base wanted, and an earlier run applied, counts as live; "
    "whether it is still set is not known."
)


def _from_base(known: Mapping[str, LiveValue]) -> tuple[Finding, ...]:
    return tuple(_note(path, "known-from-base", _FROM_BASE) for path in known)


def _note(path: str, code: str, words: str) -> Finding:
    return Finding(level=Level.NOTE, code=code, message=words.format(path), path=path)


KEPT_ELSEWHERE: Final = "kept-elsewhere"
"""Code of the finding that an address returned by the platform is treated as the one that was sent."""

_WORDS: Final = "{}: the platform shows {} in place of {}, which an earlier run sent. Both are treated as the same."


def as_sent(
    fields: Sequence[Field], desired: Desired, live: Mapping[str, LiveValue], kept: Iterable[FieldAction]
) -> Mapping[str, LiveValue]:
    """Return live with wanted elements under the keys that were sent, if the platform's keys of them are known."""
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
    """Return a finding for each element that is treated as the same as one that was sent."""
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
    """Return the elements that ``stage`` has just added and that the platform stores under its own keys.

    An addition and a new live element belong together if they, and no others, have the same file name.
    """
    kept: list[AddElement] = []
    for field in fields:
        if isinstance(field, KeyedField) and field.rehosted:
            live = _keys(now.get(field.path))
            lost = [key for key in _added(field, stage) if key not in live]
            # What was live before, or was sent under this very key, is not the new form of another element.
            new = live - _keys(before.get(field.path)) - set(lost) - set(_added(field, stage)) if lost else set()
            kept += _paired(field, lost, sorted(new))
    return tuple(kept)


def _paired(field: KeyedField, lost: Sequence[ElementKey], new: Sequence[ElementKey]) -> Iterable[AddElement]:
    by_name = {file_name(key): key for key in new}
    counts = Counter(map(file_name, [*dict.fromkeys(lost)])), Counter(map(file_name, new))
    for key in dict.fromkeys(lost):
        name = file_name(key)
        # With two files of one name, a guess could treat a foreign document as ours.
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
    """Return the kept elements that are wanted and returned only under the platform's key, each with that key."""
    rows = {field.path: field for field in fields if isinstance(field, KeyedField) and field.rehosted}
    found: list[tuple[AddElement, ElementKey]] = []
    for step in kept:
        field, wanted = rows.get(step.path), desired.get(step.path)
        if isinstance(step, AddElement) and field is not None and isinstance(wanted, Elements):
            shown = tuple(str(step.attributes.get(name, "")) for name in field.key)
            keys = _keys(live.get(step.path))
            # If the sent key is live too, or the manifest wants the platform's key itself, these are two elements. A
            # live element is taken for one wanted element only.
            free = shown in keys and step.key not in keys and shown not in wanted.by_key
            if free and step.key in wanted.by_key and shown not in [other for _, other in found]:
                found.append((step, shown))
    return found


def _keys(live: LiveValue | None) -> set[ElementKey]:
    match live:
        case Known(value=Elements(by_key=by_key)):
            return set(by_key)
        case _:
            return set()

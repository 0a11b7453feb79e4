"""Recognise what a platform keeps under a key of its own.

Origin may show the address of its own copy in the place of a document's (``origin-api.md`` section 12). Read alone,
that is one document that is missing and another one that is too much, at every run. Which is which can only be seen
when one is added: the address that was sent does not show, and one of the same file name does that was not there
before. That is *kept*, in the journal and for later runs, as the addition with the key under which it is shown:
``AddElement("additionalsDocuments", (SENT,), {"originalUrl": SHOWN})``.

While the address that was sent is wanted, what is shown in its place counts as it. Where it is not known what became of
an address, nothing is taken for it, and nothing is removed before the two were seen side by side
(:mod:`trueup.diff.same_element`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from trueup.diff.same_element import file_name
from trueup.model.action import Action, AddElement, Create, FieldAction
from trueup.model.change import Finding, Level
from trueup.model.field import Field, KeyedField
from trueup.model.value import Desired, ElementKey, Elements, Known, LiveValue

KEPT: Final = "kept-elsewhere"
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


def say_kept(
    fields: Sequence[Field], desired: Desired, live: Mapping[str, LiveValue], kept: Iterable[FieldAction]
) -> tuple[Finding, ...]:
    """Return a finding for each element that counts as another one."""
    return tuple(
        Finding(
            level=Level.NOTE,
            code=KEPT,
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

"""Simulate the effect of actions on live fields, as the platforms document it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from enum import Enum, auto
from itertools import groupby
from typing import assert_never

from trueup.diff.equality import is_empty, live_elements, live_members, without_empty
from trueup.model.action import (
    AddElement,
    AddMember,
    FieldAction,
    RemoveElement,
    RemoveMember,
    SetMembers,
    SetParts,
    SetValue,
)
from trueup.model.field import Field
from trueup.model.value import ABSENT, Desired, Elements, Known, LiveValue, Members, Parts, Value


def simulate(
    fields: Sequence[Field], actions: Iterable[FieldAction], live: Mapping[str, LiveValue]
) -> Mapping[str, LiveValue]:
    """Return the live fields after the actions, applied in order.

    ADD merges attributes, and a removal of something that does not exist has no effect. A field that was not returned
    becomes known, with what an action put there; anything else in it remains unknown.
    """
    by_path: dict[str, list[FieldAction]] = {}
    for action in actions:
        by_path.setdefault(action.path, []).append(action)
    return {field.path: _after(by_path.get(field.path, ()), live[field.path]) for field in fields}


def created(fields: Sequence[Field], desired: Desired) -> Mapping[str, LiveValue]:
    """Return the live fields right after a creation with these fields: they are known, all others are absent."""
    return {field.path: _carried(desired.get(field.path)) for field in fields}


def _carried(value: Value | None) -> LiveValue:
    # A creation sends no empty values, so what is empty in the manifest is unset afterwards.
    if value is None or is_empty(value):
        return ABSENT
    match value:
        case Parts(values=parts):
            return Known(Parts(without_empty(parts)))
        case Elements(by_key=by_key):
            return Known(Elements({key: without_empty(attributes) for key, attributes in by_key.items()}))
        case _:
            return Known(value)


def _after(actions: Sequence[FieldAction], live: LiveValue) -> LiveValue:
    """Return one field after its actions."""
    # Adjacent actions of one type are made together, so that a collection is copied once and not for each of them.
    for group, same in groupby(actions, key=_group):
        match group:
            case _Group.MEMBERS:
                live = _with_members(same, live)
            case _Group.ELEMENTS:
                live = _with_elements(same, live)
            case _Group.WHOLE:
                for action in same:
                    live = _replaced(action)
            case _:
                assert_never(group)
    return live


class _Group(Enum):
    """The part of a field that an action changes."""

    WHOLE = auto()
    MEMBERS = auto()
    ELEMENTS = auto()


def _group(action: FieldAction) -> _Group:
    match action:
        case AddMember() | RemoveMember():
            return _Group.MEMBERS
        case AddElement() | RemoveElement():
            return _Group.ELEMENTS
        case SetValue() | SetMembers() | SetParts():
            return _Group.WHOLE
        case _:
            assert_never(action)


def _replaced(action: FieldAction) -> LiveValue:
    match action:
        case SetValue(value=value):
            return Known(value)
        case SetMembers(members=members):
            # To Connect, absent, null and [] are the same.
            return _or_absent(Members(members))
        case SetParts(parts=parts):
            return Known(Parts(parts))
        case _:
            raise TypeError(f"{type(action).__name__} replaces no value")


def _with_members(actions: Iterable[FieldAction], live: LiveValue) -> LiveValue:
    members = dict.fromkeys(live_members(live))
    for action in actions:
        if isinstance(action, AddMember):
            members[action.member] = None
        elif isinstance(action, RemoveMember):
            members.pop(action.member, None)
    return _or_absent(Members(tuple(members)))


def _with_elements(actions: Iterable[FieldAction], live: LiveValue) -> LiveValue:
    have = live_elements(live)
    by_key = dict(have.by_key)
    for action in actions:
        if isinstance(action, AddElement):
            by_key[action.key] = {**by_key.get(action.key, {}), **action.attributes}
        elif isinstance(action, RemoveElement):
            by_key.pop(action.key, None)
    return _or_absent(replace(have, by_key=by_key))


def _or_absent(value: Value) -> LiveValue:
    return ABSENT if is_empty(value) else Known(value)

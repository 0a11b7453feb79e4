"""Predict what live becomes when actions are applied, as the platforms' documentation says they work."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import assert_never

from trueup.diff.compare import is_empty
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
from trueup.model.value import (
    ABSENT,
    Attributes,
    Desired,
    Elements,
    Known,
    LiveValue,
    Members,
    Parts,
    Value,
)


def simulate(
    fields: Sequence[Field], actions: Iterable[FieldAction], live: Mapping[str, LiveValue]
) -> Mapping[str, LiveValue]:
    """Return live after the actions, applied in order.

    ADD merges attributes, removing what is not there does nothing. What was not returned becomes known to hold what
    an action put there; what else it holds stays unknown and is not managed.
    """
    after = dict(live)
    for action in actions:
        after[action.path] = _applied(action, after[action.path])
    return {field.path: after[field.path] for field in fields}


def created(fields: Sequence[Field], desired: Desired) -> Mapping[str, LiveValue]:
    """Return live right after a creation that carried these fields: those are known, all others are absent."""
    return {field.path: _carried(desired.get(field.path)) for field in fields}


def _carried(value: Value | None) -> LiveValue:
    if value is None or is_empty(value):
        return ABSENT
    match value:
        case Parts(values=parts):
            return Known(Parts({name: part for name, part in parts.items() if part != ""}))
        case Elements(by_key=by_key):
            return Known(Elements({key: _unempty(attributes) for key, attributes in by_key.items()}))
        case _:
            return Known(value)


def _applied(action: FieldAction, live: LiveValue) -> LiveValue:
    match action:
        case SetValue(value=value):
            return Known(value)
        case SetMembers(members=members):
            return _or_absent(Members(members))
        case AddMember(member=member):
            return Known(Members(tuple(dict.fromkeys((*_members(live), member)))))
        case RemoveMember(member=member):
            return _or_absent(Members(tuple(kept for kept in _members(live) if kept != member)))
        case SetParts(parts=parts):
            return Known(Parts(parts))
        case AddElement(key=key, attributes=attributes):
            have = _elements(live)
            merged = {**have.by_key.get(key, {}), **attributes}
            return Known(replace(have, by_key={**have.by_key, key: merged}))
        case RemoveElement(key=key):
            have = _elements(live)
            return _or_absent(replace(have, by_key={kept: have.by_key[kept] for kept in have.by_key if kept != key}))
        case _:
            assert_never(action)


def _or_absent(value: Value) -> LiveValue:
    return ABSENT if is_empty(value) else Known(value)


def _members(live: LiveValue) -> tuple[str, ...]:
    match live:
        case Known(value=Members(values=values)):
            return values
        case _:
            return ()


def _elements(live: LiveValue) -> Elements:
    match live:
        case Known(value=Elements() as elements):
            return elements
        case _:
            return Elements({})


def _unempty(attributes: Attributes) -> Attributes:
    return {path: value for path, value in attributes.items() if value != ""}

"""Whose change a difference is, against the words of the rule: each thing alone, compared as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies import desired_fields, live_fields, tables
from trueup.diff.diff import diff
from trueup.diff.equality import attribute_holds, holds
from trueup.diff.simulate import created
from trueup.model.field import Field, GroupField, KeyedField, MembersField
from trueup.model.plan import Cause
from trueup.model.value import ABSENT, Attributes, Desired, Elements, Known, LiveValue, Members, Parts, Value
from trueup.plan.digest import subject_of
from trueup.plan.three_way import Thing, causes

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Sides:
    fields: tuple[Field, ...]
    base: Desired
    desired: Desired
    live: Mapping[str, LiveValue]


@st.composite
def sides(draw: st.DrawFn) -> Sides:
    """Draw three sides of which, field by field, any two are often equal."""
    fields = draw(tables())
    base, own = draw(desired_fields(fields)), draw(desired_fields(fields))
    desired = {path: draw(st.sampled_from([value, value, base.get(path, value)])) for path, value in own.items()}
    elsewhere = draw(live_fields(fields, not_returned=False))
    origins = [elsewhere, elsewhere, created(fields, base), created(fields, desired)]
    return Sides(fields, base, desired, {field.path: draw(st.sampled_from(origins))[field.path] for field in fields})


def things(field: Field, desired: Value, live: LiveValue) -> set[Thing]:
    """Return everything in one field that an action could change."""
    have = live.value if isinstance(live, Known) else None
    match field, desired:
        case MembersField(), Members(values=members):
            return {(field.path, m) for m in {*members, *(have.values if isinstance(have, Members) else ())}}
        case KeyedField(), Elements(by_key=by_key):
            return {(field.path, *k) for k in {*by_key, *(have.by_key if isinstance(have, Elements) else ())}}
        case _:
            return {(field.path,)}


def alone(value: Value, thing: Thing) -> Value:
    """Return of a value only what it says of one thing."""
    match value, thing:
        case Members(values=members), (_, member):
            return Members((member,) if member in members else ())
        case Elements(by_key=by_key), (_, *parts):
            return Elements({key: a for key, a in by_key.items() if key == tuple(parts)})
        case _:
            return value


def alone_live(live: LiveValue, thing: Thing) -> LiveValue:
    if not isinstance(live, Known):
        return live
    value = alone(live.value, thing)
    return ABSENT if value in (Members(()), Elements({})) else Known(value)


def differing(field: Field, desired: Value, live: LiveValue) -> Value:
    """Return what is wanted without the parts and attributes that live has already."""
    have = live.value if isinstance(live, Known) else None
    match field, desired:
        case GroupField(), Parts(values=parts):
            there = have.values if isinstance(have, Parts) else {}
            return Parts({name: part for name, part in parts.items() if there.get(name, "") != part})
        case KeyedField(), Elements(by_key=by_key):
            elements = have.by_key if isinstance(have, Elements) else {}
            return Elements({key: missing(field, a, elements.get(key)) for key, a in by_key.items()})
        case _:
            return desired


def missing(field: KeyedField, wanted: Attributes, there: Attributes | None) -> Attributes:
    given = [attribute for attribute in field.attributes if attribute.path in wanted]
    return {a.path: wanted[a.path] for a in given if not attribute_holds(a, wanted[a.path], there or {})}


def named(value: Value) -> set[object]:
    """Return the parts or attributes that a value of one thing speaks of, the thing's being there included."""
    match value:
        case Parts(values=parts):
            return set(parts)
        case Elements(by_key=by_key):
            return {name for attributes in by_key.values() for name in attributes}
        case _:
            return set()


def narrowed(base: Value, desired: Value) -> Value:
    """Return what base says of the parts or attributes that matter; all of it where the thing is to go."""
    match base, desired:
        case Parts(values=parts), Parts(values=wanted):
            return Parts({name: part for name, part in parts.items() if name in wanted})
        case Elements(by_key=by_key), Elements(by_key=wanted) if wanted:
            names = named(desired)
            return Elements({k: {n: v for n, v in a.items() if n in names} for k, a in by_key.items()})
        case _:
            return base


def rule(field: Field, base: Value | None, desired: Value, live: LiveValue) -> Cause:
    """Say the rule in its own words, of one thing: does base want something else, and is live something else?"""
    if base is None:
        return Cause.YOURS
    whole = isinstance(field, GroupField | KeyedField)
    then = narrowed(base, desired) if whole else base
    as_made = created((field,), {field.path: then})[field.path]
    new = bool(named(desired) - named(then)) if whole and named_there(then) else False
    # No platform masks what two commits want.
    seen = replace(field, masked=False) if isinstance(field, KeyedField) else field
    yours = new or not holds(seen, desired, as_made)
    drift = not holds(field, then, live)
    if not yours and not drift:
        return Cause.DRIFT if base == desired else Cause.YOURS
    return Cause.BOTH if yours and drift else Cause.YOURS if yours else Cause.DRIFT


def named_there(value: Value) -> bool:
    """Say whether a value has its one thing at all: a group always, a collection when it holds the element."""
    return not isinstance(value, Elements) or bool(value.by_key)


def expected(drawn: Sides) -> dict[Thing, Cause]:
    found: dict[Thing, Cause] = {}
    for field in drawn.fields:
        if field.path not in drawn.desired:
            continue
        for thing in things(field, drawn.desired[field.path], drawn.live[field.path]):
            live = alone_live(drawn.live[field.path], thing)
            desired = alone(drawn.desired[field.path], thing)
            base = drawn.base.get(field.path)
            if not holds(field, desired, live):
                then = None if base is None else alone(base, thing)
                found[thing] = rule(field, then, differing(field, desired, live), live)
    return found


@given(sides())
def test_each_differing_thing_has_the_one_cause_that_the_rule_gives(drawn: Sides) -> None:
    assert causes(drawn.fields, drawn.base, drawn.desired, drawn.live) == expected(drawn)


@given(sides())
def test_every_action_speaks_of_a_thing_with_a_cause(drawn: Sides) -> None:
    planned = {subject_of(change.action) for change in diff(drawn.fields, drawn.desired, drawn.live).changes}
    assert planned <= causes(drawn.fields, drawn.base, drawn.desired, drawn.live).keys()


@given(sides())
def test_without_a_base_everything_is_yours(drawn: Sides) -> None:
    assert set(causes(drawn.fields, None, drawn.desired, drawn.live).values()) <= {Cause.YOURS}


@given(sides())
def test_against_a_base_that_is_desired_everything_is_drift(drawn: Sides) -> None:
    assert set(causes(drawn.fields, drawn.desired, drawn.desired, drawn.live).values()) <= {Cause.DRIFT}


@given(sides())
def test_where_live_is_as_base_wanted_it_nothing_is_drift_but_what_base_did_not_manage(drawn: Sides) -> None:
    live = created(drawn.fields, drawn.base)
    assert set(causes(drawn.fields, drawn.base, drawn.desired, live).values()) <= {Cause.YOURS}


@st.composite
def applied(draw: st.DrawFn, drawn: Sides) -> list[Desired | None]:
    """Draw what one to three recorded commits wanted, of which any may be as another side."""
    each = st.one_of(st.sampled_from([None, drawn.base, drawn.desired]), desired_fields(drawn.fields))
    return draw(st.lists(each, min_size=1, max_size=3))


@given(sides(), st.data())
def test_live_as_a_recorded_commit_wanted_it_is_never_drift(drawn: Sides, data: st.DataObject) -> None:
    then = data.draw(applied(drawn))
    live = created(drawn.fields, data.draw(st.sampled_from(then)) or {})
    found = causes(drawn.fields, drawn.base, drawn.desired, live, then)
    assert set(found.values()) <= {Cause.YOURS, Cause.MERGED}


@given(sides(), st.data())
def test_what_waits_is_wanted_by_the_base_as_by_the_manifest(drawn: Sides, data: st.DataObject) -> None:
    found = causes(drawn.fields, drawn.base, drawn.desired, drawn.live, data.draw(applied(drawn)))
    since_base = expected(drawn)
    assert all(since_base[thing] is Cause.DRIFT for thing, cause in found.items() if cause is Cause.MERGED)


@given(sides())
def test_records_that_know_the_base_as_applied_change_no_cause(drawn: Sides) -> None:
    assert causes(drawn.fields, drawn.base, drawn.desired, drawn.live, [drawn.base]) == expected(drawn)

"""State the laws of the comparison over generated tables, manifests and live states."""

from collections.abc import Collection, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

import strategies
from deployment_strategies import answer_of
from trueup.diff.diff import diff
from trueup.diff.equality import holds, is_empty
from trueup.diff.simulate import created, simulate
from trueup.kinds.registry import KINDS
from trueup.model.action import (
    AddElement,
    AddMember,
    Difference,
    FieldAction,
    Level,
    RemoveElement,
    RemoveMember,
    SetMembers,
)
from trueup.model.field import Field, KeyedField, MembersField, ScalarField
from trueup.model.identity import Kind
from trueup.model.value import NOT_RETURNED, Desired, ElementKey, Elements, Known, LiveValue, Members

Case = tuple[tuple[Field, ...], Desired, Mapping[str, LiveValue]]


def cases(*rows: Field) -> st.SearchStrategy[Case]:
    """Draw a table, of the given rows if any are given, what is wanted, and live."""
    return strategies.tables(rows).flatmap(
        lambda fields: st.tuples(
            st.just(fields),
            strategies.desired_fields(fields),
            strategies.live_fields(fields),
        )
    )


def toys(kind: type[Field]) -> list[Field]:
    return [row for row in strategies.TOY if isinstance(row, kind)]


def actions(difference: Difference) -> list[FieldAction]:
    return [change.action for change in difference.changes]


def managed(fields: tuple[Field, ...], desired: Desired, refused: Collection[str]) -> list[Field]:
    return [field for field in fields if field.path in desired.keys() - refused]


@given(strategies.tables().flatmap(lambda fields: st.tuples(st.just(fields), strategies.desired_fields(fields))))
def test_what_equals_live_needs_no_action(case: tuple[tuple[Field, ...], Desired]) -> None:
    fields, desired = case
    assert diff(fields, desired, created(fields, desired)) == Difference((), ())


@given(cases())
def test_the_actions_lead_to_what_is_wanted(case: Case) -> None:
    fields, desired, live = case
    difference = diff(fields, desired, live)
    after = simulate(fields, actions(difference), live)
    refused = {f.path for f in difference.findings if f.level is Level.BLOCKED}
    refused |= {path for path, value in desired.items() if live[path] == NOT_RETURNED and is_empty(value)}
    assert [f.path for f in managed(fields, desired, refused) if not holds(f, desired[f.path], after[f.path])] == []
    assert diff(fields, desired, after).changes == ()


@given(cases())
def test_fields_that_are_not_managed_stay_as_they_are(case: Case) -> None:
    fields, desired, live = case
    after = simulate(fields, actions(diff(fields, desired, live)), live)
    assert {path: after[path] for path in live.keys() - desired.keys()} == {
        path: live[path] for path in live.keys() - desired.keys()
    }


@given(cases())
def test_no_action_can_be_left_out(case: Case) -> None:
    fields, desired, live = case
    difference = diff(fields, desired, live)
    planned = actions(difference)
    for left_out in range(len(planned)):
        after = simulate(fields, planned[:left_out] + planned[left_out + 1 :], live)
        field = next(field for field in fields if field.path == planned[left_out].path)
        assert not holds(field, desired[field.path], after[field.path])


@given(cases())
def test_every_change_changes_something(case: Case) -> None:
    fields, desired, live = case
    state = live
    for change in diff(fields, desired, live).changes:
        assert change.before != change.after
        before, state = state, simulate(fields, [change.action], state)
        assert state != before


@given(cases())
def test_each_field_member_and_element_costs_at_most_one_action_but_for_resets(case: Case) -> None:
    fields, desired, live = case
    difference = diff(fields, desired, live)
    resets = sum(finding.code == "element-reset" for finding in difference.findings)
    things = {_thing(action) for action in actions(difference)}
    assert len(difference.changes) == len(things) + resets


def _thing(action: FieldAction) -> tuple[str, str | ElementKey | None]:
    match action:
        case AddMember(path=path, member=member) | RemoveMember(path=path, member=member):
            return path, member
        case AddElement(path=path, key=key) | RemoveElement(path=path, key=key):
            return path, key
        case _:
            return action.path, None


@given(cases())
def test_what_was_not_returned_is_never_taken_away(case: Case) -> None:
    fields, desired, live = case
    for action in actions(diff(fields, desired, live)):
        if live[action.path] == NOT_RETURNED:
            assert not isinstance(action, RemoveMember | RemoveElement)
            assert not isinstance(action, SetMembers) or action.members


@given(cases())
def test_whatever_was_not_returned_is_said(case: Case) -> None:
    fields, desired, live = case
    said = {finding.path for finding in diff(fields, desired, live).findings if finding.code == "not-returned"}
    # What never changes after the creation need not be compared.
    fixed = {field.path for field in fields if isinstance(field, ScalarField) and field.fixed}
    assert said == {path for path in desired if live[path] == NOT_RETURNED} - fixed


@given(cases(*toys(KeyedField)))
def test_stages_are_counted_from_nought_and_never_go_back(case: Case) -> None:
    fields, desired, live = case
    stages = [change.stage for change in diff(fields, desired, live).changes]
    assert stages == sorted(stages)
    assert set(stages) == set(range(len(set(stages))))


@given(cases(*toys(KeyedField)))
def test_process_collections_come_last_and_alone(case: Case) -> None:
    fields, desired, live = case
    process = {field.path for field in fields if isinstance(field, KeyedField) and field.process}
    changes = diff(fields, desired, live).changes
    last = {change.stage for change in changes if change.action.path in process}
    # Behind them, and alone again, goes only what may be the same as an element that came or stays.
    added = {c.stage for c in changes if isinstance(c.action, AddElement) and c.action.path in process}
    end = max((change.stage for change in changes), default=0)
    assert len(added) <= 1
    assert last | added <= {end - 1, end}
    assert not added & {change.stage for change in changes if change.action.path not in process}


@given(cases(*toys(KeyedField)))
def test_what_comes_never_meets_what_goes_under_the_same_key_or_part_of_it(case: Case) -> None:
    fields, desired, live = case
    telling = {
        f.path: [f.key.index(name) for name in f.exclusive or f.key] for f in fields if isinstance(f, KeyedField)
    }
    coming, going = set(), set()
    for change in diff(fields, desired, live).changes:
        match change.action:
            case AddElement(path=path, key=key):
                coming.add((change.stage, path, *(key[index] for index in telling[path])))
            case RemoveElement(path=path, key=key):
                going.add((change.stage, path, *(key[index] for index in telling[path])))
    assert not coming & going


@given(cases(*toys(MembersField)))
def test_members_come_before_members_go(case: Case) -> None:
    fields, desired, live = case
    for field in fields:
        if isinstance(field, MembersField):
            kinds = [type(a) for a in actions(diff(fields, desired, live)) if a.path == field.path]
            assert kinds == sorted(kinds, key=[AddMember, RemoveMember].index)


@given(cases())
def test_the_order_in_which_live_comes_changes_no_action(case: Case) -> None:
    fields, desired, live = case
    assert actions(diff(fields, desired, live)) == actions(diff(fields, desired, backwards(live)))


def backwards(live: Mapping[str, LiveValue]) -> Mapping[str, LiveValue]:
    """Return the same live state with every set and collection the other way round."""
    turned: dict[str, LiveValue] = {}
    for path, value in live.items():
        match value:
            case Known(value=Members(values=values)):
                turned[path] = Known(Members(values[::-1]))
            case Known(value=Elements(by_key=by_key)):
                turned[path] = Known(Elements(dict(reversed(list(by_key.items())))))
            case _:
                turned[path] = value
    return turned


@pytest.mark.parametrize("kind", Kind)
@given(data=st.data())
def test_a_reordered_or_repeated_answer_is_no_change(kind: Kind, data: st.DataObject) -> None:
    spec = data.draw(strategies.specs_of(kind))
    answer = data.draw(strategies.rewritten(answer_of(kind, spec)))
    assert isinstance(answer, dict)
    live = KINDS[kind].observe({"id": "1", "version": 1, "originId": "1", **answer})
    assert diff(KINDS[kind].fields, KINDS[kind].desired(spec), live.fields) == Difference((), ())

"""Actions, reasons and findings for single values, sets, members, groups and choices."""

from trueup.diff.diff import diff
from trueup.model.action import (
    AddMember,
    Change,
    Difference,
    Finding,
    Level,
    Reason,
    RemoveMember,
    SetMembers,
    SetParts,
    SetValue,
)
from trueup.model.field import ChoiceField, Compare, Field, GroupField, MembersField, ScalarField, SetField
from trueup.model.value import ABSENT, NOT_RETURNED, Known, LiveValue, Members, Parts, Value

TEXT = ScalarField(path="text")
NUMBER = ScalarField(path="number", compare=Compare.DECIMAL)
REGIONS = SetField(path="regions", clearable=False, unset="all regions")
TYPES = SetField(path="types", clearable=True)
MEMBERS = MembersField(path="members")
GROUP = GroupField(path="group", parts=("url", "tag"))
CHOICE = ChoiceField(path="choice", options=("name", "flag"), flags=("flag",))


def one(field: Field, wanted: Value, live: LiveValue) -> Difference:
    return diff([field], {field.path: wanted}, {field.path: live})


def only(difference: Difference) -> Change:
    assert difference.findings == ()
    (change,) = difference.changes
    return change


def refused(difference: Difference) -> Finding:
    assert difference.changes == ()
    (finding,) = difference.findings
    return finding


def test_a_value_that_differs_is_set_once() -> None:
    change = only(one(TEXT, "new", Known("old")))
    assert change == Change(
        action=SetValue("text", "new"), before=Known("old"), after=Known("new"), reason=Reason.SCALAR_DIFFERS
    )


def test_a_value_that_is_not_set_is_set() -> None:
    assert only(one(TEXT, "new", ABSENT)).reason is Reason.NOT_SET


def test_a_number_is_sent_in_the_digits_that_were_written() -> None:
    assert one(NUMBER, "1.50", Known("1.5")) == Difference((), ())
    assert only(one(NUMBER, "1.50", Known("1.6"))).action == SetValue("number", "1.50")


def test_a_value_cannot_be_emptied() -> None:
    finding = refused(one(TEXT, "", Known("old")))
    assert (finding.level, finding.code, finding.path) == (Level.BLOCKED, "cannot-clear", "text")
    assert "the API cannot clear text" in finding.message


def test_emptying_an_unset_field_is_no_change() -> None:
    assert one(TEXT, "", ABSENT) == Difference((), ())


def test_an_unmanaged_field_is_not_changed() -> None:
    assert diff([TEXT, NUMBER], {"text": "a"}, {"text": Known("a"), "number": Known("1")}) == Difference((), ())


def test_a_value_that_was_not_returned_is_set_with_a_warning() -> None:
    difference = one(TEXT, "new", NOT_RETURNED)
    (change,) = difference.changes
    assert (change.action, change.before, change.reason) == (SetValue("text", "new"), NOT_RETURNED, Reason.NOT_RETURNED)
    (finding,) = difference.findings
    assert (finding.level, finding.code) == (Level.WARNING, "not-returned")


def test_emptying_a_field_that_was_not_returned_sends_nothing_and_warns() -> None:
    for field, empty in ((TEXT, ""), (TYPES, Members(())), (MEMBERS, Members(())), (GROUP, Parts({"url": ""}))):
        finding = refused(one(field, empty, NOT_RETURNED))
        assert (finding.level, finding.code) == (Level.WARNING, "not-returned")


def test_a_reordered_or_repeated_set_is_no_change() -> None:
    assert one(TYPES, Members(("a", "b")), Known(Members(("b", "a", "b")))) == Difference((), ())


def test_a_set_that_differs_is_replaced_in_the_order_that_was_written() -> None:
    change = only(one(TYPES, Members(("b", "a")), Known(Members(("a",)))))
    assert (change.action, change.reason) == (SetMembers("types", ("b", "a")), Reason.SET_DIFFERS)


def test_a_set_is_emptied_where_the_platform_can() -> None:
    assert only(one(TYPES, Members(()), Known(Members(("a",))))).action == SetMembers("types", ())


def test_the_finding_about_a_set_that_cannot_be_emptied_explains_empty() -> None:
    finding = refused(one(REGIONS, Members(()), Known(Members(("a", "b")))))
    assert (finding.level, finding.code) == (Level.BLOCKED, "cannot-clear")
    assert "has 2 live" in finding.message
    assert 'cannot go back to "all regions"' in finding.message
    assert one(REGIONS, Members(()), ABSENT) == Difference((), ())


def test_members_are_added_one_by_one_before_members_are_removed() -> None:
    difference = one(MEMBERS, Members(("d", "c", "a")), Known(Members(("z", "a", "b"))))
    assert [change.action for change in difference.changes] == [
        AddMember("members", "d"),
        AddMember("members", "c"),
        RemoveMember("members", "b"),
        RemoveMember("members", "z"),
    ]
    assert [change.reason for change in difference.changes] == [Reason.MEMBER_MISSING] * 2 + [Reason.MEMBER_EXTRA] * 2
    assert (difference.changes[0].before, difference.changes[0].after) == (ABSENT, Known("d"))
    assert (difference.changes[-1].before, difference.changes[-1].after) == (Known("z"), ABSENT)


def test_all_members_are_removed_when_none_is_wanted() -> None:
    assert only(one(MEMBERS, Members(()), Known(Members(("a", "a"))))).action == RemoveMember("members", "a")


def test_members_that_were_not_returned_are_only_added() -> None:
    difference = one(MEMBERS, Members(("a",)), NOT_RETURNED)
    assert [(c.action, c.before, c.reason) for c in difference.changes] == [
        (AddMember("members", "a"), NOT_RETURNED, Reason.NOT_RETURNED)
    ]


def test_a_group_is_sent_whole_when_a_part_differs() -> None:
    live = Known(Parts({"url": "u", "tag": "1"}))
    assert only(one(GROUP, Parts({"url": "u", "tag": "2"}), live)).action == SetParts("group", {"url": "u", "tag": "2"})


def test_an_unmanaged_part_is_sent_with_its_live_value() -> None:
    live = Known(Parts({"url": "u", "tag": "1"}))
    change = only(one(GROUP, Parts({"tag": "2"}), live))
    assert (change.action, change.reason) == (SetParts("group", {"url": "u", "tag": "2"}), Reason.GROUP_DIFFERS)


def test_a_choice_is_switched_and_nothing_of_the_other_option_is_sent() -> None:
    change = only(one(CHOICE, Parts({"flag": "TRUE"}), Known(Parts({"name": "Veritas"}))))
    assert (change.action, change.reason) == (SetParts("choice", {"flag": "TRUE"}), Reason.CHOICE_DIFFERS)


def test_a_part_cannot_be_emptied() -> None:
    finding = refused(one(CHOICE, Parts({"name": ""}), Known(Parts({"name": "Veritas"}))))
    assert (finding.code, finding.path) == ("cannot-clear", "choice.name")


def test_actions_follow_the_order_of_the_table() -> None:
    fields = [NUMBER, TEXT]
    difference = diff(fields, {"text": "a", "number": "1"}, {"text": ABSENT, "number": ABSENT})
    assert [change.action.path for change in difference.changes] == ["number", "text"]


def test_a_number_that_looks_like_the_live_one_is_warned_about_and_a_text_is_not() -> None:
    for identifies in (True, False):
        field = ScalarField(path="number", identifies=identifies)
        difference = diff([field], {"number": "A\u20131"}, {"number": Known("A-1")})
        assert [finding.code for finding in difference.findings] == ["look-alike"] * identifies
        assert [change.action for change in difference.changes] == [SetValue("number", "A\u20131")]


def test_a_member_that_looks_like_a_live_one_is_warned_about() -> None:
    projects = MembersField(path="projects")
    difference = diff([projects], {"projects": Members(("Shop", "b"))}, {"projects": Known(Members(("shop", "b")))})
    assert [finding.message for finding in difference.findings] == [
        "Shop in projects looks like shop, which is live but different. If you mean the live one, copy its spelling."
    ]

import pytest

from strategies import TOY
from trueup.model.field import Compare, KeyedField, ScalarField
from trueup.model.plan import Cause
from trueup.model.value import ABSENT, NOT_RETURNED, Elements, Known, LiveValue, Members, Parts, Value
from trueup.plan.three_way import Causes, causes, joined

BY_PATH = {field.path: field for field in TOY}
YOURS, DRIFT, BOTH = Cause.YOURS, Cause.DRIFT, Cause.BOTH


def causes_of(path: str, base: Value | None, desired: Value, live: Value | LiveValue | None) -> Causes:
    field = BY_PATH[path]
    shown = ABSENT if live is None else NOT_RETURNED if live is NOT_RETURNED else Known(live)  # type: ignore[arg-type]
    return causes([field], {} if base is None else {path: base}, {path: desired}, {path: shown})


@pytest.mark.parametrize(
    ("base", "desired", "live", "cause"),
    [
        ("a", "a", "b", DRIFT),
        ("a", "a", None, DRIFT),
        ("a", "b", "a", YOURS),
        ("a", "b", "c", BOTH),
        ("a", "b", None, BOTH),
        (None, "b", "c", YOURS),
        (None, "b", None, YOURS),
        ("", "b", None, YOURS),
        ("", "b", "c", BOTH),
        ("", "", "c", DRIFT),
        ("a", "", "a", YOURS),
    ],
)
def test_a_scalar_has_the_cause_of_the_side_that_moved(
    base: str | None, desired: str, live: str | None, cause: Cause
) -> None:
    assert causes_of("text", base, desired, live) == {("text",): cause}


def test_what_both_sides_changed_alike_is_no_difference() -> None:
    assert causes_of("text", "a", "b", "b") == {}


def test_what_was_not_returned_cannot_be_seen_to_have_drifted() -> None:
    assert causes_of("text", "a", "a", NOT_RETURNED) == {("text",): None}
    assert causes_of("text", "a", "b", NOT_RETURNED) == {("text",): YOURS}
    assert causes_of("text", None, "a", NOT_RETURNED) == {("text",): YOURS}
    members = causes_of("members", Members(("a",)), Members(("a", "b")), NOT_RETURNED)
    assert members == {("members", "a"): None, ("members", "b"): YOURS}


def test_a_set_that_is_replaced_has_one_cause() -> None:
    assert causes_of("set", Members(("a",)), Members(("a", "b")), Members(("c",))) == {("set",): BOTH}


def test_each_member_has_its_own_cause() -> None:
    base, desired, live = Members(("a", "b")), Members(("b", "c")), Members(("a", "d"))
    assert causes_of("members", base, desired, live) == {
        ("members", "a"): YOURS,
        ("members", "b"): DRIFT,
        ("members", "c"): YOURS,
        ("members", "d"): DRIFT,
    }


def test_a_group_that_carries_both_changes_is_both() -> None:
    base = Parts({"url": "u", "tag": "1"})
    assert causes_of("group", base, Parts({"url": "v", "tag": "1"}), Parts({"url": "u", "tag": "2"})) == {
        ("group",): BOTH
    }
    assert causes_of("group", base, Parts({"url": "v", "tag": "1"}), base) == {("group",): YOURS}
    assert causes_of("group", base, base, Parts({"url": "u", "tag": "2"})) == {("group",): DRIFT}


def test_a_part_that_both_changed_alike_does_not_count() -> None:
    base, live = Parts({"url": "u", "tag": "1"}), Parts({"url": "v", "tag": "2"})
    assert causes_of("group", base, Parts({"url": "v", "tag": "1"}), live) == {("group",): DRIFT}


def test_a_choice_is_one_thing() -> None:
    assert causes_of("choice", Parts({"name": "a"}), Parts({"flag": "TRUE"}), Parts({"name": "b"})) == {
        ("choice",): BOTH
    }


def test_each_element_has_its_own_cause() -> None:
    base = Elements({("kept",): {"value": "1"}, ("dropped",): {"value": "1"}, ("edited",): {"value": "1"}})
    desired = Elements({("kept",): {"value": "1"}, ("added",): {"value": "1"}, ("edited",): {"value": "2"}})
    live = Elements({("dropped",): {"value": "1"}, ("edited",): {"value": "1"}, ("foreign",): {"value": "1"}})
    assert causes_of("rich", base, desired, live) == {
        ("rich", "kept"): DRIFT,
        ("rich", "added"): YOURS,
        ("rich", "edited"): YOURS,
        ("rich", "dropped"): YOURS,
        ("rich", "foreign"): DRIFT,
    }


def test_removing_an_element_that_others_edited_is_both() -> None:
    base, live = Elements({("a",): {"value": "1"}}), Elements({("a",): {"value": "2"}})
    assert causes_of("rich", base, Elements({}), live) == {("rich", "a"): BOTH}


def test_adding_an_element_that_others_added_differently_is_both() -> None:
    desired, live = Elements({("a",): {"value": "1"}}), Elements({("a",): {"value": "2"}})
    assert causes_of("rich", Elements({}), desired, live) == {("rich", "a"): BOTH}


def test_a_named_element_that_the_base_did_not_name_is_yours_whatever_others_made_of_it() -> None:
    old, new = ("app", "OLD"), ("app", "NEW")
    desired, live = (Elements({old: {"value": "1"}, new: {"value": value}}) for value in ("1", "2"))
    assert causes_of("named.values", Elements({old: {"value": "1"}}), desired, live) == {("named.values", *new): YOURS}


@pytest.mark.parametrize(("wanted", "cause"), [({"from": "x"}, DRIFT), ({"from": "y"}, BOTH)])
def test_a_masked_element_that_others_removed_is_both_only_if_the_manifest_changed_it(
    wanted: dict[str, str], cause: Cause
) -> None:
    base, desired = Elements({("app", "KEY"): {"from": "x"}}), Elements({("app", "KEY"): wanted})
    assert causes_of("named.secrets", base, desired, None) == {("named.secrets", "app", "KEY"): cause}


def test_an_attribute_that_is_managed_only_now_is_yours() -> None:
    base, desired = Elements({("a",): {"value": "1"}}), Elements({("a",): {"value": "1", "reset": "x"}})
    assert causes_of("rich", base, desired, Elements({("a",): {"value": "1", "reset": "y"}})) == {("rich", "a"): YOURS}


@pytest.mark.parametrize(
    ("base", "cause"), [("2024-02-01", YOURS), ("2024-02-01T09:30", DRIFT), ("2024-02-01T10:30", YOURS)]
)
def test_a_date_that_equals_both_sides_is_judged_by_its_words(base: str, cause: Cause) -> None:
    field = ScalarField(path="day", compare=Compare.DATE)
    live = {"day": Known("2024-02-01T10:30")}
    assert causes([field], {"day": base}, {"day": "2024-02-01T09:30"}, live) == {("day",): cause}


def test_a_number_that_the_manifest_only_spells_differently_is_drift() -> None:
    field = ScalarField(path="density", compare=Compare.DECIMAL)
    live = {"density": Known("2")}
    assert causes([field], {"density": "1.50"}, {"density": "1.5"}, live) == {("density",): DRIFT}


def test_without_a_resource_in_the_base_all_is_yours() -> None:
    field = KeyedField(path="names", key=("name",))
    live = {"names": Known(Elements({("a",): {}}))}
    assert causes([field], None, {"names": Elements({})}, live) == {("names", "a"): YOURS}


def test_several_causes_are_both() -> None:
    assert (joined([]), joined([YOURS, YOURS]), joined([YOURS, DRIFT])) == (None, YOURS, BOTH)

"""The live state after actions and after a creation."""

import pytest

from trueup.diff.simulate import created, simulate
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
from trueup.model.field import Attribute, KeyedField, ScalarField
from trueup.model.value import ABSENT, NOT_RETURNED, Elements, Known, LiveValue, Members, Parts

FIELD = ScalarField(path="it")


@pytest.mark.parametrize(
    ("action", "live", "after"),
    [
        (SetValue("it", "a"), Known("b"), Known("a")),
        (SetValue("it", "a"), NOT_RETURNED, Known("a")),
        (SetMembers("it", ("a",)), Known(Members(("b",))), Known(Members(("a",)))),
        (SetMembers("it", ()), Known(Members(("b",))), ABSENT),
        (AddMember("it", "a"), ABSENT, Known(Members(("a",)))),
        (AddMember("it", "a"), Known(Members(("a", "b"))), Known(Members(("a", "b")))),
        (RemoveMember("it", "a"), Known(Members(("a", "b"))), Known(Members(("b",)))),
        (RemoveMember("it", "a"), Known(Members(("a",))), ABSENT),
        (RemoveMember("it", "a"), ABSENT, ABSENT),
        (SetParts("it", {"name": "n"}), Known(Parts({"flag": "TRUE"})), Known(Parts({"name": "n"}))),
        (AddElement("it", ("k",), {"a": "1"}), NOT_RETURNED, Known(Elements({("k",): {"a": "1"}}))),
        (
            AddElement("it", ("k",), {"a": "1"}),
            Known(Elements({("k",): {"a": "0", "b": "2"}, ("l",): {}})),
            Known(Elements({("k",): {"a": "1", "b": "2"}, ("l",): {}})),
        ),
        (RemoveElement("it", ("k",)), Known(Elements({("k",): {}, ("l",): {}})), Known(Elements({("l",): {}}))),
        (RemoveElement("it", ("k",)), Known(Elements({("k",): {}})), ABSENT),
    ],
)
def test_an_action_does_what_the_documentation_says(action: FieldAction, live: LiveValue, after: LiveValue) -> None:
    assert simulate([FIELD], [action], {"it": live}) == {"it": after}


def test_actions_are_applied_in_order_and_the_old_state_is_not_changed() -> None:
    live = {"it": Known("a")}
    assert simulate([FIELD], [SetValue("it", "b"), SetValue("it", "c")], live) == {"it": Known("c")}
    assert live == {"it": Known("a")}


def test_after_a_creation_its_fields_are_known_and_all_others_absent() -> None:
    fields = [FIELD, ScalarField(path="other"), ScalarField(path="empty")]
    assert created(fields, {"it": "a", "empty": ""}) == {"it": Known("a"), "other": ABSENT, "empty": ABSENT}


def test_creation_carries_no_empty_attribute() -> None:
    field = KeyedField(path="it", key=("id",), attributes=(Attribute(path="a"),))
    assert created([field], {"it": Elements({("k",): {"a": ""}})}) == {"it": Known(Elements({("k",): {}}))}

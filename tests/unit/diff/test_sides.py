import pytest

from trueup.diff.sides import value_after, value_before
from trueup.model.action import (
    Action,
    AddElement,
    AddMember,
    Delete,
    RemoveElement,
    RemoveMember,
    SetMembers,
    SetParts,
    SetValue,
)
from trueup.model.value import ABSENT, NOT_RETURNED, Elements, Known, LiveValue, Members, Parts

LIVE: dict[str, LiveValue] = {
    "name": Known("Tax"),
    "regions": Known(Members(("eu", "us"))),
    "creator": Known(Parts({"email": "a@acme.example"})),
    "channels": Known(Elements({("web",): {"market": "DE", "rank": 1}})),
    "hidden": NOT_RETURNED,
}


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [
        (SetValue("name", "Taxes"), Known("Tax"), Known("Taxes")),
        (SetValue("title", "Taxes"), ABSENT, Known("Taxes")),
        (SetValue("hidden", "x"), NOT_RETURNED, Known("x")),
        (SetMembers("regions", ("au",)), Known(Members(("eu", "us"))), Known(Members(("au",)))),
        (SetParts("creator", {"name": "A"}), Known(Parts({"email": "a@acme.example"})), Known(Parts({"name": "A"}))),
        (AddMember("regions", "au"), ABSENT, Known("au")),
        (RemoveMember("regions", "us"), Known("us"), ABSENT),
        (AddElement("channels", ("app",), {"rank": 2}), ABSENT, Known(Parts({"rank": 2}))),
        (
            AddElement("channels", ("web",), {"rank": 3}),
            Known(Parts({"market": "DE", "rank": 1})),
            Known(Parts({"market": "DE", "rank": 3})),
        ),
        (RemoveElement("channels", ("web",)), Known(Parts({"market": "DE", "rank": 1})), ABSENT),
        (AddElement("hidden", ("web",), {}), NOT_RETURNED, Known(Parts({}))),
        (Delete("Gone."), ABSENT, ABSENT),
    ],
)
def test_an_action_has_the_old_and_the_new_value_of_what_it_changes(
    action: Action, before: LiveValue, after: LiveValue
) -> None:
    assert value_before(action, LIVE) == before
    assert value_after(action, before) == after

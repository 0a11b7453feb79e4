"""When a live value is the desired one."""

import pytest

from trueup.diff.equality import holds, is_empty, same
from trueup.model.field import (
    Attribute,
    ChoiceField,
    Compare,
    Field,
    GroupField,
    KeyedField,
    ScalarField,
    SetField,
)
from trueup.model.value import ABSENT, NOT_RETURNED, Elements, Known, LiveValue, Members, Parts, Scalar, Value

TEXT = ScalarField(path="text")
SET = SetField(path="set", clearable=True)
GROUP = GroupField(path="group", parts=("url", "tag"))
CHOICE = ChoiceField(path="choice", options=("name", "flag"), flags=("flag",))
KEYED = KeyedField(
    path="keyed",
    key=("id",),
    attributes=(Attribute(path="size", compare=Compare.DECIMAL), Attribute(path="name")),
)


@pytest.mark.parametrize(
    ("compare", "left", "right", "equal"),
    [
        (Compare.TEXT, "a", "a", True),
        (Compare.TEXT, "a", "A", False),
        (Compare.TEXT, "1.0", "1", False),
        (Compare.TEXT, "é", "e\u0301", False),
        (Compare.TEXT, "www.acme.example", "www.acme.example/", False),
        (Compare.INTEGER, 4, 4, True),
        (Compare.INTEGER, 4, 5, False),
        (Compare.DECIMAL, "1.50", "1.5", True),
        (Compare.DECIMAL, "10", "1E+1", True),
        (Compare.DECIMAL, "0", "-0.00", True),
        (Compare.DECIMAL, "0.1", "0.10000000000000000001", False),
        (Compare.DECIMAL, "about 5", "about 5", True),
        (Compare.DECIMAL, "about 5", "5", False),
        (Compare.DECIMAL, "NaN", "1", False),
        (Compare.DECIMAL, "sNaN", "1", False),
        (Compare.BOOLEAN, "true", "TRUE", True),
        (Compare.BOOLEAN, "true", "false", False),
    ],
)
def test_scalars_are_compared_by_their_type(compare: Compare, left: Scalar, right: Scalar, equal: bool) -> None:  # noqa: FBT001 - a table's column
    assert same(compare, left, right) is equal
    assert same(compare, right, left) is equal


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        ("2008-09-15", "2008-09-15T15:53:00", True),
        ("2008-09-15", "2008-09-15T00:00:00Z", True),
        ("2008-09-15", "2008-09-16", False),
        ("2008-09-15", "2008-09-16T00:00:00", False),
        ("2008-09-15T15:53:00", "2008-09-15T15:53", True),
        ("2008-09-15T15:53:00", "2008-09-15T15:53:00.000", True),
        ("2008-09-15T15:53:00.5", "2008-09-15T15:53:00.500", True),
        ("2008-09-15T15:53:00", "2008-09-15T15:53:01", False),
        ("2008-09-15T15:53:00.1", "2008-09-15T15:53:00.2", False),
        ("2008-09-15T15:53:00", "2008-09-15T15:53:00Z", True),
        ("2008-09-15T15:53:00Z", "2008-09-15T15:53:00+00:00", True),
        ("2008-09-15T15:53:00+0200", "2008-09-15T15:53:00+02:00", True),
        ("2008-09-15T15:53:00Z", "2008-09-15T15:53:00+02:00", False),
        ("2008-09-15T15:53:00Z", "2008-09-15T17:53:00+02:00", False),
        ("2008-09-15T23:30:00Z", "2008-09-16T01:30:00+02:00", False),
        ("soon", "2008-09-15", False),
        ("soon", "soon", True),
    ],
)
def test_dates_are_compared_by_day_unless_both_have_a_time_and_zones_are_never_shifted(
    left: str,
    right: str,
    equal: bool,  # noqa: FBT001 - a table's column
) -> None:
    assert same(Compare.DATE, left, right) is equal
    assert same(Compare.DATE, right, left) is equal


@pytest.mark.parametrize(
    ("field", "wanted", "live", "held"),
    [
        (SET, Members(("a", "b")), Known(Members(("b", "a"))), True),
        (SET, Members(("a",)), Known(Members(("a", "a"))), True),
        (SET, Members(("a",)), Known(Members(("a", "b"))), False),
        (SET, Members(()), ABSENT, True),
        (GROUP, Parts({"url": "u", "tag": "t"}), Known(Parts({"tag": "t", "url": "u"})), True),
        (GROUP, Parts({"tag": "t"}), Known(Parts({"tag": "t", "url": "u"})), True),
        (GROUP, Parts({"tag": "t"}), Known(Parts({"url": "u"})), False),
        (CHOICE, Parts({"name": "n"}), Known(Parts({"name": "n"})), True),
        (CHOICE, Parts({"name": "n"}), Known(Parts({"flag": "TRUE"})), False),
        (CHOICE, Parts({"name": "n"}), Known(Parts({"name": "n", "flag": "TRUE"})), False),
        (TEXT, "", ABSENT, True),
        (TEXT, "", Known("a"), False),
        (TEXT, "a", ABSENT, False),
        (TEXT, "a", NOT_RETURNED, False),
        (TEXT, "", NOT_RETURNED, False),
        (TEXT, "a", Known(Members(("a",))), False),
        (KEYED, Elements({}), ABSENT, True),
        (KEYED, Elements({}), Known(Elements({("a",): {}})), False),
        (KEYED, Elements({("a",): {}}), ABSENT, False),
        (KEYED, Elements({("a",): {"size": "1.0"}}), Known(Elements({("a",): {"size": "1", "name": "x"}})), True),
        (KEYED, Elements({("a",): {"name": ""}}), Known(Elements({("a",): {}})), True),
        (KEYED, Elements({("a",): {"name": ""}}), Known(Elements({("a",): {"name": "x"}})), False),
        (KEYED, Elements({("a",): {}}), Known(Elements({("a",): {}, ("b",): {}})), False),
    ],
)
def test_a_live_value_is_the_desired_one(field: Field, wanted: Value, live: LiveValue, held: bool) -> None:  # noqa: FBT001 - a table's column
    assert holds(field, wanted, live) is held


@pytest.mark.parametrize(
    ("value", "empty"),
    [
        ("", True),
        ("0", False),
        (0, False),
        (Members(()), True),
        (Members(("a",)), False),
        (Elements({}), True),
        (Elements({("a",): {}}), False),
        (Parts({"name": ""}), True),
        (Parts({"url": "", "tag": "t"}), False),
    ],
)
def test_managed_and_empty(value: Value, empty: bool) -> None:  # noqa: FBT001 - a table's column
    assert is_empty(value) is empty

"""A group or a collection at three moments is reduced to what differs."""

from decimal import Decimal

import pytest

from trueup.model.run import FieldReport
from trueup.model.value import Elements, Known, Members, Parts, Value
from trueup.report.outcomes import NOT_STORED, compared
from trueup.report.values import value_span


def shown(planned: Value, now: Value) -> list[object]:
    field = compared(FieldReport(path="a", planned=Known(planned), now=Known(now), wanted=Known(planned), note=""))
    return [field.planned, field.now]


def test_parts_that_are_the_same_are_left_out() -> None:
    assert shown(Parts({"url": "a", "tag": "v1"}), Parts({"url": "a", "tag": "v2"})) == [
        value_span(Parts({"tag": "v1"})),
        value_span(Parts({"tag": "v2"})),
    ]


def test_of_elements_those_that_came_went_or_changed_inside_are_shown_whole() -> None:
    planned = Elements({("a",): {"x": "1", "y": "2"}, ("b",): {}, ("d",): {"x": "1"}})
    now = Elements({("c",): {}, ("a",): {"x": "1", "y": "3"}, ("d",): {"x": "1"}})
    assert shown(planned, now) == [
        value_span(Elements({("a",): {"x": "1", "y": "2"}, ("b",): {}})),
        value_span(Elements({("c",): {}, ("a",): {"x": "1", "y": "3"}})),
    ]


def test_members_that_differ_are_shown_whole() -> None:
    assert shown(Members(("a", "b")), Members(("b",))) == [value_span(Members(("a",))), NOT_STORED]


@pytest.mark.parametrize(("one", "other"), [("1", 1), (1, True), (1, Decimal(1)), ("", None)])
def test_values_of_different_types_are_not_the_same(one: object, other: object) -> None:
    (before, after) = shown(Elements({("a",): {"x": one}}), Elements({("a",): {"x": other}}))  # type: ignore[dict-item]  # types beside those of the model
    assert NOT_STORED not in (before, after)

"""Dotted paths into JSON."""

import pytest

from trueup.kinds.tree import Gap, put, value_at


@pytest.mark.parametrize(
    ("tree", "found"),
    [
        ({"a": {"b": "c"}}, "c"),
        ({"a": {"b": False}}, False),
        ({"a": {"b": 0}}, 0),
        ({"a": {"b": None}}, Gap.EMPTY),
        ({"a": {"b": ""}}, Gap.EMPTY),
        ({"a": {"b": []}}, Gap.EMPTY),
        ({"a": {"b": {}}}, Gap.EMPTY),
        ({"a": {"x": 1}}, Gap.MISSING),
        ({}, Gap.MISSING),
        ({"a": None}, Gap.PARENT_EMPTY),
        ({"a": {}}, Gap.PARENT_EMPTY),
        ({"a": "text"}, Gap.PARENT_NOT_OBJECT),
        ({"a": ["b"]}, Gap.PARENT_NOT_OBJECT),
    ],
)
def test_a_path_leads_to_a_value_or_a_gap(tree: dict[str, object], found: object) -> None:
    assert value_at(tree, "a.b") == found


def test_put_creates_missing_parents_and_keeps_other_members() -> None:
    tree: dict[str, object] = {}
    put(tree, "voc.content.limit", "1")
    put(tree, "voc.content.flag", "true")
    put(tree, "url", "u")
    assert tree == {"voc": {"content": {"limit": "1", "flag": "true"}}, "url": "u"}

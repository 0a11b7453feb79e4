"""Elements that a manifest has by name and not in a list: read, compared, placed, described and adopted."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any, Final, cast

import pytest

from trueup.diff.diff import diff
from trueup.edit.adopt import adopt
from trueup.edit.describe import describe
from trueup.kinds.base import KindSpec
from trueup.kinds.observed import observe_fields
from trueup.kinds.registry import KINDS
from trueup.kinds.values import branches, read_spec
from trueup.model.action import AddElement, Change, RemoveElement
from trueup.model.field import Attribute, Compare, Field, KeyedField, ScalarField
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.live import Live
from trueup.model.plan import Verdict
from trueup.model.value import ABSENT, Attributes, Elements, Known, Parts
from trueup.plan.drift import resource_drift
from trueup.plan.resource import plan_resource
from unit.edit.adopting import PROJECT
from unit.kinds.test_registry import MANIFEST, SCHEMA, WIDGET, read

VALUES: Final = KeyedField(
    path="rooms.values", key=("room", "name"), names="rooms.*.values.*", attributes=(Attribute(path="value"),)
)
POLICY: Final = KeyedField(
    path="rooms.policy",
    key=("room",),
    names="rooms.*.policy",
    attributes=(Attribute(path="kind", required=True), Attribute(path="size", compare=Compare.INTEGER)),
)
SECRETS: Final = KeyedField(
    path="rooms.secrets",
    key=("room", "name"),
    names="rooms.*.secrets.*",
    masked=True,
    attributes=(Attribute(path="fromEnv", required=True), Attribute(path="revision")),
)
FIELDS: Final[tuple[Field, ...]] = (ScalarField(path="title"), VALUES, POLICY, SECRETS)
TABLE: Final = branches(FIELDS)
ROOM: Final = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "values": {"type": "object", "additionalProperties": {"type": "string"}},
        "policy": {"type": "object", "properties": {"kind": {"type": "string"}, "size": {"type": "integer"}}},
        "secrets": {"type": "object", "additionalProperties": {"type": "object", "required": ["fromEnv"]}},
    },
}
SPEC: Final = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"title": {"type": "string"}, "rooms": {"type": "object", "additionalProperties": ROOM}},
}


def _observe(answer: Mapping[str, object]) -> Live:
    return Live(fields=observe_fields(TABLE, answer, missing=ABSENT), remote_id="w-1", version=1)


class Made(StrEnum):
    """The name of a kind that trueup does not have."""

    HOUSE = "House"


HOUSE: Final[KindSpec] = replace(
    WIDGET,
    kind=cast("Kind", Made.HOUSE),
    fields=FIELDS,
    by_path={field.path: field for field in FIELDS},
    desired=lambda spec: read_spec(TABLE, spec),
    observe=_observe,
    schema={**SCHEMA, "properties": {**SCHEMA["properties"], "kind": {"const": "House"}, "spec": SPEC}},
)
HEAD: Final = MANIFEST[: MANIFEST.index("  size")].replace("Widget", "House")
TEXT: Final = f"""{HEAD}  rooms:
    hall:
      values:
        LIGHT: "on"   # as the night shift wants it
        HEAT: "20"
      policy: {{kind: slow, size: 4}}
      secrets:
        CODE: {{fromEnv: HALL_CODE, revision: "2"}}
    attic: {{}}
"""
LIVE: Final[Mapping[str, Any]] = {
    "title": "Bolt",
    "rooms": {
        "hall": {
            "values": {"LIGHT": "on", "HEAT": "20", "SOUND": "off"},
            "policy": {"kind": "slow", "size": "4"},
            "secrets": {"CODE": "****", "OTHER": "**"},
        },
        "cellar": {"values": {"LIGHT": "off"}},
    },
}


@pytest.fixture(autouse=True)
def _houses() -> Iterator[None]:
    with KINDS.with_kind(HOUSE):
        yield


def _changed(answer: Mapping[str, Any], room: str, member: str, value: object) -> Mapping[str, Any]:
    rooms = answer["rooms"]
    return {**answer, "rooms": {**rooms, room: {**rooms.get(room, {}), member: value}}}


def _changes(answer: Mapping[str, Any], text: str = TEXT) -> tuple[Change, ...]:
    return diff(FIELDS, HOUSE.desired(read(text).spec), _observe(answer).fields).changes


def test_a_spec_manages_the_names_that_it_has() -> None:
    desired = HOUSE.desired(read(TEXT).spec)
    assert desired["rooms.values"] == Elements({("hall", "LIGHT"): {"value": "on"}, ("hall", "HEAT"): {"value": "20"}})
    assert desired["rooms.policy"] == Elements({("hall",): {"kind": "slow", "size": 4}})
    assert HOUSE.desired(read(HEAD + "  rooms: {attic: {}}\n").spec).keys() == {"title"}


def test_other_live_names_are_no_difference() -> None:
    assert _changes(LIVE) == ()


def test_a_differing_value_is_one_action_for_its_name() -> None:
    (change,) = _changes(_changed(LIVE, "hall", "values", {"LIGHT": "off", "HEAT": "20"}))
    assert change.action == AddElement("rooms.values", ("hall", "LIGHT"), {"value": "on"})
    assert change.before == Known(Parts({"value": "off"}))


def test_attributes_of_a_named_mapping_are_compared_by_their_types() -> None:
    assert _changes(_changed(LIVE, "hall", "policy", {"kind": "slow", "size": "04"})) == ()
    (change,) = _changes(_changed(LIVE, "hall", "policy", {"kind": "slow", "size": 5}))
    assert change.action == AddElement("rooms.policy", ("hall",), {"kind": "slow", "size": 4})


def test_a_masked_element_differs_only_when_it_is_missing() -> None:
    assert _changes(_changed(LIVE, "hall", "secrets", {"CODE": "anything"})) == ()
    (change,) = _changes(_changed(LIVE, "hall", "secrets", {}))
    assert change.action == AddElement("rooms.secrets", ("hall", "CODE"), {"fromEnv": "HALL_CODE", "revision": "2"})


def test_what_the_platform_shows_for_a_masked_value_is_never_read() -> None:
    assert "****" not in repr(_observe(LIVE))


def test_an_action_is_placed_at_its_name() -> None:
    planned = plan_resource(read(TEXT), _observe(_changed(LIVE, "hall", "values", {"LIGHT": "on", "HEAT": "19"})))
    (step,) = planned.actions
    assert step.position is not None
    assert (step.position.line, step.position.column) == (10, 9)


def test_a_description_has_every_live_name() -> None:
    rooms = {**LIVE["rooms"], "hall": {**LIVE["rooms"]["hall"], "secrets": {}}}
    live = _observe({**LIVE, "rooms": rooms})
    text = describe(PROJECT, Identity("eu", HOUSE.kind, IdField.KEY, "bolt"), live).text
    assert HOUSE.desired(read(text).spec) == {path: f.value for path, f in live.fields.items() if isinstance(f, Known)}
    assert plan_resource(read(text), live).verdict is Verdict.UNCHANGED


@pytest.mark.parametrize(
    ("member", "value", "old", "new"),
    [
        ("values", {"LIGHT": "off", "HEAT": "20"}, 'LIGHT: "on"   #', 'LIGHT: "off"   #'),
        ("values", {"LIGHT": "on"}, '        HEAT: "20"\n', ""),
        ("policy", {"kind": "fast", "size": 4}, "kind: slow", "kind: fast"),
    ],
)
def test_drift_is_written_at_its_name_and_nothing_else_changes(
    member: str, value: Attributes, old: str, new: str
) -> None:
    manifest = read(TEXT)
    drift = resource_drift(manifest, manifest, _observe(_changed(LIVE, "hall", member, value)))
    content, (adoption,) = adopt(PROJECT, "bolt.yaml", TEXT.encode(), [drift])
    assert adoption.refused == ()
    assert content.decode() == TEXT.replace(old, new)


def test_all_names_of_a_mapping_are_removed_together() -> None:
    manifest = read(TEXT)
    drift = resource_drift(manifest, manifest, _observe(_changed(LIVE, "hall", "values", {})))
    assert [type(change.action) for change in drift.changes] == [RemoveElement, RemoveElement]
    content, (adoption,) = adopt(PROJECT, "bolt.yaml", TEXT.encode(), [drift])
    assert adoption.refused == ()
    assert "values: {}" in " ".join(content.decode().split())

"""Read documents into classes, and report where they do not have the expected shape."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pytest

from trueup.plan.typed_json import Codec, JsonForm, Unexpected, tag_of


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Wheel:
    size_in_mm: int
    colour: Colour = Colour.RED


@dataclass(frozen=True)
class Sail:
    note: str


@dataclass(frozen=True, kw_only=True)
class Vehicle:
    name: str
    notes: tuple[str, ...] = ()
    parts: Mapping[str, Wheel | Sail | None]
    weight: float = 1.0
    rented: bool = False
    secret: str = "none"

    def __post_init__(self) -> None:
        if self.weight < 0:
            message = "A vehicle has a weight."
            raise ValueError(message)


def codec(**form: Any) -> Codec:
    made = Codec({Vehicle: JsonForm(words=frozenset({"notes"}), unwritten=frozenset({"secret"}), **form)})
    made.tagged({tag_of(Wheel): Wheel, tag_of(Sail): Sail}, "part", member="is")
    return made


BUGGY = Vehicle(name="buggy", notes=("caf\udce9",), parts={"a": Wheel(300), "b": Sail("white"), "c": None})
DOCUMENT: Mapping[str, Any] = {
    "name": "buggy",
    "notes": ["caf\udce9"],
    "parts": {"a": {"is": "wheel", "sizeInMm": 300, "colour": "red"}, "b": {"is": "sail", "note": "white"}, "c": None},
    "weight": 1.0,
    "rented": False,
}


def test_members_are_the_fields_in_camel_case_and_a_tag_comes_first() -> None:
    written = codec().to_json(BUGGY)
    assert written == DOCUMENT
    assert list(written) == list(DOCUMENT)
    assert list(written["parts"]["a"]) == ["is", "sizeInMm", "colour"]
    assert codec().from_json(written, Vehicle) == BUGGY


def test_another_name_is_written_read_and_reported() -> None:
    renamed = codec(names={"name": "called"})
    assert renamed.from_json(renamed.to_json(BUGGY), Vehicle) == BUGGY
    with pytest.raises(Unexpected, match=r"^called is not a text$"):
        renamed.from_json({**renamed.to_json(BUGGY), "called": 1}, Vehicle)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": 1}, "name is not a text"),
        ({"name": "\ud800"}, "name is not valid Unicode text"),
        ({"more": 1}, "the document: more is not known"),
        ({"notes": {}}, "notes is not a list"),
        ({"notes": ["a", 1]}, "notes[1] is not a text"),
        ({"weight": True}, "weight is not a number"),
        ({"rented": 0}, "rented is not true or false"),
        ({"parts": []}, "parts is not an object"),
        ({"parts": {"\ud800": None}}, "parts: a name is not valid Unicode"),
        ({"parts": {"x": {}}}, "parts.x: is is missing"),
        ({"parts": {"x": {"is": 1}}}, "parts.x.is is not a text"),
        ({"parts": {"x": {"is": "oar"}}}, "parts.x: there is no part oar"),
        ({"parts": {"x": {"is": "sail"}}}, "parts.x: note is missing"),
        (
            {"parts": {"x": {"is": "wheel", "sizeInMm": True, "colour": "red"}}},
            "parts.x.sizeInMm is not a whole number",
        ),
        ({"parts": {"x": {"is": "wheel", "sizeInMm": 1, "colour": "RED"}}}, "parts.x.colour is not one of red, blue"),
    ],
)
def test_a_fault_is_reported_with_its_path(change: Mapping[str, Any], message: str) -> None:
    with pytest.raises(Unexpected) as refused:
        codec().from_json({**DOCUMENT, **change}, Vehicle)
    assert str(refused.value) == message


def test_the_first_unexpected_member_is_reported_before_any_value() -> None:
    with pytest.raises(Unexpected, match=r"^the document: a is not known$"):
        codec().from_json({**DOCUMENT, "b": 1, "a": 1, "name": 1}, Vehicle)


@pytest.mark.parametrize("other", [None, [], "text", 1])
def test_a_document_that_is_not_an_object_is_refused(other: object) -> None:
    with pytest.raises(Unexpected, match=r"^the document is not an object$"):
        codec().from_json(other, Vehicle)


def test_an_open_form_passes_over_what_it_does_not_know_and_still_needs_the_rest() -> None:
    assert codec(open=True).from_json({**DOCUMENT, "more": 1}, Vehicle) == BUGGY
    without = {name: value for name, value in DOCUMENT.items() if name != "rented"}
    with pytest.raises(Unexpected, match=r"^the document: rented is missing$"):
        codec(open=True).from_json(without, Vehicle)
    assert codec(later=frozenset({"rented"})).from_json(without, Vehicle) == BUGGY


@dataclass(frozen=True)
class Trailer:
    plate: str
    towed: bool = False
    owners: tuple[str, ...] = ()


SPARSE = Codec({Trailer: JsonForm(sparse=frozenset({"towed", "owners"}))})


@pytest.mark.parametrize(
    ("value", "document"),
    [
        (Trailer("A 1"), {"plate": "A 1"}),
        (Trailer("A 1", towed=True), {"plate": "A 1", "towed": True}),
        (Trailer("A 1", owners=("Jo",)), {"plate": "A 1", "owners": ["Jo"]}),
    ],
)
def test_a_sparse_member_is_missing_if_it_has_its_default(value: Trailer, document: dict[str, object]) -> None:
    assert SPARSE.to_json(value) == document
    assert SPARSE.from_json(document, Trailer) == value


def test_beside_sparse_members_an_unknown_one_is_refused() -> None:
    with pytest.raises(Unexpected, match=r"^the document: more is not known$"):
        SPARSE.from_json({"plate": "A 1", "more": 1}, Trailer)


def test_what_a_class_itself_refuses_is_raised_as_it_is() -> None:
    with pytest.raises(ValueError, match="has a weight"):
        codec().from_json({**DOCUMENT, "weight": -1}, Vehicle)

"""The cost of hostile files, in calls, at one size and at twice that size."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from counting import calls
from trueup.errors import Diagnostic, Severity
from trueup.kinds.base import EMAIL
from trueup.manifest import limits
from trueup.manifest.limits import CHARACTERS_AT_MOST, DOCUMENTS_AT_MOST, PROBLEMS_AT_MOST, Problems, limited
from trueup.manifest.schema import NAMES, schema
from trueup.manifest.validate import CheckedFile, check_text
from trueup.manifest.violations import EXPLAINED_AT_MOST, explain
from trueup.model.position import Position, Step
from trueup.report.diagnostics import diagnostics_text

pytestmark = pytest.mark.slow

HEAD = "apiVersion: trueup/v1\nkind: Certification\nmetadata: {externalId: A}\n"


def checked(text: str) -> CheckedFile:
    return check_text(text.encode(), "a.yaml")


def brands(count: int, name: str = "B{n}") -> str:
    return f"{HEAD}spec:\n  brands:\n" + "".join(f"  - name: {name.format(n=n)}\n" for n in range(count))


HOSTILE: dict[str, Callable[[int], str]] = {
    "elements": brands,
    "repeated elements": lambda n: brands(n, "B"),
    "unknown keys": lambda n: f"{HEAD}spec:\n" + "".join(f"  key{i}: 1\n" for i in range(n)),
    "repeated keys": lambda n: f"{HEAD}spec:\n" + "".join(f"  key{i % (n // 2)}: 1\n" for i in range(n)),
    "wrong types": lambda n: f"{HEAD}spec:\n  brands:\n" + "  - 1\n" * n,
    "warnings": lambda n: f"{HEAD}spec:\n  brands:\n" + "".join(f"  - {{name: B{i}, website: x}}\n" for i in range(n)),
    "bad documents": lambda n: "a: 1\n---\n" * n,
    "refused documents": lambda n: f"{HEAD}specs: 1\n---\n" * n,
    "unlike kinds": lambda n: "".join(f"kind: Connector{i}\n---\n" for i in range(n)),
    "merges": lambda n: "a: &a {b: 1}\nc:\n" + "- {<<: *a, b: 2}\n" * n,
    "aliases": lambda n: "a: &a [1, 2]\nc:\n" + "- *a\n" * n,
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_twice_the_size_is_twice_the_work(hostile: Callable[[int], str]) -> None:
    def read(count: int) -> str:
        text = hostile(count)
        return diagnostics_text(checked(text).diagnostics, color=False, sources=lambda _: text)

    read(200)
    once, twice = (calls(lambda count=count: read(count)) for count in (400, 800))  # type: ignore[misc]
    assert twice / once < 2.5


@pytest.mark.parametrize("name", ["unknown keys", "repeated keys", "wrong types", "warnings", "repeated elements"])
def test_the_first_problems_are_listed_and_the_others_are_counted(name: str) -> None:
    found = checked(HOSTILE[name](1_000)).diagnostics
    assert len(found) == PROBLEMS_AT_MOST + 1
    assert found[-1].code == "more-problems"
    assert found[-1].severity is max(one.severity for one in found[:-1])
    assert 400 <= int(re.findall("[0-9]+", found[-1].message)[0]) <= 900


def test_a_document_that_is_not_examined_counts_as_at_least_one_problem() -> None:
    assert checked(HOSTILE["refused documents"](300)).diagnostics[-1].message.startswith("At least 250 more problems")


MISTAKES: dict[str, Callable[[int], str]] = {
    "unknown keys": lambda n: f"{HEAD}spec:\n  contacts:\n" + "  - {externalId: C, websites: x}\n" * n,
    "wrong values": lambda n: f"{HEAD}spec:\n  contacts:\n" + "  - {externalId: C, type: manufacture}\n" * n,
}


@pytest.mark.parametrize("mistakes", MISTAKES.values(), ids=MISTAKES)
def test_similar_names_are_searched_only_for_listed_problems(mistakes: Callable[[int], str]) -> None:
    assert "Did you mean" in checked(mistakes(1)).diagnostics[0].hint
    one, shown, more = (calls(lambda count=count: checked(mistakes(count))) for count in (1, 100, 199))  # type: ignore[misc]
    assert more - shown < 0.8 * (shown - one)


def test_the_search_for_problems_is_bounded() -> None:
    found = checked(f"{HEAD}spec:\n  brands:\n" + "  - {a: 1, b: 1, c: 1}\n" * 5_000).diagnostics
    assert len(found) == PROBLEMS_AT_MOST + 1
    assert found[-1].message == "At least 901 more problems are not listed."


def test_the_search_through_unknown_keys_is_bounded() -> None:
    places: list[Sequence[Step]] = []

    class Counted:
        def at(self, path: Sequence[Step]) -> Position:
            places.append(path)
            return Position("a.yaml", len(places), 1)

    omitted: list[Position] = []
    document = {"kind": "Certification", **{f"x{n}": 1 for n in range(5_000)}}
    found = explain("Certification", document, Counted(), omitted.append)
    assert len(found) == EXPLAINED_AT_MOST
    assert len(omitted) == 1
    assert len(places) == EXPLAINED_AT_MOST + 1


def test_an_error_that_is_not_listed_leaves_an_error() -> None:
    many = [Diagnostic(code="x", message="m", position=Position("a", n, 1)) for n in range(1, 150)]
    first = [Diagnostic(code="w", message="m", position=Position("a", 1, 1), severity=Severity.WARNING)] * 150
    problems = Problems()
    problems.add([*first, *many])
    *listed, note = problems.all()
    assert {one.severity for one in listed} == {Severity.ERROR}
    assert (note.severity, note.message, note.position.line) == (
        Severity.ERROR,
        "199 more problems are not listed.",
        101,
    )


def test_problems_are_bounded_for_each_file() -> None:
    many = [Diagnostic(code="x", message="m", position=Position(file, 1, 1)) for file in "ab" for _ in range(102)]
    assert [one.message for one in limited(many) if one.code == "more-problems"] == [
        "2 more problems are not listed."
    ] * 2


def test_a_file_of_too_many_documents_gives_one_error() -> None:
    (only,) = checked("a\n---\n" * (DOCUMENTS_AT_MOST + 1)).diagnostics
    assert (only.code, only.position.line) == ("file-too-large", 2 * DOCUMENTS_AT_MOST + 1)


def test_merged_nodes_that_are_dropped_count_too() -> None:
    big = ", ".join(f"k{n}: 1" for n in range(900))
    text = f"a: &a {{b: {{{big}}}}}\nc:\n" + "- {b: 1, <<: *a}\n" * 300
    assert checked(text).diagnostics[0].code == "too-many-nodes"


def test_a_long_text_is_shortened_where_it_is_quoted() -> None:
    found = checked(f"{HEAD}{'k' * 60_000}: 1\nspec: {{}}\n").diagnostics
    assert found
    assert all(len(text) <= CHARACTERS_AT_MOST + 3 for one in found for text in (one.message, one.path, one.hint))


def test_a_long_key_is_refused() -> None:
    assert "text-too-long" in {one.code for one in checked(f"? {'k' * 70_000}\n: 1\n").diagnostics}


@pytest.mark.parametrize("number", ["1e999999999", "1e99999999999999999999999", "0e999999999", "9" * 100_000])
def test_a_huge_number_is_refused(number: str) -> None:
    assert (
        "bad-number" in {one.code for one in checked(f"{HEAD}spec: {{url: {number}}}\n").diagnostics}
        or len(number) > 65_536
    )


def test_one_collection_with_too_many_elements_is_one_error() -> None:
    (only,) = checked(brands(10_001)).diagnostics
    assert (only.code, only.message) == ("out-of-range", "brands must have 10000 items or fewer.")


def _parts(node: Any, path: tuple[str, ...] = ()) -> Sequence[tuple[str, dict[str, Any]]]:
    if not isinstance(node, dict):
        return []
    below = [part for key, value in node.items() if key != "examples" for part in _parts(value, (*path, key))]
    return [("/".join(path), node), *below]


_LONG = ("description", "postalAddress", "reason", "date", "value", "additionalProperties", "items")


@pytest.mark.parametrize("name", NAMES)
def test_every_collection_and_every_short_text_of_a_schema_is_bounded(name: str) -> None:
    for path, node in _parts(schema(name)):
        last = path.rpartition("/")[2]
        if node.get("type") == "array":
            assert "maxItems" in node, path
        if node.get("type") == "string" and last not in _LONG:
            assert "maxLength" in node, path
        if "propertyNames" in node:
            assert "maxProperties" in node, path


@pytest.mark.parametrize("text", ["a@b.c", "a@.b.c", "a@b..c", "a@b", "a@.b", "a@b.", "@b.c", "a@@b.c", "a b@c.d"])
def test_an_email_has_a_point_inside_its_domain(text: str) -> None:
    local, _, domain = text.partition("@")
    expected = bool(local) and " " not in local and "@" not in domain and "." in domain[1:-1]
    assert bool(EMAIL.fullmatch(text)) == expected


def test_the_limits_are_documented() -> None:
    page = (Path(__file__).parents[3] / "docs" / "reference" / "limits.md").read_text()
    for bound in (limits.PROBLEMS_AT_MOST, limits.DOCUMENTS_AT_MOST, limits.CHARACTERS_AT_MOST):
        assert f"{bound:,}" in page

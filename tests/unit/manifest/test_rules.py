from decimal import Decimal
from typing import Any

import pytest

from documents import certification, changed, connector
from trueup.errors import Diagnostic
from trueup.kinds.base import at, day_of
from trueup.kinds.registry import KINDS
from trueup.manifest.positions import dotted
from trueup.manifest.rules import broken_rules
from trueup.manifest.schema import accepts
from trueup.model.field import KeyedField
from trueup.model.identity import Kind
from trueup.model.position import Position

COLLECTIONS = [field for field in KINDS[Kind.CERTIFICATION].fields if isinstance(field, KeyedField)]


class _PathAsPosition:
    def at(self, path: Any) -> Position:
        return Position(dotted(path), 1, 1)


def _broken(document: dict[str, Any]) -> list[Diagnostic]:
    assert accepts(document["kind"], document)
    found = list(broken_rules(Kind(document["kind"]), document, _PathAsPosition()))
    assert all(diagnostic.position.file == diagnostic.path for diagnostic in found)
    return found


def test_complete_documents_break_no_rule() -> None:
    assert not _broken(connector())
    assert not _broken(certification())


def test_a_document_without_a_spec_breaks_no_rule() -> None:
    document = certification()
    del document["spec"]
    document["lifecycle"] = {"state": "absent", "reason": "Gone."}
    assert not _broken(document)


@pytest.mark.parametrize("number", ["5.0", "5.", "1E+1"])
def test_a_whole_number_has_no_point_and_no_exponent(number: str) -> None:
    (problem,) = _broken(changed(connector(), "spec.creator.noOfContributors", Decimal(number)))
    assert (problem.code, problem.path) == ("wrong-type", "spec.creator.noOfContributors")
    assert str(int(Decimal(number))) in problem.allowed


@pytest.mark.parametrize("field", ["issueDate", "expiryDate"])
@pytest.mark.parametrize("text", ["2023-02-29", "2024-04-31T10:00:00", "0000-01-01"])
def test_a_day_that_does_not_exist_is_refused(field: str, text: str) -> None:
    (problem,) = _broken(certification(**{field: text}))
    assert (problem.code, problem.path) == ("bad-date", f"spec.{field}")
    assert text[:10] in problem.message


@pytest.mark.parametrize("text", ["2024-02-29", "2024-02-29T10:00:00Z", ""])
def test_a_day_that_exists_is_accepted(text: str) -> None:
    assert not _broken(certification(issueDate=text))


@pytest.mark.parametrize("collection", COLLECTIONS, ids=lambda field: field.path)
def test_two_elements_with_one_key_are_refused_in_every_collection(collection: KeyedField) -> None:
    document = certification()
    elements = at(document, ("spec", *collection.path.split(".")))
    assert not _broken(document)
    elements.append(dict(elements[0]))
    (problem,) = _broken(document)
    assert (problem.code, problem.path) == ("duplicate-element", f"spec.{collection.path}[{len(elements) - 1}]")
    assert "line 1, column 1" in problem.message


def test_elements_that_differ_in_a_part_of_the_key_are_two() -> None:
    document = certification()
    pairs = document["spec"]["voc"]["content"]["regulatoryStandardCompliances"]
    pairs.append({**pairs[0], "productTypeCode": "Another"})
    assert not _broken(document)


def test_keys_are_compared_character_by_character() -> None:
    assert not _broken(certification(brands=[{"name": "Acme"}, {"name": "ACME"}, {"name": "Acme "}]))


def test_every_repeated_element_is_reported() -> None:
    document = certification(brands=[{"name": "a"}, {"name": "b"}, {"name": "a"}, {"name": "a"}])
    assert [problem.path for problem in _broken(document)] == ["spec.brands[2]", "spec.brands[3]"]


def test_members_of_a_plain_set_may_repeat() -> None:
    assert not _broken(connector(integrationTypes=["tax", "tax"], supportedRegions=["us-east-2.aws"] * 2))


def test_at_returns_the_value_at_a_path() -> None:
    assert at({"a": {"b": 1}}, ("a", "b")) == 1
    assert at({"a": {"b": 1}}, ("a", "c")) is None
    assert at({}, ("a", "c")) is None


def test_a_day_is_read_with_and_without_a_time() -> None:
    assert day_of("2024-02-01T09:30") == day_of("2024-02-01")
    assert day_of("") is None


def test_a_secured_value_names_no_place_of_others() -> None:
    secured = {"securedConfiguration": {"GOOD": {"fromEnv": "ACME_TOKEN"}, "BAD": {"fromEnv": "CTP_CLIENT_SECRET"}}}
    elsewhere = {"securedConfiguration": {"WORSE": {"fromFile": "/etc/passwd", "revision": "1"}}}
    spec = {"globalConfiguration": elsewhere, "applications": {"calculator": secured, "nightly": {}}}
    document = {"apiVersion": "trueup/v1", "kind": "Deployment", "metadata": {"key": "acme-tax-live"}, "spec": spec}
    found = [(problem.code, problem.path) for problem in _broken(document)]
    assert found == [
        ("secret-not-allowed", "spec.globalConfiguration.securedConfiguration.WORSE.fromFile"),
        ("secret-not-allowed", "spec.applications.calculator.securedConfiguration.BAD.fromEnv"),
    ]

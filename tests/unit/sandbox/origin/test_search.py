"""CertificationsSearch: one language, one page, by criteria."""

from typing import Any

import pytest

from origin_api import ORIGIN_ID, OriginApi, messages, result
from trueup.sandbox.store import Document

FIELDS = {
    "locale",
    "originId",
    "externalId",
    "certificateNumber",
    "url",
    "additionalsDocuments",
    "reportingBody",
    "standard",
    "issueDate",
    "expiryDate",
    "brands",
    "contacts",
    "channels",
    "regulatoryStandardCompliances",
    "featuresCustoms",
    "featuresProperties",
    "voc",
}


def seeded(number: int, **switches: Any) -> OriginApi:
    """Return an API with this many certifications of one externalId."""
    api = OriginApi(**switches)
    for position in range(number):
        api.seed(originId=f"id-{position}", externalId="SAME")
    return api


@pytest.mark.parametrize(("name", "value"), [("ORIGINID", ORIGIN_ID), ("EXTERNALID", "ACME-1")])
def test_a_certification_is_found_by_either_id(name: str, value: str) -> None:
    api = OriginApi()
    api.seed()
    api.seed(originId="other", externalId="OTHER")
    (found,) = api.found(name, value)
    assert (found["originId"], found["externalId"]) == (ORIGIN_ID, "ACME-1")


def test_an_unknown_id_finds_nothing() -> None:
    api = OriginApi()
    api.seed()
    answer = result(api.search("ORIGINID", "unknown"))
    assert answer["data"] == []
    assert answer["searchInfo"] == {"numberOfElements": "0", "numberOfPages": "0"}


def test_ids_are_compared_letter_by_letter() -> None:
    api = OriginApi()
    api.seed()
    assert api.found("EXTERNALID", "acme-1") == []


def test_every_field_is_returned() -> None:
    api = OriginApi()
    api.seed()
    assert set(api.live()) == FIELDS


def test_what_is_unset_is_null_or_an_empty_list() -> None:
    api = OriginApi()
    api.seed()
    live = api.live()
    assert live["certificateNumber"] is None
    assert live["brands"] == []
    assert live["voc"]["emission"] == {"densityMin": None, "densityMax": None, "regulatoryStandardCompliances": []}


def test_unset_attributes_of_elements_are_null() -> None:
    api = OriginApi()
    api.seed(brands=[{"name": "A"}])
    assert api.live()["brands"] == [{"name": "A", "website": None}]


def test_marks_of_the_sandbox_are_not_shown() -> None:
    api = OriginApi()
    api.seed(attachedToOtherCompany=True, otherCompany=True)
    assert set(api.live()) == FIELDS


def test_the_answer_names_the_entity_and_echoes_the_request() -> None:
    answer = OriginApi().search()
    assert result(answer)["entityType"] == "CERTIFICATION"
    assert answer.json()["connectRequest"]["searchCriteria"] == [{"name": "ORIGINID", "value": ORIGIN_ID}]


def test_pages_are_in_order_of_creation() -> None:
    api = seeded(5)
    pages = [api.found("EXTERNALID", "SAME", pageNumber=page, pageSize=2) for page in (1, 2, 3)]
    assert [[found["originId"] for found in page] for page in pages] == [["id-0", "id-1"], ["id-2", "id-3"], ["id-4"]]


def test_counts_are_of_all_pages_and_texts() -> None:
    answer = result(seeded(5).search("EXTERNALID", "SAME", pageNumber=3, pageSize=2))
    assert answer["searchInfo"] == {"numberOfElements": "5", "numberOfPages": "3"}


def test_a_page_past_the_end_is_empty() -> None:
    assert seeded(1).found("EXTERNALID", "SAME", pageNumber=2) == []


def test_page_numbers_may_be_text() -> None:
    assert len(seeded(3).found("EXTERNALID", "SAME", pageNumber="1", pageSize="2")) == 2


@pytest.mark.parametrize("size", [1, 100, "100"])
def test_the_bounds_of_a_page_are_accepted(size: object) -> None:
    assert result(OriginApi().search(pageSize=size))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pageNumber", 0),
        ("pageNumber", -1),
        ("pageNumber", "x"),
        ("pageNumber", 1.5),
        ("pageNumber", True),
        ("pageSize", 0),
        ("pageSize", 101),
        ("pageSize", "101"),
        ("pageSize", "\u0661"),
        ("pageSize", "9" * 5000),
        ("locale", "EN"),
        ("contextCompanyOriginId", "acme"),
    ],
)
def test_a_value_out_of_bounds_is_refused(field: str, value: Any) -> None:
    (found,) = messages(OriginApi().search(**{field: value}))
    assert f" for field {field}." in found


@pytest.mark.parametrize("field", ["locale", "pageNumber", "pageSize"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_search_needs(field: str, value: Any) -> None:
    assert messages(OriginApi().search(**{field: value})) == [f"require one {field}."]


@pytest.mark.parametrize("criteria", [None, [], {}])
def test_a_search_needs_criteria(criteria: object) -> None:
    assert messages(OriginApi().search(searchCriteria=criteria)) == ["require at least one searchCriteria."]


@pytest.mark.parametrize("criterion", ["x", {"name": "ORIGINID"}, {"value": "x"}, {"name": "ORIGINID", "value": ""}])
def test_a_criterion_needs_name_and_value(criterion: object) -> None:
    expected = ["searchCriteria[1] require one name and one value."]
    assert messages(OriginApi().search(searchCriteria=[criterion])) == expected


@pytest.mark.parametrize("name", ["originid", "KEYWORD", "MODIFIEDSINCE"])
def test_an_unknown_criterion_is_refused(name: str) -> None:
    assert messages(OriginApi().search(name)) == [
        f"searchCriteria[1] has invalid value ''{name}'' for field name. Allowed value(s) : [ORIGINID,EXTERNALID]"
    ]


def test_a_criterion_whose_name_is_not_a_text_is_refused() -> None:
    expected = ["searchCriteria[1] require one name and one value."]
    assert messages(OriginApi().search(searchCriteria=[{"name": ["ORIGINID"], "value": "x"}])) == expected


def test_all_criteria_must_hold() -> None:
    api = OriginApi()
    api.seed()
    agree: list[Document] = [{"name": "ORIGINID", "value": ORIGIN_ID}, {"name": "EXTERNALID", "value": "ACME-1"}]
    differ = [agree[0], {"name": "EXTERNALID", "value": "OTHER"}]
    assert len(api.found(searchCriteria=agree)) == 1
    assert api.found(searchCriteria=differ) == []


def test_a_company_can_be_named_in_a_search() -> None:
    api = OriginApi()
    api.seed()
    assert len(api.found(contextCompanyOriginId=ORIGIN_ID)) == 1

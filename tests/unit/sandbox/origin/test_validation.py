"""The refusals of an update, field by field, with their messages."""

from functools import reduce
from typing import Any

import pytest

from origin_api import ORIGIN_ID, OriginApi, messages, result
from trueup.sandbox.store import Document

ADD = {"collectionBehavior": "ADD"}
STANDARD = {"standard": {"code": "X"}}

COLLECTIONS: dict[str, tuple[str, Document]] = {
    "additionalsDocuments": ("additionalsDocument", {"originalUrl": "https://acme.example/a"}),
    "brands": ("brand", {"name": "A"}),
    "contacts": ("contact", {"externalId": "A"}),
    "channels": ("channel", {"name": "ORIGIN"}),
    "regulatoryStandardCompliances": ("regulatoryStandardCompliance", {"code": "A"}),
    "featuresCustoms": ("featuresCustom", {"name": "A", "value": "B"}),
    "featuresProperties": ("featuresProperty", {"code": "A", "value": "B"}),
    "voc.content.regulatoryStandardCompliances": (
        "voc.content.regulatoryStandardCompliance",
        {**STANDARD, "productTypeCode": "B"},
    ),
    "voc.content.regulatoryStandardCustoms": ("voc.content.regulatoryStandardCustom", STANDARD),
    "voc.content.testMethods": ("voc.content.testMethod", STANDARD),
    "voc.content.exemptCompounds": (
        "voc.content.exemptCompound",
        {"CAS": "1", "name": "A", "percentByWeight": "1"},
    ),
    "voc.emission.regulatoryStandardCompliances": ("voc.emission.regulatoryStandardCompliance", STANDARD),
}
"""Each collection with how messages name an element, and the least that adds one."""

TEXTS = [
    "certificateNumber",
    "url",
    "issueDate",
    "expiryDate",
    "standard.code",
    "reportingBody.name",
    "reportingBody.selfReported",
    "voc.content.densityLimitGL",
    "voc.content.containsAddedMCPCE",
    "voc.emission.densityMin",
    "voc.emission.densityMax",
]


def nested(path: str, value: object) -> Document:
    """Return a request that holds the value at the dotted path."""
    body = reduce(lambda inner, name: {name: inner}, reversed(path.split(".")), value)
    assert isinstance(body, dict)
    return body


def at(body: Any, path: str) -> Any:
    """Return the value at the dotted path."""
    return reduce(lambda inner, name: inner[name], path.split("."), body)


def refusal(body: Document, **switches: Any) -> list[str]:
    """Return why an update is refused; it must have changed nothing."""
    api = OriginApi(**switches)
    api.seed()
    before = api.live()
    found = messages(api.update(body))
    assert api.live() == before
    return found


@pytest.mark.parametrize(
    ("path", "value", "allowed"),
    [
        ("locale", "EN", "de,es_MX,en,fr,zh_CN"),
        ("locale", "es-MX", "de,es_MX,en,fr,zh_CN"),
        ("url", "acme.example/c.pdf", "a valid public facing URL"),
        ("url", "ftp://acme.example", "a valid public facing URL"),
        ("issueDate", "yesterday", "an ISO-8601 date"),
        ("expiryDate", "2008-13-01", "an ISO-8601 date"),
        ("reportingBody.selfReported", "true", "TRUE"),
        ("reportingBody.selfReported", "FALSE", "TRUE"),
        ("voc.content.densityLimitGL", "1,5", "a decimal value"),
        ("voc.content.containsAddedMCPCE", "yes", "a boolean value"),
        ("voc.emission.densityMin", "low", "a decimal value"),
        ("voc.emission.densityMax", "NaN", "a decimal value"),
    ],
)
def test_an_invalid_text_is_named_with_the_allowed_ones(path: str, value: str, allowed: str) -> None:
    expected = f"certifications[1] has invalid value ''{value}'' for field {path}. Allowed value(s) : [{allowed}]"
    assert refusal(nested(path, value)) == [expected]


@pytest.mark.parametrize("path", TEXTS)
@pytest.mark.parametrize("value", [1, 1.5, True, ["x"], {"x": "y"}])
def test_a_value_of_another_type_is_refused(path: str, value: object) -> None:
    (found,) = refusal(nested(path, value))
    assert f"for field {path}." in found


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("issueDate", "2008-09-15"),
        ("issueDate", "2008-09-15T15:53:00"),
        ("expiryDate", "2008-09-15T15:53:00Z"),
        ("expiryDate", "2008-09-15T15:53:00+02:00"),
        ("voc.emission.densityMin", "0"),
        ("voc.emission.densityMin", "-1.50"),
        ("voc.emission.densityMax", "1e3"),
        ("voc.content.containsAddedMCPCE", "false"),
        ("voc.content.containsAddedMCPCE", "TRUE"),
        ("reportingBody.name", "Anybody"),
        ("standard.code", "Declare\u2122"),
        ("certificateNumber", " spaced "),
    ],
)
def test_a_valid_text_is_stored_as_sent(path: str, value: str) -> None:
    api = OriginApi()
    api.seed()
    result(api.update(nested(path, value)))
    assert at(api.live(), path) == value


@pytest.mark.parametrize(
    "body",
    [
        {"issueDate": "2020-01-02", "expiryDate": "2020-01-01"},
        nested("voc.emission", {"densityMin": "500", "densityMax": "250"}),
        nested("voc.content.exemptCompounds", [{**ADD, "CAS": "142731-63-32", "name": "A", "percentByWeight": "101"}]),
    ],
)
def test_what_no_page_forbids_is_accepted(body: Document) -> None:
    api = OriginApi()
    api.seed()
    assert result(api.update(body))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"locale": None}, "require one locale."),
        ({"locale": ""}, "require one locale."),
        ({"originId": None}, "require one originId or externalId."),
        ({"standard": {"name": "x"}}, "has unknown field standard.name"),
        ({"reportingBody": {"name": "A", "selfReported": "TRUE"}}, "require only one reportingBody.name or"),
    ],
)
def test_required_fields_are_asked_for(body: Document, expected: str) -> None:
    assert refusal(body)[0].startswith(f"certifications[1] {expected}")


def test_a_standard_needs_its_code() -> None:
    assert refusal({"standard": {"x": "y"}}) == [
        "certifications[1] has unknown field standard.x",
        "certifications[1] require one standard.code",
    ]


@pytest.mark.parametrize("section", ["reportingBody", "standard", "voc", "voc.content", "voc.emission"])
def test_an_object_must_be_one(section: str) -> None:
    expected = f"certifications[1] has invalid value ''x'' for field {section}. Allowed value(s) : [object]"
    assert refusal(nested(section, "x")) == [expected]


@pytest.mark.parametrize("path", ["", "voc.", "voc.content.", "voc.emission.", "reportingBody."])
def test_an_unknown_field_is_refused(path: str) -> None:
    assert f"certifications[1] has unknown field {path}color" in refusal(nested(f"{path}color", "red"))


@pytest.mark.parametrize("spelling", ["densityMinGL", "densityMaxGL"])
def test_the_wrong_spelling_of_two_samples_is_refused(spelling: str) -> None:
    expected = [f"certifications[1] has unknown field voc.emission.{spelling}"]
    assert refusal(nested(f"voc.emission.{spelling}", "250")) == expected


@pytest.mark.parametrize("path", [*TEXTS, *COLLECTIONS, "voc", "voc.content", "voc.emission"])
@pytest.mark.parametrize("value", [None, "", [], {}])
def test_an_empty_value_is_refused_everywhere(path: str, value: object) -> None:
    assert refusal_of_empty(path, value)


def refusal_of_empty(path: str, value: object) -> list[str]:
    """Return why the empty value is refused; unlike in ``refusal``, null is sent."""
    api = OriginApi()
    api.seed()
    body = {"locale": "en", "originId": ORIGIN_ID, **nested(path, value)}
    return messages(api.post("certifications/update", {"certifications": [body]}))


def test_a_refused_empty_value_is_named() -> None:
    assert refusal_of_empty("url", None) == ["certifications[1] has invalid value ''null'' for field url."]


@pytest.mark.parametrize("path", COLLECTIONS)
class TestCollections:
    """The same rules hold for each of the twelve collections."""

    def test_an_element_needs_a_behavior(self, path: str) -> None:
        label, least = COLLECTIONS[path]
        expected = [f"certifications[1] require one {label}[1].collectionBehavior"]
        assert refusal(nested(path, [least])) == expected

    def test_there_are_two_behaviors(self, path: str) -> None:
        label, least = COLLECTIONS[path]
        (found,) = refusal(nested(path, [{**least, "collectionBehavior": "SET"}]))
        assert found == (
            f"certifications[1] has invalid value ''SET'' for field {label}[1].collectionBehavior. "
            "Allowed value(s) : [ADD,REMOVE]"
        )

    def test_elements_count_from_one(self, path: str) -> None:
        label, least = COLLECTIONS[path]
        assert refusal(nested(path, [{**ADD, **least}, {**ADD, **least, "color": "red"}])) == [
            f"certifications[1] has unknown field {label}[2].color"
        ]

    def test_what_the_table_asks_of_an_addition_is_asked_for(self, path: str) -> None:
        _, least = COLLECTIONS[path]
        for name in least:
            body = {**ADD, **{other: value for other, value in least.items() if other != name}}
            assert refusal(nested(path, [body])) == [f"certifications[1] require one {name}"]

    def test_an_element_must_be_an_object(self, path: str) -> None:
        label, _ = COLLECTIONS[path]
        expected = [f"certifications[1] has invalid value ''7'' for field {label}[1]. Allowed value(s) : [object]"]
        assert refusal(nested(path, [7])) == expected

    def test_a_bare_object_is_one_element(self, path: str) -> None:
        api = OriginApi()
        api.seed()
        _, least = COLLECTIONS[path]
        result(api.update(nested(path, {**ADD, **least})))
        (kept,) = at(api.live(), path)
        assert least.items() <= kept.items()


@pytest.mark.parametrize(
    ("path", "element", "field", "allowed"),
    [
        ("contacts", {"externalId": "A", "type": "OTHER"}, "contact[1].type", "MANUFACTURER,AUDITOR,VENDOR"),
        ("contacts", {"externalId": "A", "email": "nobody"}, "contact[1].email", "a valid email"),
        ("contacts", {"externalId": "A", "website": "a b"}, "contact[1].website", "a valid public facing web address"),
        ("brands", {"name": "A", "website": "nowhere"}, "brand[1].website", "a valid public facing web address"),
        ("channels", {"name": "origin"}, "channel[1].name", "ORIGIN"),
        (
            "additionalsDocuments",
            {"originalUrl": "x"},
            "additionalsDocument[1].originalUrl",
            "a valid public facing URL",
        ),
        (
            "voc.content.exemptCompounds",
            {"CAS": "1", "name": "A", "percentByWeight": "much"},
            "voc.content.exemptCompound[1].percentByWeight",
            "a decimal value",
        ),
        ("voc.content.testMethods", {"standard": "A"}, "voc.content.testMethod[1].standard", "object"),
        ("voc.content.testMethods", {"standard": {"code": 1}}, "voc.content.testMethod[1].standard.code", "any string"),
    ],
)
def test_an_invalid_attribute_is_named(path: str, element: Document, field: str, allowed: str) -> None:
    (found,) = refusal(nested(path, [{**ADD, **element}]))
    assert f" for field {field}. " in found
    assert found.endswith(f"Allowed value(s) : [{allowed}]")


@pytest.mark.parametrize("value", [None, "", [], {}])
def test_an_empty_attribute_is_refused(value: object) -> None:
    (found,) = refusal(nested("contacts", [{**ADD, "externalId": "A", "phone": value}]))
    assert " for field contact[1].phone." in found


def test_messages_name_the_item() -> None:
    api = OriginApi()
    api.seed()
    assert messages(api.update({}, {"url": "x"})) == [
        "certifications[2] has invalid value ''x'' for field url. Allowed value(s) : [a valid public facing URL]"
    ]


def test_all_problems_are_reported_at_once() -> None:
    assert len(refusal({"locale": "xx", "url": "x", "issueDate": "x", "brands": [{}]})) == 5


def test_an_unknown_certification_is_refused() -> None:
    expected = ["certifications[1] refers to a certification that does not exist."]
    assert messages(OriginApi().update({})) == expected


def test_ids_of_two_certifications_are_refused() -> None:
    api = OriginApi()
    api.seed()
    api.seed(originId="other", externalId="OTHER")
    expected = ["certifications[1] has originId and externalId of different certifications."]
    assert messages(api.update({"externalId": "OTHER"})) == expected


@pytest.mark.parametrize("value", [None, "", [], {}])
@pytest.mark.parametrize("field", ["originId", "externalId"])
def test_an_empty_id_beside_a_valid_one_is_refused(field: str, value: object) -> None:
    api = OriginApi.seeded()
    item = {"locale": "en", "originId": ORIGIN_ID, "externalId": "ACME-1", field: value}
    (found,) = messages(api.post("certifications/update", {"certifications": [item]}))
    assert found.endswith(f" for field {field}.")


@pytest.mark.parametrize("field", ["originId", "externalId"])
def test_an_empty_id_beside_a_valid_one_can_be_ignored(field: str) -> None:
    api = OriginApi.seeded(origin_empty_values="ignore")
    assert result(api.update({"externalId": "ACME-1", field: ""}))


def test_ids_that_agree_are_accepted() -> None:
    api = OriginApi()
    api.seed()
    assert result(api.update({"externalId": "ACME-1"}))


def test_a_certification_of_another_company_accepts_no_writes() -> None:
    api = OriginApi()
    api.seed(otherCompany=True)
    assert messages(api.update({})) == ["certifications[1] refers to a certification that does not exist."]


def test_a_density_limit_needs_a_content_compliance() -> None:
    assert refusal(nested("voc.content.densityLimitGL", "40")) == [
        "certifications[1] require one voc.content.regulatoryStandardCompliance when voc.content.densityLimitGL is set."
    ]


def test_the_last_content_compliance_stays_while_a_density_limit_is_set() -> None:
    api = OriginApi()
    compliance = {**STANDARD, "productTypeCode": "B"}
    api.seed(voc={"content": {"densityLimitGL": "40", "regulatoryStandardCompliances": [compliance]}})
    body = nested("voc.content.regulatoryStandardCompliances", [{**compliance, "collectionBehavior": "REMOVE"}])
    assert messages(api.update(body))


def test_a_density_limit_without_compliance_does_not_hinder_other_changes() -> None:
    api = OriginApi()
    api.seed(voc={"content": {"densityLimitGL": "40"}})
    assert result(api.update({"certificateNumber": "7"}))


def test_the_last_document_stays_while_there_is_no_url() -> None:
    api = OriginApi()
    document = {"originalUrl": "https://acme.example/a.pdf"}
    api.seed(url=None, additionalsDocuments=[document])
    body = {"additionalsDocuments": [{**document, "collectionBehavior": "REMOVE"}]}
    assert messages(api.update(body)) == ["certifications[1] require one url or additionalsDocument."]


def test_a_certification_seeded_without_url_accepts_other_changes() -> None:
    assert result(OriginApi.seeded({"url": None}).update({"certificateNumber": "7"}))


@pytest.mark.parametrize("other", [None, "", [], {}])
def test_a_choice_refuses_an_empty_value_beside_the_chosen_one(other: object) -> None:
    (found,) = refusal({"reportingBody": {"name": "Veritas", "selfReported": other}})
    assert " for field reportingBody.selfReported." in found

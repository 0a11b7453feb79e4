"""Certifications: reading of search results, and request bodies."""

import pytest

from trueup.errors import UnexpectedAnswer
from trueup.kinds.certification import payloads
from trueup.kinds.certification.kind import CERTIFICATION
from trueup.model.action import (
    AddElement,
    AddMember,
    FieldAction,
    RemoveElement,
    SetMembers,
    SetParts,
    SetValue,
)
from trueup.model.field import Compare, KeyedField, Risk, ScalarField
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.value import ABSENT, NOT_RETURNED, Elements, Known, Parts

ACME = Identity("origin", Kind.CERTIFICATION, IdField.EXTERNAL_ID, "ACME-1")
COMPLIANCES = "voc.content.regulatoryStandardCompliances"

EVERY_FIELD = {
    "certificateNumber": "ABC-1",
    "url": "https://acme.example/a.pdf",
    "issueDate": "2008-09-15",
    "expiryDate": "2010-09-15",
    "standard": {"code": "EPD"},
    "reportingBody": {"name": "Veritas"},
    "additionalsDocuments": [{"originalUrl": "https://acme.example/b.jpg"}],
    "brands": [{"name": "ACME", "website": "www.acme.example"}],
    "contacts": [{"externalId": "C1", "type": "VENDOR", "name": "John"}],
    "regulatoryStandardCompliances": [{"code": "ISO 9001"}],
    "featuresCustoms": [{"name": "Color", "value": "gray"}],
    "featuresProperties": [{"code": "EPD_TYPE", "value": "product-specific"}],
    "voc": {
        "content": {
            "densityLimitGL": "40",
            "containsAddedMCPCE": "true",
            "regulatoryStandardCompliances": [{"standard": {"code": "CARB"}, "productTypeCode": "Roof"}],
            "regulatoryStandardCustoms": [{"standard": {"code": "OWN"}}],
            "testMethods": [{"standard": {"code": "ASTM"}}],
            "exemptCompounds": [{"CAS": "67-64-1", "name": "Acetone", "percentByWeight": "0.5"}],
        },
        "emission": {
            "densityMin": "250",
            "densityMax": "500",
            "regulatoryStandardCompliances": [{"standard": {"code": "CDPH"}}],
        },
    },
    "channels": [{"name": "ORIGIN"}],
}


def test_every_field_of_a_spec_is_managed() -> None:
    assert CERTIFICATION.desired(EVERY_FIELD).keys() == CERTIFICATION.by_path.keys()


def test_an_empty_section_manages_nothing() -> None:
    assert CERTIFICATION.desired({"voc": {}}) == {}
    assert CERTIFICATION.desired({"voc": {"content": {}}}) == {}


@pytest.mark.parametrize("raw", [True, "TRUE", "true"])
def test_self_reported_has_one_spelling(raw: object) -> None:
    assert CERTIFICATION.desired({"reportingBody": {"selfReported": raw}}) == {
        "reportingBody": Parts({"selfReported": "TRUE"})
    }


@pytest.mark.parametrize(("raw", "text"), [(True, "true"), ("FALSE", "false"), (False, "false")])
def test_a_flag_is_sent_as_lower_case_text(raw: object, text: str) -> None:
    desired = CERTIFICATION.desired({"voc": {"content": {"containsAddedMCPCE": raw}}})
    assert desired == {"voc.content.containsAddedMCPCE": text}


def test_one_natural_key_twice_is_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="brands has ACME twice"):
        CERTIFICATION.desired({"brands": [{"name": "ACME"}, {"name": "ACME", "website": "w"}]})


def test_a_search_result_is_read() -> None:
    live = CERTIFICATION.observe({"originId": "o-1", **EVERY_FIELD})
    assert (live.remote_id, live.version, live.lifecycle) == ("o-1", None, None)
    assert live.fields == {path: Known(value) for path, value in CERTIFICATION.desired(EVERY_FIELD).items()}


def test_a_field_missing_in_a_search_result_was_not_returned() -> None:
    assert set(CERTIFICATION.observe({"originId": "o-1"}).fields.values()) == {NOT_RETURNED}
    live = CERTIFICATION.observe({"voc": {"content": {"densityLimitGL": "1"}}})
    assert live.fields["voc.content.densityLimitGL"] == Known("1")
    assert live.fields["voc.content.containsAddedMCPCE"] == NOT_RETURNED
    assert live.fields["voc.emission.densityMin"] == NOT_RETURNED


@pytest.mark.parametrize("empty", [None, "", [], {}])
def test_an_empty_field_of_a_search_result_is_absent(empty: object) -> None:
    live = CERTIFICATION.observe({"url": empty, "brands": empty, "reportingBody": empty, "voc": empty})
    for path in ("url", "brands", "reportingBody", "voc.content.densityLimitGL", COMPLIANCES):
        assert live.fields[path] == ABSENT


def test_a_bare_object_is_a_collection_of_one() -> None:
    live = CERTIFICATION.observe({"contacts": {"externalId": "C1", "name": "Jack"}})
    assert live.fields["contacts"] == Known(Elements({("C1",): {"name": "Jack"}}))


def test_numbers_and_booleans_are_read_in_either_type() -> None:
    content = {
        "densityLimitGL": 12.75,
        "containsAddedMCPCE": True,
        "exemptCompounds": [{"CAS": "1", "percentByWeight": 1}],
    }
    live = CERTIFICATION.observe({"voc": {"content": content}})
    assert live.fields["voc.content.densityLimitGL"] == Known("12.75")
    assert live.fields["voc.content.containsAddedMCPCE"] == Known("true")
    assert live.fields["voc.content.exemptCompounds"] == Known(Elements({("1",): {"percentByWeight": "1"}}))


@pytest.mark.parametrize(
    ("body", "read"),
    [
        ({"selfReported": "TRUE", "name": None}, Known(Parts({"selfReported": "TRUE"}))),
        ({"selfReported": True}, Known(Parts({"selfReported": "TRUE"}))),
        ({"selfReported": False, "name": "Veritas"}, Known(Parts({"name": "Veritas"}))),
        ({"selfReported": "false"}, ABSENT),
        ({"selfReported": None, "name": ""}, ABSENT),
    ],
)
def test_a_reporting_body_is_a_name_or_self_reported(body: dict[str, object], read: object) -> None:
    assert CERTIFICATION.observe({"reportingBody": body}).fields["reportingBody"] == read


@pytest.mark.parametrize(
    ("emission", "read"),
    [
        ({"densityMin": "1"}, Known("1")),
        ({"densityMinGL": "1"}, Known("1")),
        ({"densityMin": "1", "densityMinGL": "1.0"}, Known("1")),
        ({"densityMin": None, "densityMinGL": "1"}, Known("1")),
        ({"densityMinGL": None}, ABSENT),
        ({"densityMax": "1"}, NOT_RETURNED),
    ],
)
def test_the_documented_misspelling_of_densities_is_read(emission: dict[str, object], read: object) -> None:
    assert CERTIFICATION.observe({"voc": {"emission": emission}}).fields["voc.emission.densityMin"] == read


def test_copies_of_an_element_count_once() -> None:
    twice = [{"CAS": "1", "name": "A", "percentByWeight": "1.0"}, {"CAS": "1", "name": "A", "percentByWeight": 1}]
    live = CERTIFICATION.observe({"voc": {"content": {"exemptCompounds": twice}}})
    assert live.fields["voc.content.exemptCompounds"] == Known(
        Elements({("1",): {"name": "A", "percentByWeight": "1.0"}})
    )


def test_differing_copies_are_ambiguous_and_keep_equal_attributes() -> None:
    copies = [{"externalId": "C1", "name": "A", "phone": "1"}, {"externalId": "C1", "name": "A", "phone": "2"}]
    live = CERTIFICATION.observe({"contacts": copies})
    assert live.fields["contacts"] == Known(Elements({("C1",): {"name": "A"}}, frozenset({("C1",)})))


@pytest.mark.parametrize(
    "broken",
    [
        {"voc": {"emission": {"densityMin": "1", "densityMinGL": "2"}}},
        {"voc": "none"},
        {"url": {"en": "https://acme.example"}},
        {"brands": ["ACME"]},
        {"brands": [{"website": "www"}]},
        {"brands": [{"name": ["ACME"]}]},
        {"reportingBody": "Veritas"},
        {"standard": "EPD"},
    ],
)
def test_an_answer_of_another_shape_is_not_guessed_at(broken: dict[str, object]) -> None:
    with pytest.raises(UnexpectedAnswer):
        CERTIFICATION.observe({"originId": "o-1", **broken})


def test_an_unreadable_value_is_named_by_path_and_type_and_never_shown() -> None:
    with pytest.raises(
        UnexpectedAnswer, match=r"contacts\.phone of the answer is list, expected a single value"
    ) as error:
        CERTIFICATION.observe({"contacts": [{"externalId": "C1", "phone": ["555-0100"]}]})
    assert "555" not in str(error.value)


def test_a_creation_sends_the_documented_fields_and_an_update_the_others() -> None:
    carried, follow = CERTIFICATION.creation(CERTIFICATION.desired(EVERY_FIELD))
    assert carried.keys() | follow.keys() == CERTIFICATION.by_path.keys()
    assert not carried.keys() & follow.keys()
    assert payloads.create_item(ACME, "en", carried) == {
        "locale": "en",
        "externalId": "ACME-1",
        **{
            name: EVERY_FIELD[name]
            for name in (
                "certificateNumber",
                "url",
                "additionalsDocuments",
                "reportingBody",
                "standard",
                "issueDate",
                "expiryDate",
            )
        },
    }


def test_an_update_nests_and_says_how_each_element_is_meant() -> None:
    actions: list[FieldAction] = [
        SetValue("url", "u"),
        SetValue("standard.code", "EPD"),
        SetParts("reportingBody", {"selfReported": "TRUE"}),
        AddElement("brands", ("ACME",), {"website": "w"}),
        RemoveElement("brands", ("Acme Ltd",)),
        SetValue("voc.content.densityLimitGL", "40"),
        AddElement(COMPLIANCES, ("CARB", "Roof"), {}),
        RemoveElement(COMPLIANCES, ("CARB", "Wall")),
    ]
    assert payloads.update_item(ACME, "fr", actions) == {
        "locale": "fr",
        "externalId": "ACME-1",
        "url": "u",
        "standard": {"code": "EPD"},
        "reportingBody": {"selfReported": "TRUE"},
        "brands": [
            {"collectionBehavior": "ADD", "name": "ACME", "website": "w"},
            {"collectionBehavior": "REMOVE", "name": "Acme Ltd"},
        ],
        "voc": {
            "content": {
                "densityLimitGL": "40",
                "regulatoryStandardCompliances": [
                    {"collectionBehavior": "ADD", "standard": {"code": "CARB"}, "productTypeCode": "Roof"},
                    {"collectionBehavior": "REMOVE", "standard": {"code": "CARB"}, "productTypeCode": "Wall"},
                ],
            }
        },
    }


def test_an_absent_part_of_a_key_is_not_sent() -> None:
    live = CERTIFICATION.observe({"voc": {"content": {"regulatoryStandardCompliances": [{"standard": {"code": "A"}}]}}})
    assert live.fields[COMPLIANCES] == Known(Elements({("A", ""): {}}))
    assert payloads.update_item(ACME, "en", [RemoveElement(COMPLIANCES, ("A", ""))])["voc"] == {
        "content": {"regulatoryStandardCompliances": [{"collectionBehavior": "REMOVE", "standard": {"code": "A"}}]}
    }


def test_a_deletion_names_the_id_that_the_manifest_has() -> None:
    assert payloads.delete_item(ACME) == {"externalId": "ACME-1"}
    assert payloads.delete_item(Identity("origin", Kind.CERTIFICATION, IdField.ORIGIN_ID, "o-1")) == {"originId": "o-1"}


def keyed() -> list[KeyedField]:
    return [row for row in CERTIFICATION.fields if isinstance(row, KeyedField)]


def test_every_collection_has_its_natural_key() -> None:
    assert {row.path: row.key for row in keyed()} == {
        "additionalsDocuments": ("originalUrl",),
        "brands": ("name",),
        "contacts": ("externalId",),
        "regulatoryStandardCompliances": ("code",),
        "featuresCustoms": ("name",),
        "featuresProperties": ("code",),
        COMPLIANCES: ("standard.code", "productTypeCode"),
        "voc.content.regulatoryStandardCustoms": ("standard.code",),
        "voc.content.testMethods": ("standard.code",),
        "voc.content.exemptCompounds": ("CAS",),
        "voc.emission.regulatoryStandardCompliances": ("standard.code",),
        "channels": ("name",),
    }


def test_scalars_are_compared_by_their_type() -> None:
    scalars = {row.path: row.compare for row in CERTIFICATION.fields if isinstance(row, ScalarField)}
    attributes = {f"{row.path}.{a.path}": a.compare for row in keyed() for a in row.attributes}
    assert {path: compare for path, compare in {**scalars, **attributes}.items() if compare is not Compare.TEXT} == {
        "issueDate": Compare.DATE,
        "expiryDate": Compare.DATE,
        "voc.content.densityLimitGL": Compare.DECIMAL,
        "voc.content.containsAddedMCPCE": Compare.BOOLEAN,
        "voc.content.exemptCompounds.percentByWeight": Compare.DECIMAL,
        "voc.emission.densityMin": Compare.DECIMAL,
        "voc.emission.densityMax": Compare.DECIMAL,
    }


def test_an_add_carries_the_attributes_that_the_page_requires() -> None:
    assert {f"{row.path}.{a.path}" for row in keyed() for a in row.attributes if a.required} == {
        "featuresCustoms.value",
        "featuresProperties.value",
        "voc.content.exemptCompounds.name",
        "voc.content.exemptCompounds.percentByWeight",
    }


def test_the_standard_alone_may_be_the_key_of_content_compliances() -> None:
    assert {row.path: row.exclusive for row in keyed() if row.exclusive} == {COMPLIANCES: ("standard.code",)}


def test_a_change_of_a_brands_website_is_visible_to_others() -> None:
    risky = {f"{row.path}.{a.path}" for row in keyed() for a in row.attributes if a.risk is not Risk.ROUTINE}
    assert risky == {"brands.website"}


def test_publishing_is_visible_and_unpublishing_destructive() -> None:
    risks = {row.path: (row.add_risk, row.remove_risk) for row in keyed() if row.process}
    assert risks == {"channels": (Risk.VISIBLE, Risk.DESTRUCTIVE)}


def test_only_contacts_can_be_reset() -> None:
    assert {row.path for row in keyed() if any(attribute.resettable for attribute in row.attributes)} == {"contacts"}


def test_an_action_that_certifications_lack_is_never_sent() -> None:
    for action in (SetMembers("brands", ()), AddMember("brands", "a"), AddElement("url", ("a",), {})):
        with pytest.raises(TypeError):
            payloads.update_item(ACME, "en", [action])

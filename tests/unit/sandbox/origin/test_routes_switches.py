"""Every switch selects another behaviour where the documentation leaves one open (`origin-api.md` section 12)."""

from typing import Any

import pytest

from origin_api import CREATION, ORIGIN_ID, TOKEN, OriginApi, messages, result
from trueup.sandbox.store import Document

ADD = {"collectionBehavior": "ADD"}
REMOVE = {"collectionBehavior": "REMOVE"}
PAIR = {"standard": {"code": "CARB"}, "productTypeCode": "Roof"}
OTHER_PAIR = {"standard": {"code": "CARB"}, "productTypeCode": "Wall"}
RICH: Document = {
    "certificateNumber": "7",
    "brands": [{"name": "A", "website": "a.example"}],
    "channels": [{"name": "ORIGIN"}],
    "contacts": [{"externalId": "J", "phone": "1"}],
    "additionalsDocuments": [{"originalUrl": "https://acme.example/a"}, {"originalUrl": "https://acme.example/b"}],
    "voc": {"content": {"regulatoryStandardCompliances": [PAIR]}},
}


def update_null(api: OriginApi, field: str, value: object) -> Any:
    """Send one empty value, null included, which the usual helper omits."""
    item = {"locale": "en", "originId": ORIGIN_ID, field: value}
    return api.post("certifications/update", {"certifications": [item]})


@pytest.mark.parametrize("value", [None, ""])
def test_an_empty_text_can_be_ignored(value: object) -> None:
    api = OriginApi.seeded(RICH, origin_empty_values="ignore")
    result(update_null(api, "certificateNumber", value))
    assert api.live()["certificateNumber"] == "7"


@pytest.mark.parametrize("value", [None, "", [], {}])
def test_an_empty_list_can_be_ignored(value: object) -> None:
    api = OriginApi.seeded(RICH, origin_empty_values="ignore")
    result(update_null(api, "brands", value))
    assert len(api.live()["brands"]) == 1


@pytest.mark.parametrize("value", [None, ""])
def test_an_empty_text_can_clear(value: object) -> None:
    api = OriginApi.seeded(RICH, origin_empty_values="clear")
    result(update_null(api, "certificateNumber", value))
    assert api.live()["certificateNumber"] is None


@pytest.mark.parametrize("value", [None, []])
def test_an_empty_list_can_clear(value: object) -> None:
    api = OriginApi.seeded(RICH, origin_empty_values="clear")
    result(update_null(api, "brands", value))
    assert api.live()["brands"] == []


@pytest.mark.parametrize("value", [None, {}])
def test_an_empty_section_can_clear_what_is_below(value: object) -> None:
    api = OriginApi.seeded(RICH, origin_empty_values="clear")
    result(update_null(api, "voc", value))
    assert api.live()["voc"]["content"]["regulatoryStandardCompliances"] == []


def test_an_empty_attribute_can_clear() -> None:
    api = OriginApi.seeded(RICH, origin_empty_values="clear")
    result(api.update({"contacts": [{**ADD, "externalId": "J", "phone": ""}]}))
    assert api.live()["contacts"][0]["phone"] is None


def test_an_empty_attribute_can_be_ignored() -> None:
    api = OriginApi.seeded(RICH, origin_empty_values="ignore")
    result(api.update({"contacts": [{**ADD, "externalId": "J", "phone": ""}]}))
    assert api.live()["contacts"][0]["phone"] == "1"


@pytest.mark.parametrize("field", ["standard", "reportingBody"])
def test_what_is_mandatory_is_never_cleared(field: str) -> None:
    assert messages(update_null(OriginApi.seeded(origin_empty_values="clear"), field, None))


def test_clearing_the_url_needs_a_document() -> None:
    assert messages(update_null(OriginApi.seeded(origin_empty_values="clear"), "url", ""))
    assert result(update_null(OriginApi.seeded(RICH, origin_empty_values="clear"), "url", ""))


def test_a_batch_can_be_applied_up_to_its_first_bad_item() -> None:
    api = OriginApi.seeded(origin_batch="prefix")
    answer = api.update({"certificateNumber": "8"}, {"url": "x"}, {"certificateNumber": "9"})
    assert len(messages(answer, "CE00000", 500)) == 1
    assert api.live()["certificateNumber"] == "8"


def test_a_batch_whose_first_item_is_bad_is_plainly_refused() -> None:
    api = OriginApi.seeded(origin_batch="prefix")
    assert messages(api.update({"url": "x"}, {"certificateNumber": "9"}))
    assert api.live()["certificateNumber"] is None


@pytest.mark.parametrize("mode", ["", "async/"])
def test_a_request_can_be_limited_in_items(mode: str) -> None:
    api = OriginApi.seeded(origin_batch_limit=2)
    items = [{**CREATION, "externalId": name} for name in "ABC"]
    path = f"{mode}certifications/create"
    assert messages(api.post(path, {"certifications": items})) == ["accept at most 2 certifications."]
    assert result(api.post(path, {"certifications": items[:2]}))


def test_a_second_creation_can_make_a_duplicate() -> None:
    api = OriginApi.seeded(origin_duplicate_create="duplicate")
    result(api.create({"externalId": "ACME-1"}))
    first, second = api.found("EXTERNALID", "ACME-1")
    assert first["originId"] != second["originId"]


def test_an_external_id_of_two_certifications_selects_neither() -> None:
    api = OriginApi.seeded(origin_duplicate_create="duplicate")
    result(api.create({"externalId": "ACME-1"}))
    expected = ["certifications[1] refers to more than one certification."]
    assert messages(api.delete({"externalId": "ACME-1"})) == expected
    assert result(api.delete({"originId": ORIGIN_ID, "externalId": "ACME-1"}))


@pytest.mark.parametrize("element", [{"name": "Z"}, {"name": "a"}])
def test_removing_an_absent_element_can_be_refused(element: Document) -> None:
    api = OriginApi.seeded(RICH, origin_remove_absent="reject")
    answer = api.update({"brands": [{**ADD, "name": "A"}, {**REMOVE, **element}]})
    assert messages(answer) == ["certifications[1] has no such element to remove: brand[2]."]


def test_removing_a_present_element_is_accepted_under_every_switch() -> None:
    api = OriginApi.seeded(
        RICH, origin_remove_absent="reject", origin_remove_and_add="reject", origin_duplicate_keys="reject"
    )
    assert result(api.update({"brands": [{**REMOVE, "name": "A"}]}))


def test_elements_can_be_applied_from_the_last_to_the_first() -> None:
    api = OriginApi.seeded(RICH, origin_remove_and_add="reverse")
    result(api.update({"brands": [{**REMOVE, "name": "A"}, {**ADD, "name": "A", "website": "new.example"}]}))
    assert api.live()["brands"] == []


def test_removing_and_adding_one_key_can_be_refused() -> None:
    api = OriginApi.seeded(RICH, origin_remove_and_add="reject")
    answer = api.update({"brands": [{**REMOVE, "name": "A"}, {**ADD, "name": "A"}]})
    assert messages(answer) == ["certifications[1] has more than one ''A'' in field brands"]


def test_removing_one_key_and_adding_another_is_accepted() -> None:
    api = OriginApi.seeded(RICH, origin_remove_and_add="reject")
    assert result(api.update({"brands": [{**REMOVE, "name": "A"}, {**ADD, "name": "B"}]}))


def test_a_repeated_key_can_be_refused() -> None:
    api = OriginApi.seeded(origin_duplicate_keys="reject")
    answer = api.update({"brands": [{**ADD, "name": "B"}, {**ADD, "name": "B"}]})
    assert messages(answer) == ["certifications[1] has more than one ''B'' in field brands"]


def test_content_compliances_can_have_the_standard_alone_as_key() -> None:
    api = OriginApi.seeded(RICH, origin_compliance_key="code")
    result(api.update({"voc": {"content": {"regulatoryStandardCompliances": [{**ADD, **OTHER_PAIR}]}}}))
    assert api.live()["voc"]["content"]["regulatoryStandardCompliances"] == [OTHER_PAIR]


def test_then_the_standard_alone_removes_a_content_compliance() -> None:
    body = {"voc": {"content": {"regulatoryStandardCompliances": [{**REMOVE, "standard": {"code": "CARB"}}]}}}
    api = OriginApi.seeded(RICH, origin_compliance_key="code")
    result(api.update(body))
    assert api.live()["voc"]["content"]["regulatoryStandardCompliances"] == []
    assert messages(OriginApi.seeded(RICH).update(body)) == ["certifications[1] require one productTypeCode"]


def test_a_property_can_have_several_values() -> None:
    api = OriginApi.seeded({"featuresProperties": [{"code": "A", "value": "1"}]}, origin_properties="multiple")
    result(api.update({"featuresProperties": [{**ADD, "code": "A", "value": "2"}]}))
    assert [found["value"] for found in api.live()["featuresProperties"]] == ["1", "2"]


@pytest.mark.parametrize(("removal", "left"), [({"value": "1"}, ["2"]), ({}, [])])
def test_a_removal_removes_the_named_value_or_all(removal: Document, left: list[str]) -> None:
    values = [{"code": "A", "value": "1"}, {"code": "A", "value": "2"}]
    api = OriginApi.seeded({"featuresProperties": values}, origin_properties="multiple")
    result(api.update({"featuresProperties": [{**REMOVE, "code": "A", **removal}]}))
    assert [found["value"] for found in api.live()["featuresProperties"]] == left


def test_texts_can_be_trimmed() -> None:
    api = OriginApi.seeded(origin_trim=True)
    result(api.update({"url": " https://acme.example/x ", "brands": [{**ADD, "name": " A "}]}))
    live = api.live()
    assert live["url"] == "https://acme.example/x"
    assert live["brands"][0]["name"] == "A"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("2008-09-15", "2008-09-15T00:00:00Z"),
        ("2008-09-15T15:53:00", "2008-09-15T15:53:00Z"),
        ("2008-09-15T15:53:00+02:00", "2008-09-15T15:53:00+02:00"),
        ("2008-09-15T15:53:00Z", "2008-09-15T15:53:00Z"),
    ],
)
def test_dates_can_be_given_a_zone(sent: str, kept: str) -> None:
    api = OriginApi.seeded(origin_date_zone=True)
    result(api.update({"issueDate": sent}))
    assert api.live()["issueDate"] == kept


def test_a_missing_behavior_can_mean_add() -> None:
    api = OriginApi.seeded(origin_missing_behavior="add")
    result(api.update({"brands": [{"name": "A"}]}))
    assert api.live()["brands"] == [{"name": "A", "website": None}]


def test_a_wrong_behavior_never_means_add() -> None:
    assert messages(OriginApi.seeded(origin_missing_behavior="add").update({"brands": [{"collectionBehavior": "SET"}]}))


LIMIT = {"voc": {"content": {"densityLimitGL": "40"}}}


def test_a_density_limit_can_need_a_compliance_in_the_same_request() -> None:
    api = OriginApi.seeded(RICH, origin_density_check="strict")
    assert messages(api.update(LIMIT))
    content = {"densityLimitGL": "40", "regulatoryStandardCompliances": [{**ADD, **PAIR}]}
    assert result(api.update({"voc": {"content": content}}))


def test_a_density_limit_can_be_without_compliances() -> None:
    assert result(OriginApi.seeded(origin_density_check="none").update(LIMIT))


def test_the_last_document_can_be_removed() -> None:
    document = {"originalUrl": "https://acme.example/a"}
    api = OriginApi.seeded({"url": None, "additionalsDocuments": [document]}, origin_last_document="allow")
    assert result(api.update({"additionalsDocuments": [{**REMOVE, **document}]}))


def test_tokens_can_be_named() -> None:
    api = OriginApi.seeded(origin_tokens=["good"])
    assert messages(api.request("GET", "/connect/v1/check", headers=TOKEN), "CE00002", 401)
    assert result(api.request("GET", "/connect/v1/check", headers={"authorization": "Bearer good"})) == {}


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_can_be_forbidden_a_service(status: int) -> None:
    api = OriginApi.seeded(origin_forbidden_tokens=["any"], origin_forbidden_status=status)
    assert messages(api.delete({"originId": ORIGIN_ID}), "CE00002", status)
    assert len(api.store.list("default", "certification")) == 1


@pytest.mark.parametrize("status", [400, 403])
def test_documents_can_be_limited_by_the_package(status: int) -> None:
    api = OriginApi.seeded(RICH, origin_document_limit=2, origin_limit_status=status)
    document = {"originalUrl": "https://acme.example/c"}
    answer = api.update({"additionalsDocuments": [{**ADD, **document}]})
    assert messages(answer, "CE00003", status) == ["certifications[1] has more than 2 additionalsDocuments."]
    assert len(api.live()["additionalsDocuments"]) == 2


def test_the_wrong_spelling_of_two_samples_can_be_ignored() -> None:
    api = OriginApi.seeded(origin_gl_spellings="ignore")
    result(api.update({"voc": {"emission": {"densityMinGL": "250", "densityMaxGL": "500"}}}))
    assert api.live()["voc"]["emission"]["densityMin"] is None


@pytest.mark.parametrize(
    "body",
    [{"color": "red"}, {"brands": [{**ADD, "name": "A", "color": "red"}]}, {"voc": {"content": {"color": "red"}}}],
)
def test_unknown_fields_can_be_ignored(body: Document) -> None:
    assert result(OriginApi.seeded(origin_unknown_fields="ignore").update(body))


def test_the_wrong_spelling_is_not_an_unknown_field() -> None:
    api = OriginApi.seeded(origin_unknown_fields="ignore")
    assert messages(api.update({"voc": {"emission": {"densityMinGL": "250"}}}))


def test_collections_can_be_dropped_from_a_creation() -> None:
    api = OriginApi(origin_create_collections="drop")
    result(api.create({"certificateNumber": "7", "brands": [{"name": "A"}]}))
    (live,) = api.found("EXTERNALID", "ACME-2")
    assert live["brands"] == []
    assert live["certificateNumber"] == "7"


@pytest.mark.parametrize("field", ["brands", "contacts", "channels", "featuresCustoms", "voc"])
def test_collections_can_be_refused_in_a_creation(field: str) -> None:
    api = OriginApi(origin_create_collections="reject")
    assert f"certifications[1] has unknown field {field}" in messages(api.create({field: [{}]}))


def test_documents_belong_to_every_creation() -> None:
    api = OriginApi(origin_create_collections="reject")
    assert result(api.create({"additionalsDocuments": [{"originalUrl": "https://acme.example/a"}]}))


def test_a_reporting_body_can_be_asked_to_exist() -> None:
    api = OriginApi.seeded(origin_reporting_bodies=["Veritas"])
    expected = ["certifications[1] has invalid value ''Nobody'' for field reportingBody.name."]
    assert messages(api.update({"reportingBody": {"name": "Nobody"}})) == expected
    assert result(api.update({"reportingBody": {"name": "Veritas"}}))


def test_a_standard_can_be_required_to_exist() -> None:
    api = OriginApi.seeded(origin_standards=["EPD"])
    expected = ["certifications[1] has invalid value ''epd'' for field standard.code."]
    assert messages(api.update({"standard": {"code": "epd"}})) == expected
    assert result(api.update({"standard": {"code": "EPD"}}))


def test_an_item_that_fails_halfway_leaves_what_the_items_before_it_did() -> None:
    api = OriginApi.seeded(origin_batch="prefix", origin_remove_absent="reject")
    halfway = {"brands": [{**ADD, "name": "A"}, {**REMOVE, "name": "Z"}]}
    assert messages(api.update({"certificateNumber": "8"}, halfway), "CE00000", 500)
    assert api.live()["certificateNumber"] == "8"
    assert api.live()["brands"] == []


def test_refusing_a_mix_does_not_refuse_repeated_additions() -> None:
    api = OriginApi.seeded(origin_remove_and_add="reject")
    assert result(api.update({"brands": [{**ADD, "name": "B"}, {**ADD, "name": "B"}]}))

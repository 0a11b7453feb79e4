"""What ADD and REMOVE do to an element, and what an update does not change."""

from typing import Any

import pytest

from origin_api import OriginApi, result
from trueup.sandbox.store import Document

ADD = {"collectionBehavior": "ADD"}
REMOVE = {"collectionBehavior": "REMOVE"}
PAIR = {"standard": {"code": "CARB"}, "productTypeCode": "Roof"}
OTHER_PAIR = {"standard": {"code": "CARB"}, "productTypeCode": "Wall"}


def updated(body: Document, **live: Any) -> Document:
    """Return the certification after one update of a live state."""
    api = OriginApi()
    api.seed(**live)
    result(api.update(body))
    return api.live()


def compliances(*elements: Document) -> Document:
    return {"voc": {"content": {"regulatoryStandardCompliances": list(elements)}}}


def content(document: Document) -> Document:
    found: Document = document["voc"]["content"]
    return found


def test_a_field_that_is_not_sent_stays() -> None:
    assert updated({"url": "https://acme.example/new.pdf"}, certificateNumber="7")["certificateNumber"] == "7"


def test_an_update_with_nothing_to_change_changes_nothing() -> None:
    api = OriginApi()
    api.seed()
    before = api.live()
    result(api.update({}))
    assert api.live() == before


def test_a_name_ends_self_reporting() -> None:
    live = updated({"reportingBody": {"name": "Veritas"}}, reportingBody={"selfReported": "TRUE"})
    assert live["reportingBody"] == {"name": "Veritas", "selfReported": None}


def test_self_reporting_erases_the_name() -> None:
    live = updated({"reportingBody": {"selfReported": "TRUE"}}, reportingBody={"name": "Veritas"})
    assert live["reportingBody"] == {"name": None, "selfReported": "TRUE"}


def test_sections_are_merged() -> None:
    live = updated({"voc": {"emission": {"densityMax": "9"}}}, voc={"emission": {"densityMin": "1"}})
    assert live["voc"]["emission"]["densityMin"] == "1"
    assert live["voc"]["emission"]["densityMax"] == "9"


def test_an_addition_keeps_the_attributes_that_it_does_not_carry() -> None:
    live = updated({"brands": [{**ADD, "name": "A"}]}, brands=[{"name": "A", "website": "a.example"}])
    assert live["brands"] == [{"name": "A", "website": "a.example"}]


def test_other_elements_keep_their_place() -> None:
    brands = [{"name": "A", "website": "a.example"}, {"name": "B", "website": "b.example"}]
    live = updated({"brands": [{**ADD, "name": "A", "website": "x.example"}]}, brands=brands)
    assert live["brands"] == [{"name": "A", "website": "x.example"}, brands[1]]


def test_new_elements_are_last() -> None:
    live = updated({"brands": [{**ADD, "name": "A"}]}, brands=[{"name": "B"}])
    assert [brand["name"] for brand in live["brands"]] == ["B", "A"]


@pytest.mark.parametrize("key", ["a", "A ", "\u0041\u030a", "A/"])
def test_keys_are_compared_letter_by_letter(key: str) -> None:
    live = updated({"brands": [{**ADD, "name": key}]}, brands=[{"name": "A"}])
    assert [brand["name"] for brand in live["brands"]] == ["A", key]


def test_removing_an_absent_element_has_no_effect() -> None:
    live = updated({"brands": [{**REMOVE, "name": "Z"}]}, brands=[{"name": "A"}])
    assert [brand["name"] for brand in live["brands"]] == ["A"]


def test_a_removal_may_carry_more_than_the_key() -> None:
    live = updated({"brands": [{**REMOVE, "name": "A", "website": "x.example"}]}, brands=[{"name": "A"}])
    assert live["brands"] == []


def test_removing_then_adding_resets_the_attributes() -> None:
    contacts = [{**REMOVE, "externalId": "J"}, {**ADD, "externalId": "J", "email": "j@acme.example"}]
    live = updated({"contacts": contacts}, contacts=[{"externalId": "J", "phone": "1"}])
    assert [(contact["email"], contact["phone"]) for contact in live["contacts"]] == [("j@acme.example", None)]


def test_adding_then_removing_leaves_nothing() -> None:
    live = updated({"brands": [{**ADD, "name": "A"}, {**REMOVE, "name": "A"}]})
    assert live["brands"] == []


def test_of_two_elements_with_one_key_the_last_wins() -> None:
    live = updated({"featuresCustoms": [{**ADD, "name": "A", "value": value} for value in ("1", "2")]})
    assert live["featuresCustoms"] == [{"name": "A", "value": "2"}]


def test_a_property_has_one_value() -> None:
    body = {"featuresProperties": [{**ADD, "code": "A", "value": "2"}]}
    live = updated(body, featuresProperties=[{"code": "A", "value": "1"}])
    assert live["featuresProperties"] == [{"code": "A", "value": "2"}]


def test_a_property_is_removed_by_its_code() -> None:
    body = {"featuresProperties": [{**REMOVE, "code": "A"}]}
    assert updated(body, featuresProperties=[{"code": "A", "value": "1"}])["featuresProperties"] == []


def test_content_compliances_of_one_standard_differ_by_product_type() -> None:
    live = updated(compliances({**ADD, **OTHER_PAIR}), **compliances(PAIR))
    assert content(live)["regulatoryStandardCompliances"] == [PAIR, OTHER_PAIR]


def test_removing_a_content_compliance_leaves_the_other_product_type() -> None:
    live = updated(compliances({**REMOVE, **PAIR}), **compliances(PAIR, OTHER_PAIR))
    assert content(live)["regulatoryStandardCompliances"] == [OTHER_PAIR]


def test_a_compound_may_change_its_name() -> None:
    compound = {"CAS": "1", "name": "Old", "percentByWeight": "1"}
    body = {"voc": {"content": {"exemptCompounds": [{**ADD, **compound, "name": "New"}]}}}
    live = updated(body, voc={"content": {"exemptCompounds": [compound]}})
    assert content(live)["exemptCompounds"] == [{**compound, "name": "New"}]


def test_items_of_one_request_build_on_each_other() -> None:
    api = OriginApi()
    api.seed()
    result(api.update({"brands": [{**ADD, "name": "A"}]}, {"brands": [{**REMOVE, "name": "A"}]}))
    assert api.live()["brands"] == []


@pytest.mark.parametrize("brands", [None, {"name": "A"}, [{"name": "A"}]])
def test_elements_are_added_to_a_list_seeded_bare_or_null(brands: object) -> None:
    live = updated({"brands": [{**ADD, "name": "B"}]}, brands=brands)
    assert live["brands"][-1] == {"name": "B", "website": None}
    assert len(live["brands"]) == (2 if brands else 1)

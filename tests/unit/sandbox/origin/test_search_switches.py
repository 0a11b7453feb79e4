"""What a search returns, and when, under each switch (`origin-api.md` sections 10 and 12)."""

import pytest

from origin_api import ORIGIN_ID, OriginApi, ready, result
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


@pytest.mark.parametrize("field", ["channels", "contacts", "voc", "reportingBody"])
def test_omitted_fields_are_not_returned(field: str) -> None:
    live = OriginApi.seeded(RICH, origin_omitted_fields=[field]).live()
    assert field not in live
    assert live["certificateNumber"] == "7"


def test_a_field_within_a_section_can_be_omitted() -> None:
    live = OriginApi.seeded(RICH, origin_omitted_fields=["voc.content", "brands.name", "a.b.c"]).live()
    assert set(live["voc"]) == {"emission"}


def test_omitted_fields_are_stored_all_the_same() -> None:
    api = OriginApi.seeded(origin_omitted_fields=["brands"])
    result(api.update({"brands": [{**ADD, "name": "A"}]}))
    (stored,) = api.store.list("default", "certification")
    assert stored["brands"] == [{"name": "A"}]


def test_lists_of_one_can_collapse_to_a_bare_object() -> None:
    live = OriginApi.seeded(RICH, origin_collapsed_lists=True).live()
    assert live["channels"] == {"name": "ORIGIN"}
    assert live["voc"]["content"]["regulatoryStandardCompliances"] == PAIR


def test_collapsing_does_not_change_empty_and_longer_lists() -> None:
    live = OriginApi.seeded(RICH, origin_collapsed_lists=True).live()
    assert live["featuresCustoms"] == []
    assert len(live["additionalsDocuments"]) == 2


def test_what_is_unset_can_be_left_out() -> None:
    live = OriginApi.seeded({"brands": [{"name": "A"}]}, origin_unset="omit").live()
    assert set(live) == {"locale", "originId", "externalId", "url", "reportingBody", "standard", "brands"}
    assert live["reportingBody"] == {"name": "Veritas"}
    assert live["brands"] == [{"name": "A"}]


def test_counts_can_be_numbers() -> None:
    answer = result(OriginApi.seeded(origin_counts_as_text=False).search())
    assert answer["searchInfo"] == {"numberOfElements": 1, "numberOfPages": 1}


def test_archived_certifications_can_be_found() -> None:
    api = OriginApi.seeded({"archived": True}, origin_archived="found")
    assert api.live()["originId"] == ORIGIN_ID
    assert result(api.update({"certificateNumber": "8"}))


class TestSearchLag:
    """A search may show an earlier state for a while."""

    def test_a_change_is_seen_late(self) -> None:
        api = OriginApi.seeded(RICH, origin_search_lag=5.0)
        result(api.update({"certificateNumber": "8"}))
        api.clock.advance(4.9)
        assert api.live()["certificateNumber"] == "7"
        api.clock.advance(0.1)
        assert api.live()["certificateNumber"] == "8"

    def test_each_of_several_changes_is_seen_in_its_turn(self) -> None:
        api = OriginApi.seeded(RICH, origin_search_lag=5.0)
        for number in ("8", "9"):
            result(api.update({"certificateNumber": number}))
            api.clock.advance(3)
        assert api.live()["certificateNumber"] == "8"
        api.clock.advance(3)
        assert api.live()["certificateNumber"] == "9"

    def test_a_creation_is_seen_late(self) -> None:
        api = OriginApi(origin_search_lag=5.0)
        result(api.create())
        assert api.found("EXTERNALID", "ACME-2") == []
        api.clock.advance(5)
        assert len(api.found("EXTERNALID", "ACME-2")) == 1

    def test_a_deletion_is_seen_late(self) -> None:
        api = OriginApi.seeded(origin_search_lag=5.0)
        result(api.delete({"originId": ORIGIN_ID}))
        assert len(api.found()) == 1
        api.clock.advance(5)
        assert api.found() == []

    def test_a_write_works_on_the_truth(self) -> None:
        api = OriginApi.seeded(origin_search_lag=5.0)
        result(api.update({"brands": [{**ADD, "name": "A"}]}))
        result(api.update({"brands": [{**ADD, "name": "B"}]}))
        api.clock.advance(5)
        assert [found["name"] for found in api.live()["brands"]] == ["A", "B"]

    def test_the_lag_of_a_batch_starts_when_it_is_carried_out(self) -> None:
        api = OriginApi.seeded(RICH, origin_search_lag=5.0, origin_async_seconds=10.0)
        item = {"locale": "en", "originId": ORIGIN_ID, "certificateNumber": "8"}
        ready(api.post("async/certifications/update", {"certifications": [item]}))
        api.clock.advance(14.9)
        assert api.live()["certificateNumber"] == "7"
        api.clock.advance(0.1)
        assert api.live()["certificateNumber"] == "8"


def test_an_unknown_criterion_can_be_ignored_and_finds_everything() -> None:
    api = OriginApi.seeded(origin_unknown_criteria="ignore")
    api.seed(originId="other", externalId="OTHER")
    assert len(api.found("KEYWORD", "x")) == 2


def test_a_lag_keeps_no_more_of_the_past_than_it_shows() -> None:
    api = OriginApi.seeded(origin_search_lag=5.0)
    for number in range(20):
        result(api.update({"certificateNumber": str(number)}))
        api.clock.advance(2)
    (past,) = api.store.list("default", "certification.past")
    assert len(past["versions"]) == 3

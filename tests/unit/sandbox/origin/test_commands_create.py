"""CertificationsCreate: what it requires, stores and answers."""

import pytest

from origin_api import CREATION, OriginApi, messages, result
from trueup.sandbox.store import Document, Store

CERTIFICATION: Document = {
    "certificateNumber": "ABC-123-000001",
    "issueDate": "2008-09-15",
    "additionalsDocuments": [{"originalUrl": "https://acme.example/a.pdf"}],
    "brands": [{"name": "ACME Inc.", "website": "www.acmexyz.com"}],
    "channels": [{"name": "ORIGIN"}],
    "featuresCustoms": [{"name": "Color", "value": "gray"}],
    "voc": {"emission": {"densityMin": "250"}},
}


def test_a_creation_answers_with_both_ids() -> None:
    answer = result(OriginApi().create())
    (correlation,) = answer["correlations"]
    assert answer["entityType"] == "CERTIFICATION"
    assert correlation["externalId"] == "ACME-2"
    assert len(correlation["originId"]) == 36


def test_the_correlations_follow_the_order_of_the_request() -> None:
    answer = result(OriginApi().create({"externalId": "B"}, {"externalId": "A"}))
    assert [correlation["externalId"] for correlation in answer["correlations"]] == ["B", "A"]


def test_origin_ids_differ() -> None:
    first, second = result(OriginApi().create({"externalId": "A"}, {"externalId": "B"}))["correlations"]
    assert first["originId"] != second["originId"]


def test_origin_ids_are_the_same_in_every_run() -> None:
    assert result(OriginApi().create()) == result(OriginApi().create())


def test_a_created_certification_is_found_by_both_ids() -> None:
    api = OriginApi()
    (correlation,) = result(api.create())["correlations"]
    assert api.found("ORIGINID", correlation["originId"]) == api.found("EXTERNALID", "ACME-2") != []


def test_a_creation_keeps_every_field() -> None:
    api = OriginApi()
    result(api.create(CERTIFICATION))
    (live,) = api.found("EXTERNALID", "ACME-2")
    assert {name: live[name] for name in CERTIFICATION if name != "voc"} == {
        name: value for name, value in CERTIFICATION.items() if name != "voc"
    }
    assert live["voc"]["emission"]["densityMin"] == "250"
    assert live["reportingBody"] == {"name": "Veritas", "selfReported": None}


@pytest.mark.parametrize("field", ["locale", "externalId", "reportingBody", "standard"])
def test_a_creation_needs(field: str) -> None:
    assert messages(OriginApi().create({field: None})) == [f"certifications[1] require one {field}."]


def test_a_creation_needs_an_url_or_a_document() -> None:
    assert messages(OriginApi().create({"url": None})) == ["certifications[1] require one url or additionalsDocument."]


def test_a_document_replaces_the_required_url() -> None:
    documents = [{"originalUrl": "https://acme.example/a.pdf"}]
    assert result(OriginApi().create({"url": None, "additionalsDocuments": documents}))


def test_a_self_reported_certification_can_be_created() -> None:
    api = OriginApi()
    result(api.create({"reportingBody": {"selfReported": "TRUE"}}))
    (live,) = api.found("EXTERNALID", "ACME-2")
    assert live["reportingBody"] == {"name": None, "selfReported": "TRUE"}


def test_a_creation_with_an_origin_id_is_refused() -> None:
    assert messages(OriginApi().create({"originId": "x"})) == ["certifications[1] has unknown field originId"]


def test_elements_of_a_creation_have_no_behavior() -> None:
    brands = [{"collectionBehavior": "ADD", "name": "A"}]
    expected = ["certifications[1] has unknown field brand[1].collectionBehavior"]
    assert messages(OriginApi().create({"brands": brands})) == expected


def test_a_used_external_id_is_refused() -> None:
    api = OriginApi()
    api.seed()
    expected = ["certifications[1] has an externalId that is already used: ''ACME-1''."]
    assert messages(api.create({"externalId": "ACME-1"})) == expected
    assert len(api.found("EXTERNALID", "ACME-1")) == 1


def test_an_external_id_used_twice_in_one_request_is_refused() -> None:
    api = OriginApi()
    expected = ["certifications[2] has an externalId that is already used: ''ACME-2''."]
    assert messages(api.create({}, {})) == expected
    assert api.found("EXTERNALID", "ACME-2") == []


def test_one_bad_item_keeps_the_whole_batch_from_being_stored() -> None:
    api = OriginApi()
    answer = api.create({"externalId": "A"}, {"externalId": "B", "standard": None}, {"externalId": "C", "locale": "xx"})
    assert messages(answer) == [
        "certifications[2] require one standard.",
        "certifications[3] has invalid value ''xx'' for field locale. Allowed value(s) : [de,es_MX,en,fr,zh_CN]",
    ]
    assert api.found("EXTERNALID", "A") == []


def test_an_external_id_is_free_again_after_deletion() -> None:
    api = OriginApi()
    api.seed()
    result(api.delete({"externalId": "ACME-1"}))
    assert result(api.create({"externalId": "ACME-1"}))


@pytest.mark.parametrize("field", ["reportingBody", "standard", "externalId", "locale"])
def test_a_required_field_that_is_null_is_named_once(field: str) -> None:
    body = {"certifications": [{**CREATION, field: None}]}
    assert messages(OriginApi().post("certifications/create", body)) == [f"certifications[1] require one {field}."]


class BreakingStore(Store):
    """A store that breaks at the second certification."""

    def put(self, world: str, kind: str, id: str, name: str, document: Document) -> None:  # noqa: A002 - the store's own names
        if name == "B":
            raise RuntimeError("broken")
        super().put(world, kind, id, name, document)


def test_a_sandbox_that_breaks_halfway_has_stored_nothing() -> None:
    api = OriginApi(store=BreakingStore())
    with pytest.raises(RuntimeError, match="broken"):
        api.create({"externalId": "A"}, {"externalId": "B"})
    assert api.store.list("default", "certification") == []

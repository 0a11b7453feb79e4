"""CertificationsDelete: permanent, unless a material of another company uses the certification."""

import pytest

from origin_api import ORIGIN_ID, OriginApi, messages, result


def test_a_deleted_certification_is_gone() -> None:
    api = OriginApi()
    api.seed()
    assert result(api.delete({"originId": ORIGIN_ID})) == {"entityType": "CERTIFICATION", "result": "Delete completed."}
    assert api.found() == []
    assert api.store.list("default", "certification") == []


def test_deletion_accepts_the_external_id_as_well() -> None:
    api = OriginApi()
    api.seed()
    assert result(api.delete({"externalId": "ACME-1"}))
    assert api.found() == []


def test_a_deletion_needs_an_id() -> None:
    assert messages(OriginApi().delete({})) == ["certifications[1] require one originId or externalId."]


def test_a_deletion_has_no_locale() -> None:
    api = OriginApi()
    api.seed()
    assert messages(api.delete({"originId": ORIGIN_ID, "locale": "en"})) == [
        "certifications[1] has unknown field locale"
    ]


def test_deleting_what_is_gone_is_refused() -> None:
    api = OriginApi()
    api.seed()
    api.delete({"originId": ORIGIN_ID})
    expected = ["certifications[1] refers to a certification that does not exist."]
    assert messages(api.delete({"originId": ORIGIN_ID})) == expected


def test_a_certification_named_twice_is_refused_and_stays() -> None:
    api = OriginApi()
    api.seed()
    assert messages(api.delete({"originId": ORIGIN_ID}, {"externalId": "ACME-1"}))
    assert api.live()


def test_what_another_company_uses_is_archived_with_the_same_answer() -> None:
    api = OriginApi()
    api.seed(attachedToOtherCompany=True)
    assert result(api.delete({"originId": ORIGIN_ID}))["result"] == "Delete completed."
    (kept,) = api.store.list("default", "certification")
    assert kept["archived"] is True


def test_an_archived_certification_is_not_found() -> None:
    api = OriginApi()
    api.seed(archived=True)
    assert api.found() == []
    assert messages(api.update({})) == ["certifications[1] refers to a certification that does not exist."]


def test_the_external_id_of_an_archived_certification_is_free() -> None:
    api = OriginApi()
    api.seed(archived=True)
    (correlation,) = result(api.create({"externalId": "ACME-1"}))["correlations"]
    assert correlation["originId"] != ORIGIN_ID
    assert result(api.post("certifications/delete", {"certifications": [{"externalId": "ACME-1"}]}))
    assert [document["originId"] for document in api.store.list("default", "certification")] == [ORIGIN_ID]


@pytest.mark.parametrize(("mark", "gone"), [("true", 0), ("false", 1), (False, 1)])
def test_a_seed_may_hold_its_marks_as_text(mark: object, gone: int) -> None:
    api = OriginApi.seeded({"attachedToOtherCompany": mark})
    result(api.delete({"originId": ORIGIN_ID}))
    assert len(api.store.list("default", "certification")) == 1 - gone

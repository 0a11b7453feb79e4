"""The common envelope: status, result, the echo of the request, and who may ask."""

import pytest

from origin_api import CREATION, TOKEN, OriginApi, messages, result
from trueup.sandbox.store import Document

SERVICES = ["create", "update", "delete", "search"]


def test_success_echoes_the_request() -> None:
    api = OriginApi()
    assert api.create().json()["connectRequest"] == {"certifications": [CREATION]}


def test_an_error_echoes_the_request_and_has_no_result() -> None:
    body: Document = {"certifications": [{"nonsense": 1}]}
    answer = OriginApi().post("certifications/update", body)
    assert answer.json()["connectRequest"] == body
    assert "result" not in answer.json()


def test_the_code_and_its_message_are_one_text() -> None:
    answer = OriginApi().post("certifications/update", {"certifications": [{}]})
    expected = "CE00001 - Connect request failed validation. Refer to provided messages for details."
    assert answer.json()["status"]["code"] == expected


def test_the_error_sample_of_the_page_is_answered_word_for_word() -> None:
    contact = {"collectionBehavior": "ADD ITEM", "name": "Jack Smith"}
    body = {"certifications": [{"url": "https://public.facing.url/certificate.pdf", "contacts": contact}]}
    assert messages(OriginApi().post("certifications/update", body)) == [
        "certifications[1] require one locale.",
        "certifications[1] require one originId or externalId.",
        (
            "certifications[1] has invalid value ''ADD ITEM'' for field contact[1].collectionBehavior. "
            "Allowed value(s) : [ADD,REMOVE]"
        ),
        "certifications[1] require one externalId",
    ]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer ", "Bearer  ", "Basic abc"])
def test_a_request_without_a_bearer_token_is_not_authorised(service: str, authorization: str | None) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    answer = OriginApi().request("POST", f"/connect/v1/certifications/{service}", json={"a": 1}, headers=headers)
    assert messages(answer, "CE00002", 401)
    assert answer.json()["connectRequest"] == {"a": 1}


def test_an_unauthorised_write_changes_nothing() -> None:
    api = OriginApi()
    api.request("POST", "/connect/v1/certifications/create", json={"certifications": [CREATION]}, headers={})
    assert api.found("EXTERNALID", "ACME-2") == []


@pytest.mark.parametrize("path", ["result/certifications_create/batch/1", "check"])
def test_reading_needs_a_token_too(path: str) -> None:
    answer = OriginApi().request("GET", f"/connect/v1/{path}", headers={})
    assert messages(answer, "CE00002", 401)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_check_accepts_a_valid_token(method: str) -> None:
    assert result(OriginApi().request(method, "/connect/v1/check")) == {}


@pytest.mark.parametrize("raw", [b"", b"{", b'{"certifications": [NaN]}', b"\xff", b'{"a": "\\ud800"}', b"[" * 100_000])
def test_a_body_that_is_not_json_is_refused(raw: bytes) -> None:
    answer = OriginApi().request("POST", "/connect/v1/certifications/update", content=raw)
    assert messages(answer) == ["the request is not valid JSON."]


@pytest.mark.parametrize("mode", ["", "async/"])
@pytest.mark.parametrize("service", ["create", "update", "delete"])
@pytest.mark.parametrize("body", [{}, [], 1, "x", {"certifications": []}, {"certifications": None}])
def test_a_write_needs_at_least_one_certification(mode: str, service: str, body: object) -> None:
    assert messages(OriginApi().post(f"{mode}certifications/{service}", body)) == [
        "require at least one certifications."
    ]


@pytest.mark.parametrize("service", ["create", "update", "delete"])
def test_an_item_must_be_an_object(service: str) -> None:
    answer = OriginApi().post(f"certifications/{service}", {"certifications": ["x"]})
    assert messages(answer) == ["certifications[1] is not an object."]


@pytest.mark.parametrize("service", SERVICES)
def test_services_are_posted_to(service: str) -> None:
    assert OriginApi().request("GET", f"/connect/v1/certifications/{service}").status_code == 405


@pytest.mark.parametrize("prefix", ["/connect/v1", "/equinox/connect/v1"])
def test_both_documented_prefixes_serve_the_same_records(prefix: str) -> None:
    api = OriginApi()
    api.seed()
    body = {"certifications": [{"locale": "en", "externalId": "ACME-1", "certificateNumber": "7"}]}
    result(api.post("certifications/update", body, prefix=prefix))
    assert api.live()["certificateNumber"] == "7"


def test_worlds_are_separate() -> None:
    api = OriginApi()
    api.seed(world="one")
    body = {"certifications": [{"externalId": "ACME-1"}]}
    assert api.request("POST", "/worlds/two/connect/v1/certifications/delete", json=body).status_code == 400
    assert api.request("POST", "/worlds/one/connect/v1/certifications/delete", json=body).status_code == 200


def test_the_second_version_is_not_served() -> None:
    answer = OriginApi().request("POST", "/connect/v2/certifications/search", json={}, headers=TOKEN)
    assert answer.status_code == 404


@pytest.mark.parametrize(("form", "status"), [("object", {"state": "SUCCESS"}), ("list", [{"state": "SUCCESS"}])])
def test_switch_origin_status_form(form: str, status: object) -> None:
    api = OriginApi.seeded(origin_status_form=form)
    assert api.search().json()["status"] == status
    failed = api.update({"certificateNumber": 7}).json()["status"]
    assert isinstance(failed, list) is (form == "list")


@pytest.mark.parametrize(
    ("switch", "names"),
    [
        ("pooling", ["poolingCallback"]),
        ("both", ["poolingCallback", "pollingCallback"]),
        ("polling", ["pollingCallback"]),
    ],
)
def test_switch_origin_callback(switch: str, names: list[str]) -> None:
    api = OriginApi.seeded(origin_callback=switch)
    found = result(api.post("async/certifications/create", {"certifications": [CREATION]}))
    assert list(found) == names
    assert len(set(found.values())) == 1

from typing import Any

import pytest

from connect_api import DRAFTS, ConnectApi, refusal

FORM = {"grant_type": "client_credentials"}


def test_a_token_is_a_bearer_with_its_life_time_and_a_scope_that_ends_in_the_project() -> None:
    answer = ConnectApi(token_lifetime=60, project_key="acme").token().json()
    assert answer.pop("access_token")
    assert answer == {"token_type": "Bearer", "expires_in": 60, "scope": "manage_project:acme"}


@pytest.mark.parametrize(
    "request_",
    [
        {"auth": ("client", "secret"), "data": FORM},
        {"auth": ("client", "secret"), "data": None, "params": FORM},
        {"auth": None, "data": {**FORM, "client_id": "client", "client_secret": "secret"}},
    ],
)
def test_client_and_grant_are_read_from_header_form_or_query(request_: dict[str, Any]) -> None:
    assert ConnectApi().token(**request_).status_code == 200


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({"auth": None}, 401, "invalid_client"),
        ({"auth": ("client", "")}, 401, "invalid_client"),
        ({"auth": None, "headers": {"authorization": "Basic !"}}, 401, "invalid_client"),
        ({"auth": ("refused", "secret")}, 401, "invalid_client"),
        ({"data": {}}, 400, "unsupported_grant_type"),
        ({"data": {"grant_type": "password"}}, 400, "unsupported_grant_type"),
        ({"scope": "manage_orders:sandbox"}, 400, "invalid_scope"),
        ({"scope": "manage_project:other"}, 400, "invalid_scope"),
    ],
)
def test_a_token_is_refused_in_the_words_of_oauth(request_: dict[str, Any], status: int, code: str) -> None:
    answer = ConnectApi(refused_clients=["refused"]).token(**request_)
    assert refusal(answer) == (status, [code])
    assert answer.json()["error"] == code
    assert answer.json()["error_description"]


def test_a_secret_may_hold_what_a_form_encodes() -> None:
    assert ConnectApi().token(auth=("a b", "c%3Ad")).status_code == 200


def test_a_narrower_scope_is_granted_when_asked_for() -> None:
    assert ConnectApi().token("view_connectors:sandbox").json()["scope"] == "view_connectors:sandbox"


@pytest.mark.parametrize("header", [{}, {"authorization": "Bearer nobody"}, {"authorization": "Basic abc"}])
def test_a_request_without_a_known_token_is_refused(header: dict[str, str]) -> None:
    answer = ConnectApi().send("GET", DRAFTS, headers=header)
    assert refusal(answer) == (401, ["invalid_token"])
    assert answer.json()["error"] == "invalid_token"


def test_a_token_is_valid_until_it_expires() -> None:
    api = ConnectApi(token_lifetime=60)
    api.created()
    api.clock.advance(59.9)
    assert api.call("GET", DRAFTS).status_code == 200
    api.clock.advance(0.1)
    assert refusal(api.call("GET", DRAFTS)) == (401, ["invalid_token"])


def test_a_token_of_one_world_is_unknown_in_another() -> None:
    api = ConnectApi()
    api.created()
    assert api.call("GET", DRAFTS, world="other").status_code == 401


@pytest.mark.parametrize(("scope", "write"), [("view_connectors", 403), ("manage_connectors", 201)])
def test_reading_scopes_do_not_allow_writing(scope: str, write: int) -> None:
    api = ConnectApi(granted_scopes=[scope])
    assert api.call("GET", DRAFTS).status_code == 200
    assert api.create().status_code == write


def test_a_missing_scope_has_its_code() -> None:
    assert refusal(ConnectApi(granted_scopes=["view_connectors"]).create()) == (403, ["insufficient_scope"])


def test_a_scope_of_another_kind_does_not_allow_reading() -> None:
    api = ConnectApi(granted_scopes=["manage_orders"])
    assert refusal(api.call("GET", DRAFTS)) == (403, ["insufficient_scope"])

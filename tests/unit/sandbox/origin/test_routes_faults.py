"""Under every fault a write is applied completely or not at all, whatever the client sees."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from manual_clock import ManualClock
from origin_api import CREATION, ORIGIN_ID, TOKEN, messages
from trueup.sandbox.faults import faults_from_json
from trueup.sandbox.seed import apply_seed
from trueup.sandbox.server import Embedded, open_embedded
from trueup.sandbox.settings import Settings
from trueup.sandbox.store import Document

WORLD = "origin"
LIVE: Document = {"originId": ORIGIN_ID, "externalId": "ACME-1", "url": "https://acme.example/c.pdf"}
CHANGE: Document = {"certifications": [{"locale": "en", "originId": ORIGIN_ID, "certificateNumber": "7"}]}


@pytest.fixture
def sandbox() -> Iterator[Embedded]:
    embedded = open_embedded(None, None, [WORLD], ManualClock(), Settings().changed({"origin_async_seconds": 10.0}))
    apply_seed(embedded.sandbox.store, WORLD, {"certifications": [LIVE]})
    yield embedded
    embedded.close()


def arm(sandbox: Embedded, **fault: object) -> None:
    """Let every write go wrong in this way."""
    rules = {"faults": [{"path": "/(create|update|delete)$", **fault}]}
    sandbox.sandbox.faults = faults_from_json(rules, "test")


def send(sandbox: Embedded, service: str, body: object) -> httpx.Response:
    async def posted() -> httpx.Response:
        async with httpx.AsyncClient(transport=sandbox.transport, base_url=sandbox.base_url(WORLD)) as client:
            return await client.post(f"/connect/v1/{service}", json=body, headers=TOKEN)

    return asyncio.run(posted())


def get(sandbox: Embedded, path: str) -> httpx.Response:
    async def got() -> httpx.Response:
        async with httpx.AsyncClient(transport=sandbox.transport, base_url=sandbox.base_url(WORLD)) as client:
            return await client.get(path, headers=TOKEN)

    return asyncio.run(got())


def stored(sandbox: Embedded) -> list[Document]:
    return sandbox.sandbox.store.list(WORLD, "certification")


@pytest.mark.parametrize(("performed", "number"), [(True, "7"), (False, None)])
@pytest.mark.parametrize(("effect", "status"), [("general-error", 500), ("html", 502)])
def test_an_error_after_the_work_leaves_it_done(
    sandbox: Embedded, effect: str, status: int, performed: object, number: str | None
) -> None:
    arm(sandbox, effect=effect, performed=performed)
    assert send(sandbox, "certifications/update", CHANGE).status_code == status
    assert stored(sandbox)[0].get("certificateNumber") == number


@pytest.mark.parametrize(("performed", "number"), [(True, "7"), (False, None)])
def test_a_connection_dropped_after_the_work_leaves_it_done(
    sandbox: Embedded, performed: object, number: str | None
) -> None:
    arm(sandbox, effect="drop", performed=performed)
    with pytest.raises(httpx.ReadError):
        send(sandbox, "certifications/update", CHANGE)
    assert stored(sandbox)[0].get("certificateNumber") == number


@pytest.mark.parametrize("effect", ["unavailable", "too-many-requests"])
def test_an_overloaded_platform_does_nothing(sandbox: Embedded, effect: str) -> None:
    arm(sandbox, effect=effect)
    assert send(sandbox, "certifications/delete", {"certifications": [{"originId": ORIGIN_ID}]}).is_error
    assert len(stored(sandbox)) == 1


CODES = {"general-error": "CE00000", "reject": "CE00001"}


@pytest.mark.parametrize(("performed", "number"), [(True, "7"), (False, None)])
@pytest.mark.parametrize(("effect", "status"), [("general-error", 500), ("reject", 400)])
def test_an_error_has_the_envelope(
    sandbox: Embedded, effect: str, status: int, performed: object, number: str | None
) -> None:
    arm(sandbox, effect=effect, performed=performed)
    answer = send(sandbox, "certifications/update", CHANGE)
    messages(answer, CODES[effect], status)
    assert answer.json()["connectRequest"] == CHANGE
    assert stored(sandbox)[0].get("certificateNumber") == number


def test_an_error_of_a_request_without_a_body_repeats_none(sandbox: Embedded) -> None:
    sandbox.sandbox.faults = faults_from_json({"faults": [{"effect": "general-error"}]}, "test")
    answer = get(sandbox, "/equinox/connect/v1/check")
    assert messages(answer, "CE00000", 500) == []
    assert "connectRequest" not in answer.json()


@pytest.mark.parametrize(
    ("effect", "text"), [("unavailable", "Service Unavailable"), ("too-many-requests", "Too Many")]
)
def test_what_no_page_of_origin_shows_is_answered_in_the_words_of_http(
    sandbox: Embedded, effect: str, text: str
) -> None:
    arm(sandbox, effect=effect)
    answer = send(sandbox, "certifications/update", CHANGE)
    assert (answer.headers["content-type"], answer.text[:8]) == ("text/plain; charset=utf-8", text[:8])


@pytest.mark.parametrize("path", ["/connect/v1/nothing", "/equinox/connect/v2/certifications/update", "/nothing"])
def test_an_unknown_path_is_answered_in_the_shape_of_neither_platform(sandbox: Embedded, path: str) -> None:
    answer = get(sandbox, path)
    assert (answer.status_code, answer.text) == (404, "Not Found\n")


def test_an_unknown_method_is_answered_in_the_shape_of_neither_platform(sandbox: Embedded) -> None:
    answer = get(sandbox, "/connect/v1/certifications/update")
    assert (answer.status_code, answer.text, answer.headers["allow"]) == (405, "Method Not Allowed\n", "POST")


def test_a_certification_that_was_created_again_has_another_origin_id(sandbox: Embedded) -> None:
    body: Document = {"certifications": [CREATION]}
    ids = set()
    for _ in range(2):
        (made,) = send(sandbox, "certifications/create", body).json()["result"]["correlations"]
        ids.add(made["originId"])
        send(sandbox, "certifications/delete", {"certifications": [{"externalId": CREATION["externalId"]}]})
    assert len(ids) == 2


def test_a_creation_whose_answer_was_lost_cannot_be_repeated(sandbox: Embedded) -> None:
    arm(sandbox, effect="drop", performed=True, once=True)
    body = {"certifications": [CREATION]}
    with pytest.raises(httpx.ReadError):
        send(sandbox, "certifications/create", body)
    assert send(sandbox, "certifications/create", body).status_code == 400
    assert len(stored(sandbox)) == 2


def test_a_batch_whose_callback_was_lost_runs_all_the_same(sandbox: Embedded) -> None:
    arm(sandbox, effect="drop", performed=True)
    with pytest.raises(httpx.ReadError):
        send(sandbox, "async/certifications/update", CHANGE)
    advance(sandbox, 10)
    search(sandbox)
    assert stored(sandbox)[0]["certificateNumber"] == "7"


def test_another_client_can_change_a_certification_first(sandbox: Embedded) -> None:
    arm(sandbox, effect="foreign-edit", edit={"set": {"url": "https://acme.example/other.pdf"}})
    assert send(sandbox, "certifications/update", CHANGE).status_code == 200
    (document,) = stored(sandbox)
    assert document["url"] == "https://acme.example/other.pdf"
    assert document["certificateNumber"] == "7"


def test_another_client_can_delete_a_certification_first(sandbox: Embedded) -> None:
    arm(sandbox, effect="foreign-edit", edit={"delete": True})
    assert send(sandbox, "certifications/update", CHANGE).status_code == 400
    assert stored(sandbox) == []


def advance(sandbox: Embedded, seconds: float) -> None:
    clock: Any = sandbox.sandbox.clock
    clock.advance(seconds)


def search(sandbox: Embedded) -> None:
    criteria = [{"name": "ORIGINID", "value": ORIGIN_ID}]
    body = {"locale": "en", "pageNumber": 1, "pageSize": 1, "searchCriteria": criteria}
    assert send(sandbox, "certifications/search", body).status_code == 200

"""The requests of the official clients (connect-api.md section 10) work unchanged."""

import re
from typing import Any

import pytest

from connect_api import DRAFTS, REPOSITORY, ConnectApi, action, refusal

POLL_PUBLISH, POLL_PREVIEW = 30, 60
"""Seconds between two polls of the official command line."""


def test_every_update_carries_set_repository_with_the_current_tag_and_no_url() -> None:
    api = ConnectApi()
    api.created()
    draft = api.acted(action("setName", name="New"), action("setRepository", tag="v1"))
    assert (draft["name"], draft["repository"]) == ("New", REPOSITORY)


def test_the_command_line_lists_newest_first_with_a_content_type_on_a_get() -> None:
    api = ConnectApi()
    api.created(key="k1")
    api.created(key="k2")
    headers = {"content-type": "application/json", "x-correlation-id": "cli/1"}
    answer = api.call("GET", f"{DRAFTS}?sort=createdAt+desc&limit=20&offset=0", headers=headers)
    assert [draft["key"] for draft in answer.json()["results"]] == ["k2", "k1"]


def test_a_preview_ends_within_one_poll() -> None:
    api = ConnectApi()
    api.created()
    api.acted("updatePreviewable")
    api.clock.advance(POLL_PREVIEW)
    assert api.get()["isPreviewable"] == "true"


def test_a_publication_ends_within_one_poll() -> None:
    api = ConnectApi()
    api.created()
    api.acted(action("publish", certification=False))
    api.clock.advance(POLL_PUBLISH)
    assert api.get()["status"] == "Published"


@pytest.mark.parametrize(
    "request_",
    [
        ("GET", f"{DRAFTS}/key=nobody", {}),
        ("GET", f"{DRAFTS}?limit=501", {}),
        ("GET", f"{DRAFTS}/7", {}),
        ("POST", DRAFTS, {"json": {}}),
        ("POST", DRAFTS, {"content": "{"}),
        ("POST", f"{DRAFTS}/key=acme-tax", {"json": {"version": 9, "actions": []}}),
        ("POST", f"{DRAFTS}/key=acme-tax", {"json": {"version": 1, "actions": [{}]}}),
        ("POST", f"{DRAFTS}/key=acme-tax", {"json": {"version": 1, "actions": [{"action": "publish"}]}}),
        ("PUT", DRAFTS, {}),
    ],
)
def test_every_refusal_has_the_shape_that_the_clients_parse(request_: tuple[str, str, dict[str, Any]]) -> None:
    api = ConnectApi()
    api.created()
    method, path, more = request_
    status, codes = refusal(api.call(method, path, **more))
    assert 400 <= status < 500
    assert codes


def test_example_values_pass_the_patterns_of_the_official_sdk() -> None:
    url = re.compile(r"^((https)|(git@[\w.]+))(:(\/\/)?)([\w.@:/\-~]+)(\.git)$")
    assert url.match(REPOSITORY["url"])
    assert ConnectApi().create(repository={"url": "https://github.com/acme/tax.git", "tag": "v1"}).status_code == 201

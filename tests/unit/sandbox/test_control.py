import pytest

from connect_api import DRAFT, DRAFTS, WORLD, ConnectApi, action


def entries(api: ConnectApi) -> list[dict[str, object]]:
    listed: list[dict[str, object]] = api.send("GET", "/_sandbox/requests").json()["requests"]
    return listed


def test_the_log_has_requests_and_answers() -> None:
    api = ConnectApi()
    api.created()
    entry = entries(api)[-1]
    correlation = entry.pop("correlation_id")
    assert correlation
    assert entry == {
        "number": 2,
        "time": "2023-11-14T22:13:20.000Z",
        "world": WORLD,
        "method": "POST",
        "path": DRAFTS,
        "query": "",
        "body": DRAFT,
        "status": 201,
        "performed": True,
        "faults": [],
    }


def test_the_log_holds_no_secret_and_no_token() -> None:
    api = ConnectApi()
    form = {"grant_type": "client_credentials", "client_id": "client", "client_secret": "s3cret-form"}
    api.token(auth=None, data=form)
    api.send("POST", "/oauth/token", params={**form, "client_secret": "s3cret-query"})
    api.send("POST", "/oauth/token", json={"client_secret": "s3cret-json"})
    token = api.token(auth=("client", "s3cret-basic")).json()["access_token"]
    api.send("GET", DRAFTS, headers={"authorization": f"Bearer {token}"})
    log = api.send("GET", "/_sandbox/requests").text
    assert len(entries(api)) == 5
    assert "s3cret" not in log
    assert token not in log


def test_the_log_is_forgotten_on_request() -> None:
    api = ConnectApi()
    api.created()
    assert api.send("DELETE", "/_sandbox/requests").status_code == 204
    assert entries(api) == []


def test_control_requests_are_not_logged() -> None:
    api = ConnectApi()
    api.send("GET", "/_sandbox/state")
    assert entries(api) == []


def test_a_world_sees_only_its_own_requests() -> None:
    api = ConnectApi()
    api.token(world="other")
    api.token()
    assert [entry["world"] for entry in entries(api)] == [WORLD]
    assert [entry.world for entry in api.sandbox.log.entries()] == ["other", WORLD]


def test_a_world_clears_only_its_own_requests() -> None:
    api = ConnectApi()
    api.token(world="other")
    api.token()
    assert api.send("DELETE", "/_sandbox/requests").status_code == 204
    assert [entry.world for entry in api.sandbox.log.entries()] == ["other"]


def test_a_correlation_id_is_echoed_and_logged() -> None:
    api = ConnectApi()
    answer = api.call("GET", f"{DRAFTS}/key=nobody", headers={"x-correlation-id": "mine/1"})
    assert answer.headers["x-correlation-id"] == "mine/1"
    assert entries(api)[-1]["correlation_id"] == "mine/1"


def test_a_request_without_correlation_id_gets_one() -> None:
    assert ConnectApi().call("GET", DRAFTS).headers["x-correlation-id"]


def test_the_state_of_a_world_is_shown_by_kind_and_can_be_emptied() -> None:
    api = ConnectApi()
    api.created()
    assert [draft["key"] for draft in api.send("GET", "/_sandbox/state").json()["connector"]] == ["acme-tax"]
    assert api.send("GET", "/_sandbox/state", world="other").json() == {}
    api.send("DELETE", "/_sandbox/state")
    assert api.stored() == []


def test_a_seed_is_added_to_a_running_world() -> None:
    api = ConnectApi()
    seed = {"connectors": [DRAFT], "certifications": [{"externalId": "A"}]}
    assert api.send("POST", "/_sandbox/seed", json=seed).status_code == 204
    assert set(api.send("GET", "/_sandbox/state").json()) == {"connector", "certification"}


def test_switches_are_shown_and_set() -> None:
    api = ConnectApi()
    assert api.send("GET", "/_sandbox/settings").json() == api.sandbox.settings.to_json()
    changed = api.send("POST", "/_sandbox/settings", json={"update_status": 200, "results": {"k": {"preview": "none"}}})
    assert changed.json()["update_status"] == 200
    api.created()
    assert api.act(action("setName", name="New")).status_code == 200


def test_the_clock_is_shown_and_moved() -> None:
    api = ConnectApi()
    before = api.send("GET", "/_sandbox/clock").json()["now"]
    assert api.send("POST", "/_sandbox/clock", json={"advance": 1.5}).json() == {"now": before + 1.5}


@pytest.mark.parametrize("kind", ["connector", "certification"])
def test_a_resource_is_edited_as_by_another_client(kind: str) -> None:
    api = ConnectApi()
    api.send("POST", "/_sandbox/seed", json={"connectors": [DRAFT], "certifications": [{"externalId": "acme-tax"}]})
    answer = api.send("POST", "/_sandbox/edits", json={kind: "acme-tax", "set": {"x": "1", "creator.name": "J"}})
    assert answer.json() == {"edited": 1}
    (edited,) = api.sandbox.store.list(WORLD, kind)
    assert (edited["x"], edited["creator"]["name"]) == ("1", "J")


def test_an_edited_draft_has_a_new_version_and_changes() -> None:
    api = ConnectApi()
    api.plant(status="Published", alreadyListed=True)
    api.send("POST", "/_sandbox/edits", json={"connector": "acme-tax", "set": {"repository.tag": "v2", "name": "N"}})
    draft = api.get()
    assert (draft["version"], draft["hasChanges"], draft["name"]) == (2, True, "N")
    assert draft["configurations"][0]["standardConfiguration"][1]["default"] == "v2"


def test_an_edit_can_remove_a_key() -> None:
    api = ConnectApi()
    draft = api.created(privateProjects=["r:shop-1"])
    api.send("POST", "/_sandbox/edits", json={"connector": draft["id"], "set": {"key": None, "privateProjects": None}})
    assert api.call("GET", f"{DRAFTS}/key=acme-tax").status_code == 404
    assert api.get(draft["id"])["privateProjects"] == []


@pytest.mark.parametrize("kind", ["connector", "certification"])
def test_an_edit_can_delete(kind: str) -> None:
    api = ConnectApi()
    api.send("POST", "/_sandbox/seed", json={"connectors": [DRAFT], "certifications": [{"externalId": "acme-tax"}]})
    api.send("POST", "/_sandbox/edits", json={kind: "acme-tax", "delete": True})
    assert api.sandbox.store.list(WORLD, kind) == []


def test_an_edit_of_nothing_edits_nothing() -> None:
    api = ConnectApi()
    answer = api.send("POST", "/_sandbox/edits", json={"connector": "nobody", "set": {"name": "x"}})
    assert answer.json() == {"edited": 0}


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("settings", {"updat_status": 1}, "Did you mean 'update_status'?"),
        ("settings", [], "Expected an object"),
        ("clock", {"advance": -1}, "a number of at least 0"),
        ("clock", {"advance": "1"}, "a number of at least 0"),
        ("clock", [], "a number of at least 0"),
        ("seed", {"connectors": [{}]}, "name: Missing required value"),
        ("faults", {"faults": [{"effect": "explode"}]}, "effect: Expected one of drop"),
        ("edits", {"set": {}}, "Expected the name"),
        ("edits", {"connector": "a", "certification": "b", "set": {}}, "of one connector, deployment or certification"),
        ("edits", {"connector": "a"}, "either set, a mapping, or delete"),
        ("edits", {"connector": "a", "set": {}, "delete": True}, "either set, a mapping, or delete"),
        ("edits", {"connector": "a", "set": [], "delete": False}, "either set, a mapping, or delete"),
        ("edits", {"connector": "a", "sets": {}}, "Expected a mapping with connector, deployment or"),
    ],
)
def test_invalid_control_requests_are_refused_with_the_reason(path: str, body: object, message: str) -> None:
    answer = ConnectApi().send("POST", f"/_sandbox/{path}", json=body)
    assert answer.status_code == 400
    assert message in answer.json()["error"]


def test_broken_json_is_refused() -> None:
    assert ConnectApi().send("POST", "/_sandbox/settings", content="{").status_code == 400


def test_switches_requests_per_minute_and_retry_after() -> None:
    api = ConnectApi(requests_per_minute=2)
    api.created()
    api.clock.advance(15)
    answer = api.call("GET", DRAFTS)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "45")
    assert not api.sandbox.log.entries()[-1].performed
    api.switch(retry_after="date")
    assert api.call("GET", DRAFTS).headers["retry-after"] == "Tue, 14 Nov 2023 22:14:20 GMT"
    api.switch(retry_after="none")
    assert "retry-after" not in api.call("GET", DRAFTS).headers
    api.clock.advance(45)
    assert api.call("GET", DRAFTS).status_code == 200

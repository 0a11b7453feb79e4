from pathlib import Path
from typing import Any

import httpx
import pytest

from connect_api import DRAFTS, WORLD, ConnectApi, action, refusal
from trueup.cli.files import read_faults
from trueup.errors import InvalidInput
from trueup.sandbox.faults import faults_from_json

NAME = action("setName", name="New")


def api_with(*rules: dict[str, Any], seed: int = 0, **switches: object) -> ConnectApi:
    """Return an API with one draft, under these faults from then on."""
    api = ConnectApi(**switches)
    api.created()
    api.sandbox.faults = faults_from_json({"seed": seed, "faults": list(rules)}, "test")
    return api


def update(api: ConnectApi, version: int = 1, **more: Any) -> httpx.Response:
    return api.call("POST", f"{DRAFTS}/key=acme-tax", json={"version": version, "actions": [NAME]}, **more)


def name(api: ConnectApi) -> object:
    return api.stored()[0]["name"]


@pytest.mark.parametrize(
    ("effect", "raised", "expected"),
    [
        ({"effect": "drop"}, httpx.ReadError, "Acme Tax"),
        ({"effect": "drop", "performed": True}, httpx.ReadError, "New"),
        ({"effect": "refuse"}, httpx.ConnectError, "Acme Tax"),
        ({"effect": "slow", "seconds": 6}, httpx.ReadTimeout, "New"),
    ],
)
def test_an_answer_is_lost_before_or_after_the_work(
    effect: dict[str, Any], raised: type[Exception], expected: str
) -> None:
    api = api_with(effect)
    with pytest.raises(raised):
        update(api)
    assert name(api) == expected
    entry = api.sandbox.log.entries()[-1]
    assert (entry.status, entry.performed, entry.faults) == (None, expected == "New", (effect["effect"],))


@pytest.mark.parametrize(
    ("effect", "status", "code"),
    [
        ({"effect": "general-error"}, 500, "General"),
        ({"effect": "unavailable"}, 503, "OverCapacity"),
        ({"effect": "too-many-requests"}, 429, "TooManyRequests"),
    ],
)
def test_an_error_is_answered_in_place_of_the_work(effect: dict[str, Any], status: int, code: str) -> None:
    api = api_with(effect)
    answer = update(api)
    assert refusal(answer) == (status, [code])
    assert "retry-after" not in answer.headers
    assert name(api) == "Acme Tax"


def test_a_general_error_can_hide_that_the_work_was_done() -> None:
    api = api_with({"effect": "general-error", "performed": True})
    assert update(api).status_code == 500
    assert name(api) == "New"
    assert api.sandbox.log.entries()[-1].performed


@pytest.mark.parametrize("status", [502, 503, 504])
@pytest.mark.parametrize(("performed", "expected"), [(False, "Acme Tax"), (True, "New")])
def test_a_proxy_answers_html(status: int, performed: object, expected: str) -> None:
    api = api_with({"effect": "html", "status": status, "performed": performed})
    answer = update(api)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert answer.text.startswith("<html>")
    assert answer.headers["x-correlation-id"]
    assert name(api) == expected


@pytest.mark.parametrize("effect", ["unavailable", "too-many-requests"])
@pytest.mark.parametrize(("form", "header"), [("seconds", "7"), ("date", "Tue, 14 Nov 2023 22:13:27 GMT")])
def test_an_overload_says_when_to_retry(effect: str, form: str, header: str) -> None:
    api = api_with({"effect": effect, "retryAfter": 7, "retryAfterForm": form})
    assert update(api).headers["retry-after"] == header


@pytest.mark.parametrize("effect", ["unavailable", "too-many-requests"])
def test_an_overload_may_come_from_a_gateway(effect: str) -> None:
    api = api_with({"effect": effect, "retryAfter": 7, "retryAfterForm": "seconds", "page": True})
    answer = update(api)
    assert (answer.headers["retry-after"], answer.text.startswith("<html>")) == ("7", True)
    assert name(api) == "Acme Tax"


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "ConnectorStagedUnderProcess"), (404, "ResourceNotFound"), (409, "ConcurrentModification")],
)
@pytest.mark.parametrize(("performed", "left"), [(False, 1), (True, 0)])
def test_a_deletion_can_be_refused_and_carried_out(status: int, code: str, performed: object, left: int) -> None:
    api = api_with({"effect": "reject", "method": "DELETE", "status": status, "performed": performed})
    answer = api.call("DELETE", f"{DRAFTS}/key=acme-tax")
    assert refusal(answer) == (status, [code])
    assert len(api.stored()) == left


def test_a_foreign_edit_can_remove_the_key() -> None:
    api = api_with({"effect": "foreign-edit", "edit": {"set": {"key": None}}, "once": True})
    assert refusal(update(api)) == (404, ["ResourceNotFound"])
    assert [(draft["key"], draft["name"]) for draft in api.stored()] == [(None, "Acme Tax")]


def test_a_draft_that_was_created_again_under_its_key_has_another_id() -> None:
    api = api_with()
    first = api.get()["id"]
    api.call("DELETE", f"{DRAFTS}/key=acme-tax")
    assert api.created()["id"] != first


def test_a_slow_answer_arrives_if_the_client_waits() -> None:
    api = api_with({"effect": "slow", "seconds": 6})
    before = api.clock.now()
    assert update(api, timeout=10).status_code == 201
    assert api.clock.now() == before + 6


def test_a_client_that_gives_up_has_waited_until_its_timeout() -> None:
    api = api_with({"effect": "slow", "seconds": 60})
    before = api.clock.now()
    with pytest.raises(httpx.ReadTimeout):
        update(api, timeout=2)
    assert api.clock.now() == before + 2


def test_a_foreign_edit_comes_before_the_work() -> None:
    api = api_with({"effect": "foreign-edit", "edit": {"set": {"description": "Theirs"}}})
    assert refusal(update(api)) == (409, ["ConcurrentModification"])
    draft = api.stored()[0]
    assert (draft["description"], draft["version"], draft["name"]) == ("Theirs", 2, "Acme Tax")


def test_a_foreign_edit_meets_the_named_resource_if_one_is_named() -> None:
    api = ConnectApi()
    api.created()
    api.created(key="other")
    edit = {"connector": "other", "set": {"name": "Theirs"}}
    api.sandbox.faults = faults_from_json({"faults": [{"effect": "foreign-edit", "edit": edit}]}, "test")
    assert update(api).status_code == 201
    assert [draft["name"] for draft in api.stored()] == ["New", "Theirs"]


@pytest.mark.parametrize(
    ("service", "body"),
    [
        ("update", {"certifications": [{"locale": "en", "externalId": "A", "certificateNumber": "1"}]}),
        ("search", {"locale": "en", "searchCriteria": [{"name": "EXTERNALID", "value": "A"}]}),
    ],
)
def test_a_foreign_edit_meets_the_certification_of_a_request(service: str, body: dict[str, Any]) -> None:
    api = api_with({"effect": "foreign-edit", "edit": {"set": {"url": "https://theirs.example"}}})
    api.send("POST", "/_sandbox/seed", json={"certifications": [{"externalId": "A"}]})
    api.call("POST", f"/connect/v1/certifications/{service}", json=body)
    assert api.sandbox.store.list(WORLD, "certification")[0]["url"] == "https://theirs.example"


def test_a_foreign_edit_can_delete() -> None:
    api = api_with({"effect": "foreign-edit", "edit": {"delete": True}})
    assert refusal(update(api)) == (404, ["ResourceNotFound"])


def test_a_foreign_create_comes_before_the_work() -> None:
    api = ConnectApi()
    draft = {"key": "acme-tax", "name": "Theirs", "creator": {"email": "x@y.z"}}
    seed = {"connectors": [{**draft, "repository": {"url": "git@x.y:z.git", "tag": "1"}}]}
    rule = {"effect": "foreign-create", "create": seed, "method": "POST", "path": "^/connectors/drafts$"}
    api.sandbox.faults = faults_from_json({"faults": [rule]}, "test")
    assert refusal(api.create()) == (400, ["DuplicateField"])
    assert name(api) == "Theirs"


def test_tokens_expire_on_request() -> None:
    api = api_with({"effect": "expire-tokens", "once": True})
    assert refusal(update(api)) == (401, ["invalid_token"])
    assert api.token().status_code == 200


def statuses(api: ConnectApi, count: int) -> str:
    """Return one letter per request: x where the fault took effect."""
    return "".join("x" if api.call("GET", DRAFTS).status_code == 500 else "." for _ in range(count))


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({}, "xxxxxx"),
        ({"nth": 2}, ".x...."),
        ({"every": 2}, ".x.x.x"),
        ({"every": 2, "once": True}, ".x...."),
        ({"every": 2, "times": 2}, ".x.x.."),
        ({"times": 2}, "xx...."),
        ({"probability": 1}, "xxxxxx"),
    ],
)
def test_a_rule_says_when(when: dict[str, Any], expected: str) -> None:
    assert statuses(api_with({"effect": "general-error", **when}), 6) == expected


def test_chance_is_the_same_for_the_same_seed() -> None:
    rule = {"effect": "general-error", "probability": 0.5}
    first, again, other = (statuses(api_with(rule, seed=seed), 40) for seed in (1, 1, 2))
    assert first == again != other
    assert 10 < first.count("x") < 30


@pytest.mark.parametrize(
    ("which", "meets"),
    [
        ({"method": "GET"}, True),
        ({"method": "POST"}, False),
        ({"path": "^/connectors/drafts$"}, True),
        ({"path": "drafts/key="}, False),
        ({"world": WORLD}, True),
        ({"world": "other"}, False),
    ],
)
def test_a_rule_says_which_requests(which: dict[str, Any], meets: object) -> None:
    assert (statuses(api_with({"effect": "general-error", **which}), 1) == "x") is meets


def test_only_requests_that_fit_are_counted() -> None:
    api = api_with({"effect": "general-error", "method": "POST", "nth": 2})
    assert statuses(api, 3) == "..."
    assert [update(api).status_code, update(api, 2).status_code, update(api, 2).status_code] == [201, 500, 201]


def test_all_matching_rules_take_effect_and_the_first_answer_wins() -> None:
    edit = {"effect": "foreign-edit", "edit": {"set": {"name": "Theirs"}}}
    api = api_with(edit, {"effect": "html"}, {"effect": "general-error"})
    assert update(api).status_code == 502
    assert name(api) == "Theirs"
    assert api.sandbox.log.entries()[-1].faults == ("foreign-edit", "html", "general-error")


def test_faults_meet_origin_too() -> None:
    api = api_with({"effect": "general-error", "path": "^/equinox/", "name": "origin-down"})
    assert api.call("POST", "/equinox/connect/v1/certifications/search", json={}).status_code == 500
    assert api.sandbox.log.entries()[-1].faults == ("origin-down",)


def test_faults_are_set_counted_and_ended_over_http() -> None:
    api = api_with()
    rule = {"effect": "general-error", "name": "down", "every": 2}
    assert api.send("POST", "/_sandbox/faults", json={"faults": [rule]}).status_code == 200
    assert statuses(api, 3) == ".x."
    counted = {"faults": [{"name": "down", "seen": 3, "struck": 1}]}
    assert api.send("GET", "/_sandbox/faults").json() == counted
    api.send("DELETE", "/_sandbox/faults")
    assert statuses(api, 2) == ".."


def test_control_is_never_met() -> None:
    api = api_with({"effect": "drop"})
    assert api.send("GET", "/_sandbox/state").status_code == 200


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("drop", "Expected a mapping."),
        ({}, "effect: Expected one of drop, refuse, general-error"),
        ({"effect": "drop", "after": True}, "Unknown member 'after'."),
        ({"effect": "drop", "performed": "yes"}, "performed: Expected true or false, not 'yes'."),
        ({"effect": "refuse", "performed": True}, "Unknown member 'performed'."),
        ({"effect": "html", "status": 500}, "status: Expected one of 502, 503, 504, not 500."),
        ({"effect": "slow"}, "seconds: Expected a number of seconds, not None."),
        ({"effect": "slow", "seconds": -1}, "seconds: Expected a number of seconds"),
        ({"effect": "unavailable", "retryAfterForm": "never"}, "retryAfterForm: Expected one of none, seconds, date"),
        ({"effect": "foreign-edit"}, "edit: Expected a mapping"),
        ({"effect": "foreign-create", "create": {"connectors": [{}]}}, "connectors[0].name: Missing"),
        ({"effect": "drop", "nth": 0}, "nth: Expected an integer of at least 1, not 0."),
        ({"effect": "drop", "nth": True}, "nth: Expected an integer of at least 1, not True."),
        ({"effect": "drop", "every": "2"}, "every: Expected an integer of at least 1, not '2'."),
        ({"effect": "drop", "nth": 1, "every": 2}, "Only one of nth, every, probability may be given."),
        ({"effect": "drop", "path": "a("}, "path: Not a valid regular expression (character 2): 'a('."),
        ({"effect": "drop", "once": 1}, "once: Expected true or false, not 1."),
        ({"effect": "drop", "probability": "half"}, "probability: Expected a number, not 'half'."),
        ({"effect": "drop", "probability": 0}, "probability: Expected a number above 0 and at most 1, not 0."),
        ({"effect": "drop", "probability": 1.5}, "probability: Expected a number above 0 and at most 1, not 1.5."),
        ({"effect": "drop", "method": "post"}, "method: Expected one of GET, POST, DELETE, not 'post'."),
        ({"effect": "drop", "once": True, "times": 2}, "times: Has no effect beside once."),
        ({"effect": "drop", "nth": 2, "times": 2}, "times: Has no effect beside nth, which takes effect once."),
        ({"effect": "drop", "nth": 2, "once": True}, "once: Has no effect beside nth, which takes effect once."),
        ({"effect": "unavailable", "retryAfter": 3}, "retryAfter: Has no effect without retryAfterForm"),
        ({"effect": "too-many-requests", "retryAfter": 3, "retryAfterForm": "none"}, "retryAfter: Has no effect"),
        ({"effect": "unavailable", "performed": True}, "Unknown member 'performed'."),
        ({"effect": "general-error", "status": 500}, "Unknown member 'status'."),
        ({"effect": "reject", "status": 503}, "status: Expected one of 400, 404, 409, not 503."),
        ({"effect": "slow", "seconds": 0}, "seconds: 0 has no effect."),
        ({"effect": "slow", "seconds": float("inf")}, "seconds: Expected a number of seconds"),
        ({"effect": "foreign-create", "create": {"connectors": []}}, "create: Contains no resource."),
    ],
)
def test_a_wrong_rule_is_refused(rule: object, message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        faults_from_json({"faults": [{"effect": "drop"}, rule]}, "faults.yaml")
    assert f"faults[1]: {message}" in str(refused.value)


@pytest.mark.parametrize("content", [None, [], {}, {"faults": {}}, {"faults": [], "rules": []}])
def test_a_fault_file_of_another_form_is_refused(content: object) -> None:
    with pytest.raises(InvalidInput, match="Expected a mapping with faults"):
        faults_from_json(content, "faults.yaml")


def test_a_fault_file_is_yaml(tmp_path: Path) -> None:
    file = written(tmp_path, "seed: 3\nfaults:\n  - {effect: drop, nth: 2, probability: 0.5}\n")
    with pytest.raises(InvalidInput, match="Only one of nth, every, probability"):
        read_faults(file)
    file = written(tmp_path, "seed: 3\nfaults:\n  - {effect: slow, seconds: 0.5}\n")
    assert read_faults(file).to_json() == [{"name": "slow", "seen": 0, "struck": 0}]


BOMB = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}' if n else 'x'] * 9)}]\n" for n in range(9))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("faults: [", r"faults\.yaml:1:9: The bracket"),
        ("", r"faults\.yaml:1:1: Expected a mapping"),
        ("faults: []\nseed: a\n", r"faults\.yaml:2:1: seed: Expected an integer"),
        ("faults:\n- effect: drop\n- effect: dorp\n", r"faults\.yaml:3:3: faults\[1\]: effect: Expected one of"),
        ("faults: []\n---\nfaults: []\n", r"faults\.yaml:3:1: The file of the faults has more than one document"),
        (BOMB, "With its aliases expanded, the document has more than 100,000 nodes"),
    ],
)
def test_what_is_wrong_with_a_fault_file_has_a_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        read_faults(written(tmp_path, text))


def test_a_missing_fault_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="The faults cannot be read"):
        read_faults(tmp_path / "nothing.yaml")


def written(folder: Path, text: str) -> Path:
    file = folder / "faults.yaml"
    file.write_text(text, encoding="utf-8")
    return file

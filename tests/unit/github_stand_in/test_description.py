import httpx
import pytest

from github.description import filled, operations, payload, wrong_with_answer, wrong_with_request
from github.routes import BELOW, ROUTES
from github.server import served
from github.state import TOKEN, State
from unit.github_stand_in.asking import client

pytestmark = pytest.mark.slow

ISSUES = "/repos/{owner}/{repo}/issues"


def test_each_route_is_in_githubs_description_and_each_operation_of_the_extract_is_a_route() -> None:
    assert {(method, BELOW + template) for method, template in ROUTES} == operations()


def test_a_request_is_checked() -> None:
    assert wrong_with_request("POST", "/repos/a/b/issues", {}, b'{"title": "x"}') == ""
    assert "title" in wrong_with_request("POST", "/repos/a/b/issues", {}, b'{"body": "x"}')
    assert wrong_with_request("GET", "/repos/a/b/actions/runs", {"status": "green"}, b"") != ""


def test_an_answer_is_checked_and_undescribed_refusals_are_let_pass() -> None:
    assert "id" in wrong_with_answer("POST", ISSUES, 201, b"{}")
    assert wrong_with_answer("POST", ISSUES, 299, b"{}") != ""
    assert wrong_with_answer("POST", ISSUES, 401, b"{}") == ""


def test_a_member_that_a_schema_does_not_have_is_a_mistake() -> None:
    assert filled("reaction", {"content": "eyes"})["content"] == "eyes"
    with pytest.raises(KeyError):
        filled("reaction", {"contents": "eyes"})
    with pytest.raises(KeyError):
        payload("push", {"befor": "x"})


def test_serving_fails_at_its_end_for_a_request_that_github_does_not_know() -> None:
    state = State()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with pytest.raises(AssertionError), served(state) as url:
        httpx.get(f"{url}/repos/acme/connectors/pull", headers=headers)
    assert state.violations == ["GET /repos/acme/connectors/pull: the stand-in has no such route"]


def test_a_wrong_answer_is_recorded() -> None:
    state = State()
    state.people["eve"] = 7  # type: ignore[assignment]
    client(state).get("/collaborators/eve/permission")
    assert [wrong.partition(":")[0] for wrong in state.violations] == [
        "200 to GET /repos/{owner}/{repo}/collaborators/{username}/permission"
    ]


def test_a_wrong_parameter_is_refused_and_recorded() -> None:
    state = State()
    assert client(state).get("/issues", params={"state": "merged"}).status_code == 422
    assert len(state.violations) == 1

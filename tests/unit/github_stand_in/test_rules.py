import pytest

from github.rules import may
from github.state import READ_ONLY, State, Token
from unit.github_stand_in.asking import client, got, refused

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Authorization": "Bearer unknown"}, (401, "Bad credentials")),
        ({"Authorization": ""}, (401, "Requires authentication")),
        (
            {"User_Agent": ""},
            (403, "Request forbidden by administrative rules. Please make sure your request has a User-Agent"),
        ),
        (
            {"X_GitHub_Api_Version": "2019-01-01"},
            (400, "The X-GitHub-Api-Version header names a version that is not supported"),
        ),
    ],
)
def test_a_request_without_what_every_request_needs_is_refused(
    headers: dict[str, str], expected: tuple[int, str]
) -> None:
    assert refused(client(State(), None, **headers).get("/issues")) == expected


@pytest.mark.parametrize(
    ("method", "path", "body", "needs"),
    [
        ("GET", "/commits/x/pulls", None, "pull_requests=read"),
        ("GET", "/actions/runs", None, "actions=read"),
        ("POST", "/actions/runs/1/rerun", {}, "actions=write"),
        ("GET", "/deployments", None, "deployments=read"),
        ("POST", "/deployments", {"ref": "main"}, "deployments=write"),
        ("POST", "/issues", {"title": "x"}, "issues=write"),
        ("POST", "/issues/1/comments", {"body": "x"}, "issues=write; pull_requests=write"),
        ("POST", "/issues/comments/1/reactions", {"content": "eyes"}, "issues=write"),
        ("POST", "/git/refs", {"ref": "refs/heads/x", "sha": "1"}, "contents=write"),
        ("POST", "/pulls", {"title": "x", "head": "x", "base": "main"}, "pull_requests=write"),
    ],
)
def test_a_token_without_the_permission_is_refused_with_the_one_it_lacks(
    method: str, path: str, body: object, needs: str
) -> None:
    state = State()
    state.allow("reader", **({} if needs.endswith("read") else READ_ONLY))
    answer = client(state, token="reader").request(method, path, json=body)
    assert refused(answer) == (403, "Resource not accessible by integration")
    assert answer.headers["X-Accepted-GitHub-Permissions"] == needs
    assert state.violations == []


def test_to_write_includes_to_read() -> None:
    token = Token("x", {"issues": "write", "contents": "read"})
    assert may(token, "issues", "read")
    assert may(token, "contents", "read")
    assert not may(token, "contents", "write")


def test_metadata_needs_no_permission() -> None:
    state = State()
    state.allow("none")
    assert client(state, token="none").get("/collaborators/ann/permission").json()["permission"] == "write"


def test_a_list_has_30_on_a_page_and_at_most_100_and_links_to_its_other_pages() -> None:
    state = State()
    for number in range(250):
        state.add_issue(f"{number}")
    first = client(state).get("/issues", params={"state": "open"})
    assert len(first.json()) == 30
    second = client(state).get("/issues", params={"per_page": 200, "page": 2})
    assert [len(second.json()), second.json()[0]["title"]] == [100, "149"]
    url = "https://api.github.example/repos/acme/connectors/issues"
    assert second.headers["link"] == ", ".join(
        f'<{url}?per_page=200&page={page}>; rel="{name}"'
        for name, page in (("prev", 1), ("next", 3), ("last", 3), ("first", 1))
    )
    assert [name for name, _ in second.links.items()] == ["prev", "next", "last", "first"]
    assert "link" not in client(state).get("/issues", params={"creator": "ann"}).headers


def test_a_wrapped_list_has_the_number_of_all() -> None:
    state = State()
    for _ in range(3):
        state.add_run("a" * 40)
    page = got(state, "/actions/runs", per_page=2, page=2)
    assert (page["total_count"], len(page["workflow_runs"])) == (3, 1)


def test_another_repository_is_not_found_and_its_name_ignores_case() -> None:
    state = State()
    asking = client(state)
    assert asking.get("https://api.github.example/repos/ACME/Connectors/issues").status_code == 200
    assert asking.get("https://api.github.example/repos/acme/other/issues").status_code == 404


def test_the_limit_counts_down() -> None:
    state = State(limit=2)
    remaining = [client(state).get("/issues").headers["X-RateLimit-Remaining"] for _ in range(2)]
    assert remaining == ["1", "0"]
    answer = client(state).get("/issues")
    assert (answer.status_code, answer.headers["X-RateLimit-Remaining"]) == (403, "0")

import pytest

from github.state import BOT, State
from unit.github_stand_in.asking import client, got, refused

pytestmark = pytest.mark.slow


def test_the_list_of_issues_has_pull_requests_too_and_only_open_ones_unless_asked() -> None:
    state = State()
    issue, pull, closed = state.add_issue("a", labels=("drift",)), state.add_pull("a" * 40), state.add_issue("c")
    closed.state = "closed"

    def listed(**query: str) -> list[int]:
        return [known["number"] for known in got(state, "/issues", **query)]

    assert listed() == [pull.number, issue.number]
    assert listed(state="all", direction="asc") == [issue.number, pull.number, closed.number]
    assert listed(labels="drift") == [issue.number]
    assert listed(creator=BOT) == [issue.number]
    assert ["pull_request" in known for known in got(state, "/issues")] == [True, False]


def test_an_issue_is_opened_edited_and_closed_by_the_account_of_the_token() -> None:
    state = State()
    asking = client(state)
    made = asking.post("/issues", json={"title": "t", "body": "b", "labels": ["drift"]}).json()
    assert (made["number"], made["user"]["login"]) == (1, BOT)
    edited = asking.patch("/issues/1", json={"body": "c"}).json()
    assert (edited["title"], edited["body"], edited["state"]) == ("t", "c", "open")
    closed = asking.patch("/issues/1", json={"state": "closed"}).json()
    assert closed["closed_at"] == closed["updated_at"] > made["updated_at"]
    assert asking.patch("/issues/1", json={"state": "open"}).json()["closed_at"] is None
    assert state.violations == []
    assert asking.patch("/issues/2", json={"state": "open"}).status_code == 404


def test_a_repository_without_issues_and_a_deleted_issue_are_gone() -> None:
    state = State(has_issues=False)
    told = (410, "Issues has been disabled in this repository.")
    assert refused(client(state).post("/issues", json={"title": "t"})) == told
    state.delete_issue(state.add_issue("x").number)
    assert refused(client(state).get("/issues/1")) == (410, "This issue was deleted")
    assert state.add_issue("y").number == 2


def test_comments_are_in_the_order_of_their_creation_and_changed_by_their_own_number() -> None:
    state = State()
    state.add_pull("a" * 40)
    first, second = state.add_comment(1, "first", author="ann"), state.add_comment(1, "second")
    made = client(state).post("/issues/1/comments", json={"body": "third"}).json()
    assert [known["id"] for known in got(state, "/issues/1/comments")] == [first.id, second.id, made["id"]]
    edited = client(state).patch(f"/issues/comments/{first.id}", json={"body": "edited"}).json()
    assert (edited["body"], edited["user"]["login"]) == ("edited", "ann")
    assert client(state).delete(f"/issues/comments/{second.id}").status_code == 204
    assert [comment.body for comment in state.comments_of(1)] == ["edited", "third"]
    assert client(state).patch("/issues/comments/1", json={"body": "x"}).status_code == 404
    assert client(state).get(f"/issues/comments/{second.id}").status_code == 404
    assert state.violations == []


@pytest.mark.parametrize(("body", "status"), [("é" * 131_072, 201), ("é" * 131_072 + "x", 422), (" ", 422)])
def test_a_comment_is_neither_empty_nor_longer_than_262144_bytes(body: str, status: int) -> None:
    state = State()
    state.add_issue("x")
    answer = client(state).post("/issues/1/comments", json={"body": body})
    assert answer.status_code == status
    assert state.violations == []


def test_a_locked_conversation_takes_no_comment() -> None:
    state = State()
    state.add_issue("x").locked = True
    told = (403, "Unable to create comment because issue is locked.")
    assert refused(client(state).post("/issues/1/comments", json={"body": "x"})) == told


def test_a_token_for_pull_requests_alone_does_not_write_to_issues() -> None:
    state = State()
    state.allow("pulls", pull_requests="write")
    state.add_issue("x")
    state.add_pull("a" * 40)
    asking = client(state, token="pulls")
    assert [asking.post(f"/issues/{n}/comments", json={"body": "x"}).status_code for n in (1, 2)] == [403, 201]
    assert [asking.patch(f"/issues/{n}", json={"title": "y"}).status_code for n in (1, 2)] == [403, 200]


def test_a_reaction_is_given_once_by_an_account() -> None:
    state = State()
    comment = state.add_comment(state.add_issue("x").number, "/trueup plan", author="ann")
    for path in ("/issues/1/reactions", f"/issues/comments/{comment.id}/reactions"):
        statuses = [client(state).post(path, json={"content": "eyes"}).status_code for _ in range(2)]
        assert statuses == [201, 200]
        assert client(state).post(path, json={"content": "+1"}).status_code == 201
        assert [known["content"] for known in got(state, path)] == ["eyes", "+1"]
        assert [known["content"] for known in got(state, path, content="+1")] == ["+1"]
    assert [content for _, _, content in comment.reactions] == ["eyes", "+1"]

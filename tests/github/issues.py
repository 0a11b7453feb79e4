"""Issues, their comments and reactions, as pages below https://docs.github.com/rest describe them."""

from typing import Any, Final

from github import bodies
from github.rules import NOT_FOUND, Answer, Call, Listing, Refused, invalid, may
from github.state import Comment, Issue

LONGEST: Final = 262_144
"""Bytes of a body that are stored; the refusal names 65,536 characters, of up to four bytes each."""
TOO_LONG: Final = "body is too long (maximum is 65536 characters)"


def list_issues(call: Call) -> Listing:
    """issues/issues#list-repository-issues: pull requests are among them; the newest first unless asked."""
    wanted = call.query.get("state", "open")
    threads = [t for t in call.state.threads.values() if wanted in (t.state, "all")]
    if creator := call.query.get("creator"):
        threads = [t for t in threads if t.author == creator]
    if labels := call.query.get("labels"):
        threads = [t for t in threads if set(labels.split(",")) <= set(t.labels)]
    newest_first = call.query.get("direction", "desc") == "desc"
    threads.sort(key=lambda t: t.updated_at if call.query.get("sort") == "updated" else t.created_at)
    return Listing([bodies.issue(call.state, t) for t in (reversed(threads) if newest_first else threads)])


def create_issue(call: Call) -> Answer:
    """issues/issues#create-an-issue: 410 where the repository has none; a title is required."""
    if not call.state.has_issues:
        raise Refused(410, "Issues has been disabled in this repository.")
    body = _text(call, "Issue")
    if not str(call.body.get("title", "")):
        raise invalid("Issue", "title", "title is missing", "missing_field")
    labels = tuple(str(label) for label in call.body.get("labels", ()))
    made = call.state.add_issue(str(call.body["title"]), body, author=call.token.login, labels=labels)
    return Answer(201, bodies.issue(call.state, made))


def get_issue(call: Call) -> Answer:
    """issues/issues#get-an-issue."""
    return Answer(200, bodies.issue(call.state, _thread(call)))


def update_issue(call: Call) -> Answer:
    """issues/issues#update-an-issue: only the members of the body change."""
    thread = _thread(call)
    _may_write(call, thread)
    body = _text(call, "Issue")
    now = call.state.moment()
    thread.title, thread.updated_at = str(call.body.get("title", thread.title)), now
    if "body" in call.body:
        thread.body = body
    if "labels" in call.body:
        thread.labels = [str(label) for label in call.body["labels"]]
    if call.body.get("state", thread.state) != thread.state:
        thread.state = call.body["state"]
        thread.closed_at = now if thread.state == "closed" else None
    return Answer(200, bodies.issue(call.state, thread))


def list_comments(call: Call) -> Listing:
    """issues/comments#list-issue-comments: "ordered by ascending ID"."""
    thread = _thread(call)
    return Listing([bodies.comment(call.state, c) for c in call.state.comments_of(thread.number)])


def create_comment(call: Call) -> Answer:
    """issues/comments#create-an-issue-comment; a locked conversation takes none from a token without a role.

    communities/moderating-comments-and-conversations/locking-conversations
    """
    thread = _thread(call)
    _may_write(call, thread)
    if thread.locked:
        raise Refused(403, "Unable to create comment because issue is locked.")
    body = _text(call, "IssueComment", required=True)
    made = call.state.add_comment(thread.number, body, author=call.token.login)
    return Answer(201, bodies.comment(call.state, made))


def get_comment(call: Call) -> Answer:
    """issues/comments#get-an-issue-comment."""
    return Answer(200, bodies.comment(call.state, _comment(call)))


def update_comment(call: Call) -> Answer:
    """issues/comments#update-an-issue-comment: also those of others, as an edit by a maintainer."""
    found = _comment(call)
    _may_write(call, call.state.threads[found.number])
    found.body, found.updated_at = _text(call, "IssueComment", required=True), call.state.moment()
    return Answer(200, bodies.comment(call.state, found))


def delete_comment(call: Call) -> Answer:
    """issues/comments#delete-an-issue-comment."""
    found = _comment(call)
    _may_write(call, call.state.threads[found.number])
    del call.state.comments[found.id]
    return Answer(204)


def list_issue_reactions(call: Call) -> Listing:
    """reactions/reactions#list-reactions-for-an-issue."""
    return _reactions(call, _thread(call))


def react_to_issue(call: Call) -> Answer:
    """reactions/reactions#create-reaction-for-an-issue."""
    return _react(call, _thread(call))


def list_comment_reactions(call: Call) -> Listing:
    """reactions/reactions#list-reactions-for-an-issue-comment."""
    return _reactions(call, _comment(call))


def react_to_comment(call: Call) -> Answer:
    """reactions/reactions#create-reaction-for-an-issue-comment."""
    return _react(call, _comment(call))


def _reactions(call: Call, to: Issue | Comment) -> Listing:
    wanted = call.query.get("content")
    return Listing([bodies.reaction(*reaction) for reaction in to.reactions if wanted in (None, reaction[2])])


def _react(call: Call, to: Issue | Comment) -> Answer:
    """reactions/reactions: 201, or 200 for a reaction that this account already gave."""
    given = (call.token.login, str(call.body["content"]))
    found = next((reaction for reaction in to.reactions if reaction[1:] == given), None)
    if found is not None:
        return Answer(200, bodies.reaction(*found))
    to.reactions.append((next(call.state.ids), *given))
    return Answer(201, bodies.reaction(*to.reactions[-1]))


def _thread(call: Call) -> Issue:
    """Return the issue that is meant; 410 for a deleted one (issues/issues#get-an-issue)."""
    number = call.number("issue_number")
    if number in call.state.deleted:
        raise Refused(410, "This issue was deleted")
    if number not in call.state.threads:
        raise NOT_FOUND
    return call.state.threads[number]


def _comment(call: Call) -> Comment:
    found = call.state.comments.get(call.number("comment_id"))
    if found is None:
        raise NOT_FOUND
    return found


def _may_write(call: Call, thread: Issue) -> None:
    """Raise Refused where a token may only change pull requests and this is an issue.

    authentication/permissions-required-for-github-apps has these requests under both permissions.
    """
    if thread.pull is None and not may(call.token, "issues", "write"):
        raise Refused(403, "Resource not accessible by integration")


def _text(call: Call, resource: str, *, required: bool = False) -> str:
    text: Any = call.body.get("body") or ""
    if required and not text.strip():
        raise invalid(resource, "body", "body can't be blank", "missing_field")
    if len(text.encode()) > LONGEST:
        raise invalid(resource, "body", TOO_LONG)
    return str(text)

"""A test double for GitHub's REST API: it keeps comments and issues, and fails on demand.

Every request, and every answer of it that is not a fault, is checked against GitHub's own OpenAPI description
(the part of it in ``openapi/``, cut by ``scripts/cut_openapi.py``).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

URL = "https://api.github.example"
BOT = "github-actions[bot]"
LONGEST = 262_144
MOMENT = "2026-01-02T03:04:05Z"

Fault = Callable[[httpx.Request], httpx.Response | None]
"""Returns an answer instead of GitHub's, or None for the usual one."""


@cache
def description() -> OpenAPI:
    file = Path(__file__).parent.parent.parent / "github" / "openapi" / "github.json"
    return OpenAPI.from_dict(json.loads(file.read_text(encoding="utf-8")))


@dataclass
class GitHub:
    """GitHub with one repository, whose texts are in the order of their creation.

    ``known`` are answers of the server to other questions, by a pattern of path and query. ``writer`` is the login of
    the token.
    """

    comments: list[dict[str, Any]] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    known: dict[str, Any] = field(default_factory=dict)
    writer: str = BOT

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    @property
    def writes(self) -> list[str]:
        return [method for method, _ in self.requests if method != "GET"]

    def comment(self, body: str, author: str = BOT) -> dict[str, Any]:
        made = _comment(len(self.comments) + 1, body, author)
        self.comments.append(made)
        return made

    def issue(self, body: str, author: str = BOT, *, title: str = "", pull: bool = False) -> dict[str, Any]:
        made = _issue(len(self.issues) + 1, title, body, author)
        if pull:
            made["pull_request"] = {"url": URL, "html_url": URL, "diff_url": URL, "patch_url": URL}
        self.issues.append(made)
        return made

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append((request.method, request.url.path))
        self.tokens.add(request.headers["authorization"])
        request_sent = MockRequest(
            URL, request.method, request.url.path, args=dict(request.url.params), data=request.content or None
        )
        description().validate_request(request_sent)
        if self.faults and (fault := self.faults.pop(0)(request)) is not None:
            return fault
        response = self._done(request)
        description().validate_response(request_sent, MockResponse(response.content, response.status_code))
        return response

    def _done(self, request: httpx.Request) -> httpx.Response:
        texts = self.comments if "comments" in request.url.path else self.issues
        body = json.loads(request.content or b"{}")
        if len(body.get("body", "").encode()) > LONGEST:
            return _refused(422, "Body is too long")
        match request.method:
            case "GET":
                return _page(texts, request)
            case "POST":
                made = self.comment(body["body"], self.writer) if texts is self.comments else self.issue(**body)
                return httpx.Response(201, json=made)
            case _:
                number = int(request.url.path.rpartition("/")[2])
                found = next((text for text in texts if number in (text.get("number"), text["id"])), None)
                if found is None:
                    return _refused(404, "Not Found")
                found.update(body)
                return httpx.Response(200, json=found)


def _page(texts: list[dict[str, Any]], request: httpx.Request) -> httpx.Response:
    params = request.url.params
    size, number = int(params.get("per_page", 30)), int(params.get("page", 1))
    open_ = [text for text in texts if text.get("state") != "closed"]
    return httpx.Response(200, json=open_[(number - 1) * size : number * size])


def _refused(status: int, message: str) -> httpx.Response:
    return httpx.Response(status, json={"message": message, "documentation_url": URL, "status": str(status)})


def answers(status: int, message: str = "no", **headers: str) -> Fault:
    """Return a fault that answers with a status and does nothing."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: httpx.Response(status, json={"message": message}, headers=named)


def passes(_: httpx.Request) -> None:
    """Handle one request as usual."""


def drops(_: httpx.Request) -> httpx.Response:
    """Lose the request before it arrives."""
    raise httpx.ConnectError("down")


def loses_the_answer(github: GitHub) -> Fault:
    """Execute the request and lose the answer."""

    def lose(request: httpx.Request) -> httpx.Response:
        github._done(request)  # noqa: SLF001 - the fault happens behind the doing
        raise httpx.ReadTimeout("lost")

    return lose


def _comment(number: int, body: str, author: str) -> dict[str, Any]:
    url = f"{URL}/repos/acme/connectors/issues/comments/{number}"
    return {
        "id": number,
        "node_id": f"IC_{number}",
        "url": url,
        "html_url": f"https://github.example/acme/connectors/pull/7#issuecomment-{number}",
        "issue_url": f"{URL}/repos/acme/connectors/issues/7",
        "body": body,
        "user": _user(author),
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "author_association": "NONE",
    }


def _issue(number: int, title: str, body: str, author: str) -> dict[str, Any]:
    url = f"{URL}/repos/acme/connectors/issues/{number}"
    return {
        "id": 1000 + number,
        "node_id": f"I_{number}",
        "number": number,
        "url": url,
        "repository_url": f"{URL}/repos/acme/connectors",
        "html_url": f"https://github.example/acme/connectors/issues/{number}",
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "title": title,
        "body": body,
        "state": "open",
        "user": _user(author),
        "labels": [],
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "locked": False,
        "comments": 0,
        "closed_at": None,
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "author_association": "NONE",
    }


def _user(login: str) -> dict[str, Any]:
    url = f"{URL}/users/x"
    urls = ("followers", "gists", "starred", "subscriptions", "organizations", "repos", "events", "received_events")
    return {
        "login": login,
        "id": 1,
        "node_id": "U_1",
        "avatar_url": url,
        "gravatar_id": "",
        "url": url,
        "html_url": url,
        "following_url": url,
        **{f"{name}_url": url for name in urls},
        "type": "Bot",
        "site_admin": False,
    }

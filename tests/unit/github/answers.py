"""A table of GitHub's answers for one test: each question has its answers in order, and the last one is repeated."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx

from trueup.github.api import Rest
from trueup.model.plan import Forecast, Plan
from trueup.plan.digest import plan_digest
from trueup.platforms.transport import SyncClient
from trueup.report.document import render_document
from trueup.report.result import Result

API = "https://api.github.example"
STORE = "https://store.example"
REPO = "/repos/acme/connectors"

Answer = Callable[[httpx.Request], httpx.Response]


def says(content: object, status: int = 200, **headers: str) -> Answer:
    """Answer with JSON."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: httpx.Response(status, json=content, headers=named)


def refuses(status: int, message: str = "no", **headers: str) -> Answer:
    return says({"message": message}, status, **headers)


def moves(location: str) -> Answer:
    """Answer with a redirect, as GitHub does for an artifact."""
    return lambda _: httpx.Response(302, headers={"location": location})


def holds(content: bytes) -> Answer:
    return lambda _: httpx.Response(200, content=content)


def lost(_: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("lost")


Reply = tuple[int, Any] | None
"""A status and its JSON; None loses the answer."""

Replies = dict[str, Reply | list[Reply]]
"""A reply for each request, by method and the path below the repository: ``GET issues/5``."""

DENIED: Reply = (403, {"message": "Resource not accessible by integration"})
MISSING: Reply = (404, {"message": "Not Found"})


def replying(replies: Replies) -> "Table":
    """Return a table with these replies."""
    table = Table({})
    for name, reply in replies.items():
        method, path = name.split(" ")
        given = reply if isinstance(reply, list) else [reply]
        table.answers[f"{method} {REPO}/{path}"] = [lost if one is None else says(one[1], one[0]) for one in given]
    return table


def pages(items: Sequence[object], member: str = "", size: int = 100) -> Answer:
    """Answer with the page that was asked for; with ``member`` as an object with ``total_count``."""

    def page(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params["page"])
        part = list(items[(number - 1) * size : number * size])
        return httpx.Response(200, json={"total_count": len(items), member: part} if member else part)

    return page


@dataclass
class Table:
    """Answers by method and path: ``GET /repos/...``, with the host in front of the path for another than the API.

    Whatever is missing is answered with 404. ``asked`` are the requests in their order.
    """

    answers: dict[str, Answer | list[Answer]]
    asked: list[httpx.Request] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    api: str = API

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        place = f"{request.url.scheme}://{request.url.netloc.decode()}{request.url.path}"
        known = self.answers.get(f"{request.method} {place.removeprefix(self.api)}")
        if isinstance(known, list):
            known = known.pop(0) if len(known) > 1 else known[0]
        return refuses(404, "Not Found")(request) if known is None else known(request)

    def rest(self, token: str = "canary") -> Rest:
        client = partial(SyncClient, transport=httpx.MockTransport(self._handle))
        return Rest(self.api, token, client, sleep=self.slept.append, now=lambda: 0.0)

    @property
    def requests(self) -> list[tuple[str, Any]]:
        """Return method and path below the repository of each request, with its JSON."""
        return [
            (f"{r.method} {r.url.path.removeprefix(f'{REPO}/')}", json.loads(r.content or b"null")) for r in self.asked
        ]

    @property
    def writes(self) -> list[tuple[str, Any]]:
        return [(name.removeprefix("POST "), body) for name, body in self.requests if not name.startswith("GET ")]

    @property
    def paths(self) -> list[str]:
        return [f"{request.method} {request.url.path}" for request in self.asked]

    def sent(self, path: str) -> list[Any]:
        """Return the bodies that were posted to a path."""
        return [json.loads(r.content) for r in self.asked if r.method == "POST" and r.url.path == path]


def document(number: int = 0) -> bytes:
    """Return the document of a complete plan; another number gives another document."""
    plan = Plan(
        resources=(), digest=plan_digest((), {}), forecast=Forecast(requests=0, seconds=0.0), unmanaged={"eu": number}
    )
    return render_document(Result(command="plan", status=0, plan=plan)).encode()

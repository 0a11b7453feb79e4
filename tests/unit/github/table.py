"""A test double for GitHub's REST API that answers from a table."""

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx

from trueup.github.api import Rest
from trueup.platforms.transport import SyncClient
from unit.github.fake import URL

Reply = tuple[int, Any] | None
"""A status and its JSON; None loses the answer."""

DENIED: Reply = (403, {"message": "Resource not accessible by integration"})
MISSING: Reply = (404, {"message": "Not Found"})


@dataclass
class Table:
    """GitHub with a reply for each request, by method and the path below the repository.

    A list has one reply for each time; the last one is repeated. Requests without a reply are answered with 404.
    """

    replies: Mapping[str, Reply | list[Reply]]
    requests: list[tuple[str, Any]] = field(default_factory=list)
    queries: list[dict[str, str]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)

    def rest(self, token: str = "token-1") -> AbstractContextManager[Rest]:
        return Rest(URL, token, partial(SyncClient, transport=self.transport), sleep=lambda _: None)

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    @property
    def writes(self) -> list[tuple[str, Any]]:
        return [(name.removeprefix("POST "), body) for name, body in self.requests if not name.startswith("GET ")]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        name = f"{request.method} {request.url.path.removeprefix('/repos/acme/connectors/')}"
        seen = sum(known == name for known, _ in self.requests)
        self.requests.append((name, json.loads(request.content or b"null")))
        self.queries.append(dict(request.url.params))
        self.tokens.add(request.headers["authorization"])
        found = self.replies.get(name, MISSING)
        reply = found[min(seen, len(found) - 1)] if isinstance(found, list) else found
        if reply is None:
            raise httpx.ReadTimeout("lost")
        return httpx.Response(reply[0], json=reply[1])

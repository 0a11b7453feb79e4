"""A test double for GitHub's REST API that answers from a table."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
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


@contextmanager
def served_table(table: Table) -> Iterator[str]:
    """Answer from the table on a free port of loopback, for processes of their own; yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            request = httpx.Request(
                self.command, f"{URL}{self.path}", headers=dict(self.headers), content=self.rfile.read(length)
            )
            response = table.transport.handle_request(request)
            self.send_response(response.status_code)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(response.content)))
            self.end_headers()
            self.wfile.write(response.content)

        do_GET = do_POST = _do  # noqa: N815 - the names are the base class's

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

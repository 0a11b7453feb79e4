"""One request and one answer, each read in full, and the ways in which an answer can be lost."""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn
from uuid import uuid4

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

DEFAULT_WORLD = "default"
"""The world of requests whose path names none."""

CORRELATION = "x-correlation-id"
_WORLD = re.compile(r"/worlds/(?P<world>[^/]+)(?P<path>/.*)")
_CONTROL = "/_sandbox/"
_TOKEN = "/oauth/token"  # noqa: S105 - a path
# Documented paths have no prefix; the only absolute URL of the documentation has /equinox (origin-api.md section 1).
# A project of Connect may be called "connect" too, and has /connect/deployments.
_ORIGIN = re.compile(r"(/equinox)?/connect/(?!deployments(/|$))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A complete request. ``path`` is without the prefix of its world."""

    method: str
    world: str
    path: str
    query: str
    body: bytes
    correlation_id: str

    @property
    def is_control(self) -> bool:
        """Return whether the request is for the control of the sandbox, not for a platform."""
        return self.path.startswith(_CONTROL)

    @property
    def is_origin(self) -> bool:
        """Return whether the request is for Origin, not for Connect or the token endpoint."""
        return _ORIGIN.match(self.path) is not None

    @property
    def carries_secret(self) -> bool:
        """Return whether body or query may hold the secret of a client."""
        return self.path == _TOKEN

    def json(self) -> Any:
        """Return the decoded body, or None when it is not JSON."""
        try:
            return decoded(self.body)
        except ValueError:
            return None

    def replay(self, receive: Receive) -> Receive:
        """Return a ``receive`` that yields the body again, then the further messages of the client."""
        return replayed(self.body, receive)


def decoded(body: bytes) -> Any:
    """Return the JSON value of a body; raises ValueError when it is not JSON, or cannot be written as JSON again."""
    try:
        # Python reads NaN and Infinity by default, which no platform accepts.
        value = json.loads(body, parse_constant=_no_constant)
        json.dumps(value, ensure_ascii=False).encode()  # raises for half a surrogate pair
    except RecursionError:
        raise ValueError("The body is nested too deeply.") from None
    except UnicodeError:
        raise ValueError("The body has a string that is not valid Unicode.") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"The body is not valid JSON at line {error.lineno}, column {error.colno}.") from None
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not valid JSON.")


def replayed(body: bytes, receive: Receive) -> Receive:
    """Return a ``receive`` that yields ``body``, then the further messages of the client."""
    sent = False

    async def again() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def read_body(receive: Receive, most: float = math.inf) -> bytes | None:
    """Return the body of a request, None when it is larger than ``most`` bytes."""
    body, more = bytearray(), True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        # Checked for each part: a body without Content-Length must not fill the memory.
        if len(body) > most:
            return None
    return bytes(body)


def path_of(path: str) -> str:
    """Return a path without the prefix of its world."""
    found = _WORLD.fullmatch(path)
    return found["path"] if found else path


async def read_call(scope: Scope, receive: Receive) -> Call:
    """Read a request to its end."""
    body = await read_body(receive)
    found = _WORLD.fullmatch(scope["path"])
    return Call(
        method=scope["method"],
        world=found["world"] if found else DEFAULT_WORLD,
        path=path_of(scope["path"]),
        # Only the log shows it: a query that is not UTF-8 must not make the request fail.
        query=scope["query_string"].decode(errors="replace"),
        body=body or b"",
        # The platform returns the id of the client, or one of its own (connect-api.md section 1).
        correlation_id=Headers(scope=scope).get(CORRELATION) or str(uuid4()),
    )


AnswerHeaders = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class Answer:
    """A complete answer."""

    status: int = 500
    headers: AnswerHeaders = field(default_factory=list)
    body: bytes = b""

    async def send(self, send: Send, headers: AnswerHeaders) -> None:
        """Send the answer with additional headers."""
        await send({"type": "http.response.start", "status": self.status, "headers": [*self.headers, *headers]})
        await send({"type": "http.response.body", "body": self.body})


class Lost(Exception):
    """An answer that the client never gets: the connection is closed."""


class NeverReached(Lost):
    """A connection that was never made."""


class TooLate(Lost):
    """An answer that comes after the client has stopped waiting."""


async def collect(app: ASGIApp, scope: Scope, receive: Receive) -> Answer:
    """Return the answer of the app instead of sending it."""
    answer = Answer()

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = list(message.get("headers", ()))
        else:
            answer.body += message.get("body", b"")

    await app(scope, receive, keep)
    return answer


def rendered(response: Response) -> Answer:
    """Return a Starlette response as an answer."""
    return Answer(response.status_code, list(response.raw_headers), bytes(response.body))


@dataclass(frozen=True, slots=True)
class Line:
    """The connection of a request, as far as an answer can be lost on it.

    ``close`` aborts the connection; it is None in process. ``patience`` is the read timeout of a caller in process, in
    seconds, None when it has none.
    """

    receive: Receive
    close: Callable[[], None] | None
    patience: float | None

    async def disconnected(self) -> None:
        """Wait until the client has disconnected."""
        while (await self.receive())["type"] != "http.disconnect":
            pass


def line_of(scope: Scope, receive: Receive) -> Line:
    """Return the connection of a request, which the server or the transport describes in ``state`` of the scope."""
    state = scope.get("state", {})
    return Line(receive, state.get("close_connection"), state.get("patience"))

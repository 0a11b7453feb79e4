"""Hold whole answers, and the ways in which an answer is lost."""

from dataclasses import dataclass, field

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Headers = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class Answer:
    """Hold one answer in full."""

    status: int = 500
    headers: Headers = field(default_factory=list)
    body: bytes = b""

    async def send(self, send: Send, headers: Headers) -> None:
        """Send it, with some more headers."""
        await send({"type": "http.response.start", "status": self.status, "headers": [*self.headers, *headers]})
        await send({"type": "http.response.body", "body": self.body})


class Lost(Exception):
    """The client gets no answer: the connection ends."""


class NeverReached(Lost):
    """The connection was not even made."""


class TooLate(Lost):
    """The answer comes after the client has stopped waiting."""


async def collect(app: ASGIApp, scope: Scope, receive: Receive) -> Answer:
    """Let the app answer, and return the answer instead of sending it."""
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
    """Return a response as an answer."""
    return Answer(response.status_code, list(response.raw_headers), bytes(response.body))

"""Refuse what only a web page would send to a served sandbox, and what is too large.

A page that a browser shows can send requests to this machine, and by a name that changes its address (DNS rebinding)
read the answers. Such a request names another host, or the page's origin.
"""

import re
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from trueup.sandbox.calls import read_body, replayed

MOST_BODY: Final = 64 * 1024 * 1024
"""Bytes of a request's body."""

_HERE: Final = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?", re.IGNORECASE)
_MISDIRECTED: Final = 421
_FORBIDDEN: Final = 403
_TOO_LARGE: Final = 413


class Doorkeeper:
    """Wrap the app of a served sandbox; its answers have no shape of either platform."""

    def __init__(self, app: ASGIApp, *, most_body: int = MOST_BODY) -> None:
        self._app, self._most = app, most_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = _refusal(Headers(scope=scope), self._most)
        body = b"" if refusal else await read_body(receive, self._most)
        if body is None:
            refusal = _too_large(self._most)
        await (refusal(scope, receive, send) if refusal else self._app(scope, replayed(body or b"", receive), send))


def _refusal(headers: Headers, most: int) -> PlainTextResponse | None:
    hosts, origins, lengths = (headers.getlist(name) for name in ("host", "origin", "content-length"))
    if len(hosts) != 1 or not _HERE.fullmatch(hosts[0]):
        return _answer(_MISDIRECTED, "The sandbox answers only 127.0.0.1, localhost and [::1].")
    scheme, _, origin = origins[0].partition("://") if origins else ("http", "", hosts[0])
    if len(origins) > 1 or scheme != "http" or origin.lower() != hosts[0].lower():
        return _answer(_FORBIDDEN, "The sandbox answers no pages of other origins.")
    if any(not length.isdecimal() or len(length) > len(str(most)) or int(length) > most for length in lengths):
        return _too_large(most)
    return None


def _too_large(most: int) -> PlainTextResponse:
    return _answer(_TOO_LARGE, f"The body is larger than {most} bytes.")


def _answer(status: int, text: str) -> PlainTextResponse:
    return PlainTextResponse(f"{text}\n", status_code=status, headers={"connection": "close"})

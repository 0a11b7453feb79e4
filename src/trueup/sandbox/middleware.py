"""Stand before both platforms: limit, disturb, log and answer each request.

The gate reads the whole request and the whole answer, so that what is logged is what happened.
"""

import re
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from trueup.sandbox.calls import CORRELATION, Answer, Call, Lost, collect, line_of, read_body, read_call, replayed
from trueup.sandbox.inject import after, before
from trueup.sandbox.rate_limit import Limit
from trueup.sandbox.request_log import Entry
from trueup.sandbox.store import timestamp
from trueup.sandbox.world import Sandbox


@dataclass(slots=True, kw_only=True)
class Passage:
    """Follow one request through the gate: whether the platform did its work, and what status was answered."""

    call: Call
    performed: bool = False
    status: int | None = None
    faults: tuple[str, ...] = ()


class Gate:
    """Wrap the platforms' app. Requests for ``/_sandbox`` pass untouched and are not logged."""

    def __init__(self, app: ASGIApp, sandbox: Sandbox) -> None:
        self._app = app
        self._sandbox = sandbox
        self._limit = Limit(sandbox)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        call = await read_call(scope, receive)
        if call.is_control:
            await self._app(scope, call.replay(receive), send)
            return
        passage = Passage(call=call)
        try:
            answer = await self._answer(passage, scope, receive)
            passage.status = answer.status
        except Lost:
            line = line_of(scope, receive)
            if line.close is None:
                raise
            line.close()
            await line.left()
            return
        finally:
            self._log(passage)
        await answer.send(send, [(CORRELATION.encode(), call.correlation_id.encode())])

    async def _answer(self, passage: Passage, scope: Scope, receive: Receive) -> Answer:
        refusal = self._limit.refuse(passage.call)
        if refusal:
            return refusal
        rules = self._sandbox.faults.strike(passage.call)
        passage.faults = tuple(rule.name for rule in rules)
        for rule in rules:
            instead = before(self._sandbox, passage.call, rule.effect)
            if instead:
                return instead
        passage.performed = True
        answer = await collect(self._app, scope, passage.call.replay(receive))
        for rule in rules:
            instead = await after(self._sandbox, passage.call, line_of(scope, receive), rule.effect)
            if instead:
                return instead
        return answer

    def _log(self, passage: Passage) -> None:
        call, log = passage.call, self._sandbox.log
        entry = Entry(
            number=log.next_number(),
            time=timestamp(self._sandbox.clock.now()),
            world=call.world,
            method=call.method,
            path=call.path,
            query="" if call.carries_secret else call.query,
            body=None if call.carries_secret else call.json(),
            status=passage.status,
            correlation_id=call.correlation_id,
            performed=passage.performed,
            faults=passage.faults,
        )
        log.add(entry)


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

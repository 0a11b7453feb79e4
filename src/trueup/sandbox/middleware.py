"""The layers in front of both platforms.

:class:`Gate` limits, disturbs and logs each request. It reads the complete request and the complete answer, so that the
log says what happened. :class:`LoopbackGuard` is in front of it in a served sandbox and admits only this machine.
"""

import re
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from trueup.sandbox.calls import CORRELATION, Answer, Call, Lost, collect, line_of, read_body, read_call, replayed
from trueup.sandbox.inject import after, before
from trueup.sandbox.refusals import overload, retry_after
from trueup.sandbox.request_log import Entry, sealed
from trueup.sandbox.store import timestamp
from trueup.sandbox.world import Sandbox

_MINUTE = 60.0
"""Seconds."""


class Limit:
    """The requests of the last minute, counted for each world."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._times: defaultdict[str, deque[float]] = defaultdict(deque)

    def refuse(self, call: Call) -> Answer | None:
        """Count one request of its world; return the answer 429 when there are too many."""
        settings, now = self._sandbox.settings, self._sandbox.clock.now()
        if not settings.requests_per_minute:
            return None
        times = self._times[call.world]
        while times and times[0] <= now - _MINUTE:
            times.popleft()
        # A refused request is not counted: a client that retries too early is not locked out for ever.
        if len(times) < settings.requests_per_minute:
            times.append(now)
            return None
        headers = retry_after(settings.retry_after, times[0] + _MINUTE - now, now)
        return overload(call, 429, headers)


@dataclass(slots=True, kw_only=True)
class Exchange:
    """A request and what has happened to it so far; ``status`` is None while there is no answer."""

    call: Call
    performed: bool = False
    status: int | None = None
    faults: tuple[str, ...] = ()


class Gate:
    """The layer around the app of the platforms. Requests for ``/_sandbox`` pass unchanged and are not logged."""

    def __init__(self, app: ASGIApp, sandbox: Sandbox) -> None:
        self._app = app
        self._sandbox = sandbox
        self._limit = Limit(sandbox)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        call = await read_call(scope, receive)
        # The control must work while faults are in force, and must not fill the log that it returns.
        if call.is_control:
            await self._app(scope, call.replay(receive), send)
            return
        exchange = Exchange(call=call)
        try:
            answer = await self._answer(exchange, scope, receive)
            exchange.status = answer.status
        except Lost:
            line = line_of(scope, receive)
            if line.close is None:
                raise
            # To return without an answer would make uvicorn send a 500. It must see the disconnect first.
            line.close()
            await line.disconnected()
            return
        finally:
            self._log(exchange)
        await answer.send(send, [(CORRELATION.encode(), call.correlation_id.encode())])

    async def _answer(self, exchange: Exchange, scope: Scope, receive: Receive) -> Answer:
        # The limit comes first, as it does in front of a real platform: a refused request uses up no fault.
        refusal = self._limit.refuse(exchange.call)
        if refusal:
            return refusal
        rules = self._sandbox.faults.strike(exchange.call)
        exchange.faults = tuple(rule.name for rule in rules)
        for rule in rules:
            instead = before(self._sandbox, exchange.call, rule.effect)
            if instead:
                return instead
        # Before the work: if it ends with an exception, some of it may have been done.
        exchange.performed = True
        answer = await collect(self._app, scope, exchange.call.replay(receive))
        for rule in rules:
            instead = await after(self._sandbox, exchange.call, line_of(scope, receive), rule.effect)
            if instead:
                return instead
        return answer

    def _log(self, exchange: Exchange) -> None:
        call, log = exchange.call, self._sandbox.log
        entry = Entry(
            number=log.next_number(),
            time=timestamp(self._sandbox.clock.now()),
            world=call.world,
            method=call.method,
            path=call.path,
            # The secret of a client is in the body or in the query of the token endpoint. The log shows neither.
            query="" if call.carries_secret else call.query,
            body=None if call.carries_secret else sealed(call.json()),
            status=exchange.status,
            correlation_id=call.correlation_id,
            performed=exchange.performed,
            faults=exchange.faults,
        )
        log.add(entry)


MOST_BODY: Final = 64 * 1024 * 1024
"""Bytes of the largest accepted body; the seed of a large estate is one."""

# A page of another site can make a browser send requests to this machine (DNS rebinding), but not with such a Host.
_LOOPBACK_HOST: Final = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?", re.IGNORECASE)
_MISDIRECTED: Final = 421
_FORBIDDEN: Final = 403
_TOO_LARGE: Final = 413


class LoopbackGuard:
    """The outermost layer of a served sandbox. Its answers do not have the form of either platform."""

    def __init__(self, app: ASGIApp, *, most_body: int = MOST_BODY) -> None:
        self._app, self._most = app, most_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI request."""
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
    if len(hosts) != 1 or not _LOOPBACK_HOST.fullmatch(hosts[0]):
        return _answer(_MISDIRECTED, "The sandbox answers only 127.0.0.1, localhost and [::1].")
    # A page of another site can send a POST to the right Host. The browser then names the site in Origin; a client
    # that is not a browser sends none.
    scheme, _, origin = origins[0].partition("://") if origins else ("http", "", hosts[0])
    if len(origins) > 1 or scheme != "http" or origin.lower() != hosts[0].lower():
        return _answer(_FORBIDDEN, "The sandbox answers no pages of other origins.")
    # The number of digits is compared first: int() refuses texts of more than 4,300 digits with an error.
    if any(not length.isdecimal() or len(length) > len(str(most)) or int(length) > most for length in lengths):
        return _too_large(most)
    return None


def _too_large(most: int) -> PlainTextResponse:
    return _answer(_TOO_LARGE, f"The body is larger than {most} bytes.")


def _answer(status: int, text: str) -> PlainTextResponse:
    return PlainTextResponse(f"{text}\n", status_code=status, headers={"connection": "close"})

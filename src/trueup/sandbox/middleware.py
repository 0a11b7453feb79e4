"""Stand before both platforms: limit, disturb, log and answer each request.

The gate reads the whole request and the whole answer, so that what is logged is what happened.
"""

from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from trueup.sandbox.answer import Answer, Lost, collect
from trueup.sandbox.calls import CORRELATION, Call, read_call
from trueup.sandbox.clock import timestamp
from trueup.sandbox.inject import after, before
from trueup.sandbox.line import line_of
from trueup.sandbox.rate_limit import Limit
from trueup.sandbox.request_log import Entry
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

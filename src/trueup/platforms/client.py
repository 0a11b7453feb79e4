"""The HTTP client of one target: tokens, retries, and the decision which requests may be sent again.

Reads change nothing and are retried. A write is sent once, with two exceptions. In both, the status says that the
request was not executed, whichever server answered: after a 401 the write is sent again with a new token, and after a
429 or 503 it is sent again at the time that the answer asks for. The second happens here only for writes that the
platform guards against concurrent changes (see :class:`Call`). For any other write the error goes to the caller, who
must read before sending it again. When the answer to a write is lost or does not say what happened, the write ends as
:class:`~trueup.errors.OutcomeUnknown`.
"""

import json
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Final, Protocol
from urllib.parse import urlencode

from trueup.bounded import asked_wait
from trueup.errors import NoBody, OutcomeUnknown, PlatformError, Unavailable, UnexpectedAnswer
from trueup.platforms.address import TargetUrl
from trueup.platforms.auth import Bearer
from trueup.platforms.credentials import Secret
from trueup.platforms.failures import Lost, NotSent, TooLarge
from trueup.platforms.outage import down
from trueup.platforms.retry import Retryable, read_policy, write_policy
from trueup.platforms.transport import Answer, Sender

_LOG: Final = logging.getLogger("trueup.platforms")
_UNAUTHORISED: Final = 401
_TO_TEXT: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request without its address, token and correlation id.

    ``path`` starts with a slash; its variable parts are quoted. ``purpose`` is shown in messages: ``update Connector
    x``. ``guarded``: the platform executes the write only if nothing has changed since it was prepared (by version or
    unique key), so it may be sent again without another read. ``bodyless``: an answer that reports success may have no
    body.
    """

    method: str
    path: str
    purpose: str
    query: Sequence[tuple[str, str]] = ()
    body: Mapping[str, object] | None = None
    guarded: bool = False
    bodyless: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """The JSON object of a successful answer; ``words`` makes one of its texts safe to show."""

    body: Mapping[str, object]
    words: Callable[[str], str]


class ErrorTable(Protocol):
    """The table that translates one platform's error answers into exceptions."""

    def failure(self, answer: Answer, *, purpose: str, write: bool) -> PlatformError | None:
        """Return the exception for this answer, None when it reports success.

        ``Unavailable`` means that the request may be sent again: for a write, it was certainly not executed; for a
        read, it changed nothing. Texts are made with :meth:`Answer.words`, which masks secrets.
        """
        ...


class PlatformClient:
    """An HTTP client for one target; its waits use ``clock``.

    ``sent`` returns the secrets that requests contained so far: like the token, no text of an answer shows them.
    """

    def __init__(  # noqa: PLR0913 - each is a seam that tests replace
        self,
        *,
        name: str,
        address: TargetUrl,
        bearer: Bearer,
        sender: Sender,
        errors: ErrorTable,
        sent: Callable[[], Iterable[Secret]] = tuple,
    ) -> None:
        self.name, self.address = name, address
        self._bearer, self._sender, self._errors, self._sent = bearer, sender, errors, sent
        self.clock, self._settings = sender.clock, sender.settings
        self._reading = read_policy(self.clock, self._settings)
        self._writing = write_policy(self.clock, self._settings)

    async def read(self, call: Call) -> Reply:
        """Send a call that changes nothing, with retries, and return the JSON object of the answer.

        Raises the error of the platform's table, ``Unavailable`` after all attempts, and ``UnexpectedAnswer`` when a
        successful answer is not a JSON object.
        """
        return await self._reading.run(lambda: self._identified(self._read, call), self._purpose(call))

    async def write(self, call: Call) -> Reply:
        """Return the JSON object that answers a call which changes something; see the head of this module.

        Raises ``Unavailable`` when it was certainly not executed, with ``after`` (seconds) when the caller may send it
        again; ``OutcomeUnknown`` when it may have been executed, ``NoBody`` when only a body is missing.
        """
        return await self._writing.run(lambda: self._identified(self._write, call), self._purpose(call))

    async def _identified(self, attempt: Callable[[Call, list[str]], Awaitable[Reply]], call: Call) -> Reply:
        """Make an attempt; its error gets the correlation id of its last request, if one was sent."""
        sent: list[str] = []
        try:
            return await attempt(call, sent)
        except (PlatformError, Retryable) as failure:
            error = failure.error if isinstance(failure, Retryable) else failure
            error.correlation_id = error.correlation_id or (sent[-1] if sent else "")
            raise

    async def _read(self, call: Call, sent: list[str]) -> Reply:
        purpose = self._purpose(call)
        try:
            answer = await self._answer(call, sent)
        except TooLarge as error:
            raise UnexpectedAnswer(f"{purpose}: {error}") from error
        except (NotSent, Lost) as error:
            if cause := self._sender.down(self.address.url(call.path)):
                raise down(self.name, cause) from error
            # Fewer attempts without a connection: a wrong host name or port stays wrong.
            most = self._settings.connect_attempts if isinstance(error, NotSent) else inf
            raise Retryable(Unavailable(f"{purpose}: {error}"), most=most) from error
        self._raise_failure(answer, call, write=False)
        return _reply(answer, purpose, UnexpectedAnswer)

    async def _write(self, call: Call, sent: list[str]) -> Reply:
        purpose = self._purpose(call)
        try:
            answer = await self._answer(call, sent)
        except NotSent as error:
            # Nothing was sent, so the outcome is known: nothing changed.
            cause = self._sender.down(self.address.url(call.path))
            raise down(self.name, cause) if cause else Unavailable(f"{purpose}: {error}") from error
        except Lost as error:
            # The connection broke after the request was sent: the platform may have executed it.
            raise OutcomeUnknown(f"{purpose}: {error}") from error
        self._raise_failure(answer, call, write=True)
        if call.bodyless and not answer.body:
            raise NoBody(f"{purpose}: the answer has no body (HTTP {answer.status})", status=answer.status)
        return _reply(answer, purpose, OutcomeUnknown)

    def _raise_failure(self, answer: Answer, call: Call, *, write: bool) -> None:
        failure = self._errors.failure(answer, purpose=self._purpose(call), write=write)
        if failure is None:
            return
        if not isinstance(failure, Unavailable):
            raise failure
        failure.down = bool(self._sender.down(self.address.url(call.path)))
        after = asked_wait(answer.headers, now=self._settings.wall_clock())
        if write and not call.guarded:
            # Something else may have changed the resource during the wait, so the caller has to read it first.
            failure.after = min(after or 0.0, self._settings.wait_cap)
            raise failure
        if failure.down and not write:
            # Every other read would wait for the same server: all of them end now with the same error.
            raise failure
        raise Retryable(failure, after)

    async def _answer(self, call: Call, sent: list[str]) -> Answer:
        answer = await self._authorised(call, sent)
        return replace(answer, secrets=(*answer.secrets, *self._bearer.secrets(), *self._sent()))

    async def _authorised(self, call: Call, sent: list[str]) -> Answer:
        """Send with a token; after a 401, send once more with a new token. ``sent`` gets the correlation ids."""
        token = await self._bearer.token()
        answer = await self._send(call, token, sent)
        if answer.status != _UNAUTHORISED:
            return answer
        # A 401 is answered before anything is executed, so also a write may be sent again. Once: a second 401 means
        # that the credentials themselves are wrong.
        renewed = await self._bearer.renew(token)
        _LOG.info(
            "%s refused the token; %s.",
            self.name,
            "there is no other" if renewed is None else "retrying with a new one",
        )
        return answer if renewed is None else await self._send(call, renewed, sent)

    async def _send(self, call: Call, token: Secret, sent: list[str]) -> Answer:
        url = self.address.url(call.path)
        # Some paths come from the platform's own answers. The token must not leave the target's address.
        if not self.address.covers(url):
            raise UnexpectedAnswer(f"{self._purpose(call)}: {call.path} is outside of {self.address.text}")
        sent.append(self._settings.correlation_id())
        headers = [("Authorization", f"Bearer {token.reveal()}"), ("X-Correlation-ID", sent[-1])]
        content = None
        if call.body is not None:
            headers.append(("Content-Type", "application/json"))
            content = _TO_TEXT(call.body).encode()
        try:
            return await self._sender.send(
                call.method, f"{url}?{urlencode(call.query)}" if call.query else url, headers, content
            )
        except NotSent:
            # The platform has not seen this id.
            sent.pop()
            raise

    def _purpose(self, call: Call) -> str:
        return f"{self.name}: {call.purpose}"


def _reply(answer: Answer, purpose: str, otherwise: type[PlatformError]) -> Reply:
    body = answer.object()
    if body is None:
        raise otherwise(f"{purpose}: the answer is not a JSON object: {answer.shown()}", status=answer.status)
    return Reply(body, answer.words)

"""The HTTP client of one target: tokens, retries, and the decision what may be sent again.

Reads change nothing and are retried. A write is sent once, with two exceptions in which the status says that nothing
was taken, whichever server answered: after a 401 it is sent again with a new token, and after a 429 or 503 at the time
that the answer asks for. The latter happens here only for writes that the platform itself guards against changes made
meanwhile; any other goes back to the caller, who has to read first. A write whose answer was lost, or says nothing,
ends as :class:`~trueup.errors.OutcomeUnknown`.
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Final, Protocol
from urllib.parse import urlencode

from trueup.bounded import asked_wait
from trueup.errors import OutcomeUnknown, PlatformError, Unavailable, UnexpectedAnswer
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
    """One request before it has an address, a token and a correlation id.

    ``path`` starts with a slash, variable parts quoted. ``purpose`` are words for people: ``update Connector x``.
    ``guarded``: the platform takes a write only if nothing changed since it was prepared, so that it may be sent again
    without reading first.
    """

    method: str
    path: str
    purpose: str
    query: Sequence[tuple[str, str]] = ()
    body: Mapping[str, object] | None = None
    guarded: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """The JSON object of a successful answer; ``words`` makes a text of it fit for people."""

    body: Mapping[str, object]
    words: Callable[[str], str]


class ErrorTable(Protocol):
    """The errors of a platform."""

    def failure(self, answer: Answer, *, purpose: str, write: bool) -> PlatformError | None:
        """Return the exception that this answer means, None when it reports success.

        ``Unavailable`` means that the request was certainly not taken and may be sent again, for a read also that it
        changed nothing and may be repeated. Texts are made with :meth:`Answer.words`, which masks secrets.
        """
        ...


class PlatformClient:
    """HTTP client for one target; ``clock`` is the one that its waits use."""

    def __init__(
        self,
        *,
        name: str,
        address: TargetUrl,
        bearer: Bearer,
        sender: Sender,
        errors: ErrorTable,
    ) -> None:
        self.name, self.address = name, address
        self._bearer, self._sender, self._errors = bearer, sender, errors
        self.clock, self._settings = sender.clock, sender.settings
        self._reading = read_policy(self.clock, self._settings)
        self._writing = write_policy(self.clock, self._settings)

    async def read(self, call: Call) -> Reply:
        """Return the JSON object that answers a call which changes nothing.

        Raises what the platform's error table says, ``Unavailable`` after all attempts, ``UnexpectedAnswer`` when a
        success carries anything but a JSON object.
        """
        return await self._reading.run(lambda: self._read(call))

    async def write(self, call: Call) -> Reply:
        """Return the JSON object that answers a call which changes something; see the head of this module.

        Raises ``Unavailable`` when it certainly was not taken, with ``after`` when the caller may send it again;
        ``OutcomeUnknown`` when it may have been taken.
        """
        return await self._writing.run(lambda: self._write(call))

    async def _read(self, call: Call) -> Reply:
        purpose = self._purpose(call)
        try:
            answer = await self._answer(call)
        except TooLarge as error:
            raise UnexpectedAnswer(f"{purpose}: {error}") from error
        except (NotSent, Lost) as error:
            if cause := self._sender.down(self.address.url(call.path)):
                raise down(self.name, cause) from error
            most = self._settings.connect_attempts if isinstance(error, NotSent) else inf
            raise Retryable(Unavailable(f"{purpose}: {error}"), most=most) from error
        self._raise_failure(answer, call, write=False)
        return _reply(answer, purpose, UnexpectedAnswer)

    async def _write(self, call: Call) -> Reply:
        purpose = self._purpose(call)
        try:
            answer = await self._answer(call)
        except NotSent as error:
            cause = self._sender.down(self.address.url(call.path))
            raise down(self.name, cause) if cause else Unavailable(f"{purpose}: {error}") from error
        except Lost as error:
            raise OutcomeUnknown(f"{purpose}: {error}") from error
        self._raise_failure(answer, call, write=True)
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
            failure.after = min(after or 0.0, self._settings.wait_cap)
            raise failure
        if failure.down and not write:
            raise failure
        raise Retryable(failure, after)

    async def _answer(self, call: Call) -> Answer:
        answer = await self._authorised(call)
        return replace(answer, secrets=(*answer.secrets, *self._bearer.secrets()))

    async def _authorised(self, call: Call) -> Answer:
        """Send with a token; after a 401, which says that nothing was taken, once more with a new one."""
        token = await self._bearer.token()
        answer = await self._send(call, token)
        if answer.status != _UNAUTHORISED:
            return answer
        renewed = await self._bearer.renew(token)
        _LOG.info(
            "%s refused the token; %s.", self.name, "there is no other" if renewed is None else "a new one is sent"
        )
        return answer if renewed is None else await self._send(call, renewed)

    async def _send(self, call: Call, token: Secret) -> Answer:
        url = self.address.url(call.path)
        if not self.address.covers(url):
            raise UnexpectedAnswer(f"{self._purpose(call)}: {call.path} leads outside of {self.address.text}")
        headers = [
            ("Authorization", f"Bearer {token.reveal()}"),
            ("X-Correlation-ID", self._settings.correlation_id()),
        ]
        content = None
        if call.body is not None:
            headers.append(("Content-Type", "application/json"))
            content = _TO_TEXT(call.body).encode()
        return await self._sender.send(
            call.method, f"{url}?{urlencode(call.query)}" if call.query else url, headers, content
        )

    def _purpose(self, call: Call) -> str:
        return f"{self.name}: {call.purpose}"


def _reply(answer: Answer, purpose: str, otherwise: type[PlatformError]) -> Reply:
    body = answer.object()
    if body is None:
        raise otherwise(f"{purpose}: the answer is not a JSON object: {answer.shown()}", status=answer.status)
    return Reply(body, answer.words)

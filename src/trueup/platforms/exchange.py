"""Send one request and read its answer whole, or say whether it can have arrived.

Requests go to httpx's transport, not to its client: what a client adds (redirects, cookies, credentials from the
environment) is what must not happen here, and takes it longer than the rest of the work on a request.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import httpx

from trueup import __version__
from trueup.model.clock import Clock
from trueup.platforms.answer import Answer
from trueup.platforms.gate import Gate
from trueup.platforms.settings import HttpSettings

SHORT_OF_BREATH: Final = frozenset({429, 503})
"""The statuses that ask for fewer requests."""

_HEADERS: Final = (
    ("User-Agent", f"trueup/{__version__}"),
    ("Accept", "application/json"),
    ("Accept-Encoding", "gzip, deflate"),
)

_NEVER_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


class NotSent(Exception):
    """The request never left: no connection could be made."""


class Lost(Exception):
    """The request may have arrived, but there is no answer that could be read."""


class TooLarge(Lost):
    """The answer is larger than any that the platform has reason to give."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """Hold one request; ``correlation`` identifies it in the platform's logs."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    content: bytes | None
    correlation: str


class Exchange:
    """Send requests over one transport, bounded by one gate; redirects are answers like any other.

    ``clock`` and ``settings`` are for all who send over this exchange.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport, clock: Clock, settings: HttpSettings) -> None:
        self.clock, self.settings = clock, settings
        self._transport, self._gate = transport, Gate(settings.concurrency)
        timeout = httpx.Timeout(settings.read_timeout, connect=settings.connect_timeout)
        self._extensions = {"timeout": timeout.as_dict()}

    async def send(self, outgoing: Outgoing) -> Answer:
        """Return the answer, whatever its status. Raises :class:`NotSent` or :class:`Lost`."""
        async with self._gate.slot() as number:
            try:
                async with asyncio.timeout(self.settings.exchange_timeout):
                    answer = await self._send(outgoing)
            except TimeoutError:
                raise Lost(f"no complete answer within {self.settings.exchange_timeout:g} s") from None
            if answer.status in SHORT_OF_BREATH:
                self._gate.slower(number)
            else:
                self._gate.faster()
            return answer

    async def _send(self, outgoing: Outgoing) -> Answer:
        try:
            request = httpx.Request(
                outgoing.method,
                outgoing.url,
                headers=[*_HEADERS, *outgoing.headers, ("X-Correlation-ID", outgoing.correlation)],
                content=outgoing.content,
                extensions=self._extensions,
            )
            response = await self._transport.handle_async_request(request)
        except _NEVER_SENT as error:
            raise NotSent(f"no connection to {httpx.URL(outgoing.url).host}: {_words(error)}") from error
        except (httpx.HTTPError, OSError) as error:
            raise Lost(_words(error)) from error
        try:
            body = await self._body(response)
        except (httpx.HTTPError, OSError) as error:
            raise Lost(f"the answer broke off: {_words(error)}") from error
        finally:
            # Whatever goes wrong when a connection is given up has no bearing on the answer.
            with suppress(httpx.HTTPError, OSError):
                await response.aclose()
        return Answer(status=response.status_code, headers=dict(response.headers), body=body)

    async def _body(self, response: httpx.Response) -> bytes:
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > self.settings.body_limit:
                raise TooLarge(f"the answer is larger than {self.settings.body_limit} bytes")
        return bytes(body)


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__

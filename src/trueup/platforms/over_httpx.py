"""Carry requests over an httpx transport: into the sandbox in this process, and to whatever stands in for a platform.

Requests go to the transport, not to httpx's client: what a client adds (redirects, cookies, credentials from the
environment) is what must not happen here.
"""

from contextlib import suppress
from typing import Final

import httpx

from trueup.platforms.answer import Answer
from trueup.platforms.carrier import SAME_FOR_ALL, Lost, NotSent, Outgoing, TooLarge, words
from trueup.platforms.settings import HttpSettings

_NEVER_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


class OverHttpx:
    """Be the :class:`~trueup.platforms.carrier.Carrier` over one httpx transport."""

    def __init__(self, transport: httpx.AsyncBaseTransport, settings: HttpSettings) -> None:
        self._transport, self._body_limit = transport, settings.body_limit
        timeout = httpx.Timeout(settings.read_timeout, connect=settings.connect_timeout)
        self._extensions = {"timeout": timeout.as_dict()}

    async def carry(self, outgoing: Outgoing) -> Answer:
        """Send one request and read its answer."""
        try:
            request = httpx.Request(
                outgoing.method,
                outgoing.url,
                headers=[*SAME_FOR_ALL.items(), *outgoing.headers],
                content=outgoing.content,
                extensions=self._extensions,
            )
            response = await self._transport.handle_async_request(request)
        except _NEVER_SENT as error:
            raise NotSent(f"no connection to {httpx.URL(outgoing.url).host}: {words(error)}") from error
        except (httpx.HTTPError, OSError) as error:
            raise Lost(words(error)) from error
        try:
            body = await self._body(response)
        except (httpx.HTTPError, OSError) as error:
            raise Lost(f"the answer broke off: {words(error)}") from error
        finally:
            # Whatever goes wrong when a connection is given up has no bearing on the answer.
            with suppress(httpx.HTTPError, OSError):
                await response.aclose()
        return Answer(status=response.status_code, headers=response.headers, body=body)

    async def _body(self, response: httpx.Response) -> bytes:
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > self._body_limit:
                raise TooLarge(self._body_limit)
        return bytes(body)

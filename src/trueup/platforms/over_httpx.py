"""Carry requests over an httpx transport: into the sandbox in this process, and to whatever stands in for a platform.

Requests go to the transport, not to httpx's client: what a client adds (redirects, cookies, credentials from the
environment) is what must not happen here.
"""

from contextlib import suppress
from typing import Final

import httpx

from trueup.platforms.answer import Answer
from trueup.platforms.carrier import SAME_FOR_ALL, Outgoing, TooLarge
from trueup.platforms.failures import Way, worded
from trueup.platforms.settings import HttpSettings

_LIBRARY: Final = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError)
"""What httpx raises. Other exceptions come from what answers in this process, as the sandbox, and are faults."""


class OverHttpx:
    """Be the :class:`~trueup.platforms.carrier.Carrier` over one httpx transport."""

    def __init__(self, transport: httpx.AsyncBaseTransport, settings: HttpSettings) -> None:
        self._transport, self._body_limit = transport, settings.body_limit
        timeout = httpx.Timeout(settings.read_timeout, connect=settings.connect_timeout)
        self._extensions = {"timeout": timeout.as_dict()}

    async def carry(self, outgoing: Outgoing) -> Answer:
        """Send one request and read its answer."""
        way = Way.to(outgoing.url)
        try:
            request = httpx.Request(
                outgoing.method,
                outgoing.url,
                headers=[*SAME_FOR_ALL.items(), *outgoing.headers],
                content=outgoing.content,
                extensions=self._extensions,
            )
            response = await self._transport.handle_async_request(request)
        except _LIBRARY as error:
            raise worded(error, way) from None
        try:
            body = await self._body(response, way)
        except _LIBRARY as error:
            raise worded(error, way, begun=True) from None
        finally:
            # Whatever goes wrong when a connection is given up has no bearing on the answer.
            with suppress(*_LIBRARY):
                await response.aclose()
        return Answer(status=response.status_code, headers=response.headers, body=body)

    async def _body(self, response: httpx.Response, way: Way) -> bytes:
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > self._body_limit:
                raise TooLarge(way, self._body_limit)
        return bytes(body)

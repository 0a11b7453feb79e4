"""Carry requests over the network, on aiohttp's connections.

httpx's own connection pool slows down the more requests run side by side; aiohttp's does not. One habit of aiohttp
would break a promise made here, and a middleware stops it: it sends a DELETE once more when the connection breaks,
though the first may have been taken.
"""

import errno
import os
import socket
import ssl
import urllib.request
from collections.abc import Iterator
from typing import Final, Self
from urllib.parse import urlsplit

import aiohttp

from trueup.platforms.answer import Answer
from trueup.platforms.carrier import SAME_FOR_ALL, Lost, NotSent, Outgoing, TooLarge
from trueup.platforms.certificates import trusted
from trueup.platforms.settings import HttpSettings

_NEVER_SENT: Final = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
)

_HTTPS: Final = len("https://")


async def exact_errors(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Tell aiohttp's failures apart by what they mean: not sent, or lost on the way.

    The exceptions raised here are none that aiohttp repeats a request for.
    """
    try:
        return await send(request)
    except _NEVER_SENT as error:
        raise _not_sent(request.url.host, error) from error
    except (aiohttp.ClientError, OSError) as error:
        raise Lost(_words(error)) from error


class Network:
    """Be the :class:`~trueup.platforms.carrier.Carrier` to whatever is no sandbox; closes its connections at the end.

    Requests go directly or through the proxy that the environment names (``HTTPS_PROXY``, ``NO_PROXY``, ...).
    Certificates are checked against what :func:`~trueup.platforms.certificates.trusted` names. ``.netrc`` is not read:
    the only credentials ever sent are those of the target, and to a proxy its own.
    """

    def __init__(self, settings: HttpSettings, *, connections: int) -> None:
        self._body_limit, self._connections = settings.body_limit, connections
        self._timeout = aiohttp.ClientTimeout(
            connect=settings.read_timeout, sock_connect=settings.connect_timeout, sock_read=settings.read_timeout
        )
        self._certificates = trusted()
        self._by_proxy: dict[str | None, aiohttp.ClientSession] = {}
        self._by_origin: dict[str, aiohttp.ClientSession] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for session in self._by_proxy.values():
            await session.close()

    async def carry(self, outgoing: Outgoing) -> Answer:
        """Send one request and read its answer."""
        try:
            response = await self._session(outgoing.url).request(
                outgoing.method,
                outgoing.url,
                headers=outgoing.headers,
                data=outgoing.content,
                allow_redirects=False,
            )
        except aiohttp.InvalidURL as error:
            raise _not_sent(urlsplit(outgoing.url).hostname, error) from error
        try:
            async with response:
                body = await self._body(response)
        except (aiohttp.ClientError, OSError) as error:
            raise Lost(f"the answer broke off: {_words(error)}") from error
        return Answer(status=response.status, headers=response.headers, body=body)

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > self._body_limit:
                raise TooLarge(self._body_limit)
        return bytes(body)

    def _session(self, url: str) -> aiohttp.ClientSession:
        origin = url[: url.find("/", _HTTPS)]
        session = self._by_origin.get(origin)
        if session is None:
            parts = urlsplit(url)
            proxy = proxy_for(parts.scheme, parts.hostname or "")
            session = self._by_proxy.get(proxy)
            if session is None:
                session = self._by_proxy[proxy] = self._through(proxy)
            self._by_origin[origin] = session
        return session

    def _through(self, proxy: str | None) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections, ssl=self._certificates),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=SAME_FOR_ALL,
            middlewares=(exact_errors,),
            proxy=proxy,
            timeout=self._timeout,
        )


def _not_sent(host: str | None, error: BaseException) -> NotSent:
    return NotSent(f"no connection to {host}: {_words(error)}")


def proxy_for(scheme: str, host: str) -> str | None:
    """Return the URL of the proxy that the environment names for this host, or None."""
    if urllib.request.proxy_bypass(host):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(scheme) or proxies.get("all")
    if proxy is None:
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _words(error: BaseException) -> str:
    """Return the innermost reason, which is the one that helps (``Connection refused``)."""
    return next((text for text in map(_reason, _chain(error)) if text), type(error).__name__)


def _chain(error: BaseException) -> Iterator[BaseException]:
    inner = error.__cause__
    if inner is not None:
        yield from _chain(inner)
    yield error


def _reason(error: BaseException) -> str:
    match error:
        case ssl.SSLError() | socket.gaierror():
            return error.strerror or str(error)
        case OSError(errno=int(number)) if number in errno.errorcode:
            # asyncio words these itself, as "Connect call failed", which does not say why.
            return os.strerror(number)
        case _:
            return str(error)

"""Carry requests over the network: aiohttp's connections below httpx's interface.

httpx's own connection pool slows down the more requests run side by side; aiohttp's does not. Two habits of aiohttp
would break promises made here, and a middleware stops both:

- it sends a DELETE once more when the connection breaks, though the first may have been taken;
- seen through ``httpx-aiohttp``, a connection that breaks after a request was sent looks like one that was never made.
"""

import errno
import os
import socket
import ssl
import urllib.request
from collections.abc import Iterator

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

_NEVER_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
    aiohttp.InvalidURL,
)


async def exact_errors(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Turn aiohttp's failures into httpx's by what they mean: not sent, or lost on the way.

    The exceptions raised here are none that aiohttp repeats a request for.
    """
    try:
        return await send(request)
    except _NEVER_SENT as error:
        raise httpx.ConnectError(_words(error)) from error
    except aiohttp.SocketTimeoutError as error:
        raise httpx.ReadTimeout(_words(error)) from error
    except (aiohttp.ClientError, OSError) as error:
        raise httpx.ReadError(_words(error)) from error


class NetworkTransport(httpx.AsyncBaseTransport):
    """Send requests directly or through the proxy that the environment names (``HTTPS_PROXY``, ``NO_PROXY``, ...).

    Certificates are checked against httpx's bundle, or ``SSL_CERT_FILE`` and ``SSL_CERT_DIR``. ``.netrc`` is not read:
    the only credentials ever sent are those of the target.
    """

    def __init__(self, *, connections: int) -> None:
        self._limits = httpx.Limits(max_connections=connections)
        self._certificates = httpx.create_ssl_context()
        self._by_proxy: dict[str | None, AiohttpTransport] = {}
        self._proxies: dict[tuple[str, str], str | None] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        place = (request.url.scheme, request.url.host)
        if place not in self._proxies:
            self._proxies[place] = proxy_for(*place)
        proxy = self._proxies[place]
        transport = self._by_proxy.get(proxy)
        if transport is None:
            transport = self._by_proxy[proxy] = self._through(proxy)
        return await transport.handle_async_request(request)

    async def aclose(self) -> None:
        """Close all connections."""
        for transport in self._by_proxy.values():
            await transport.aclose()

    def _through(self, proxy: str | None) -> AiohttpTransport:
        def session() -> aiohttp.ClientSession:
            limit = self._limits.max_connections or 0
            connector = aiohttp.TCPConnector(limit=limit, ssl=self._certificates)
            return aiohttp.ClientSession(
                connector=connector, middlewares=(exact_errors,), cookie_jar=aiohttp.DummyCookieJar()
            )

        return AiohttpTransport(
            verify=self._certificates,
            limits=self._limits,
            proxy=None if proxy is None else httpx.Proxy(proxy),
            client=session,
        )


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

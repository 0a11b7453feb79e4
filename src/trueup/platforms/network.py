"""Carry requests over the network, on aiohttp's connections.

httpx's own connection pool slows down the more requests run side by side; aiohttp's does not. One habit of aiohttp
would break a promise made here, and a middleware stops it: it sends a DELETE once more when the connection breaks,
though the first may have been taken.
"""

from dataclasses import dataclass
from typing import Final, Self

import aiohttp

from trueup.platforms.answer import Answer
from trueup.platforms.carrier import SAME_FOR_ALL, Outgoing, TooLarge
from trueup.platforms.certificates import trusted
from trueup.platforms.failures import Way, worded
from trueup.platforms.proxy import Proxy, proxy_to
from trueup.platforms.settings import HttpSettings

_HTTPS: Final = len("https://")


class _Failed(Exception):
    """A failure of aiohttp, as an exception for which aiohttp repeats no request."""


async def exact_errors(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Carry aiohttp's failures past its own repetition of requests; see the head of this module."""
    try:
        return await send(request)
    except (aiohttp.ClientError, OSError) as error:
        raise _Failed from error


@dataclass(frozen=True, slots=True)
class _Route:
    """The connections to one origin, and what is said of the way there."""

    session: aiohttp.ClientSession
    way: Way
    proxy: Proxy | None


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
        self._sessions: dict[Proxy | None, aiohttp.ClientSession] = {}
        self._routes: dict[str, _Route] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for session in self._sessions.values():
            await session.close()

    async def carry(self, outgoing: Outgoing) -> Answer:
        """Send one request and read its answer."""
        route = self._route(outgoing.url)
        begun = False
        try:
            response = await route.session.request(
                outgoing.method,
                outgoing.url,
                headers=outgoing.headers,
                data=outgoing.content,
                allow_redirects=False,
            )
            begun = True
            async with response:
                body = await self._body(response, route.way)
        except TooLarge:
            raise
        except _Failed as failed:
            raise worded(failed.__cause__ or failed, route.way) from None
        except Exception as error:  # noqa: BLE001 - no text of the library may go further, whatever it raises
            raise worded(error, route.way, begun=begun) from None
        secrets = () if route.proxy is None else route.proxy.secrets
        return Answer(status=response.status, headers=response.headers, body=body, secrets=secrets)

    async def _body(self, response: aiohttp.ClientResponse, way: Way) -> bytes:
        body = bytearray()
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > self._body_limit:
                raise TooLarge(way, self._body_limit)
        return bytes(body)

    def _route(self, url: str) -> _Route:
        origin = url[: url.find("/", _HTTPS)]
        route = self._routes.get(origin)
        if route is None:
            proxy = proxy_to(url)
            session = self._sessions.get(proxy)
            if session is None:
                session = self._sessions[proxy] = self._through(proxy)
            way = Way.to(url, proxy="" if proxy is None else proxy.place)
            route = self._routes[origin] = _Route(session, way, proxy)
        return route

    def _through(self, proxy: Proxy | None) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections, ssl=self._certificates),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=SAME_FOR_ALL,
            middlewares=(exact_errors,),
            proxy=None if proxy is None else proxy.url.reveal(),
            timeout=self._timeout,
        )

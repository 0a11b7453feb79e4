"""Send single HTTP requests and read their answers: the one module that knows httpx, with the sandbox's transport.

Requests go to httpx's transports and not to its client, which adds what must not happen here: redirects, cookies,
credentials from ``.netrc``, proxies by rules of its own. Nothing is sent twice here.
"""

import asyncio
import logging
import os
import ssl
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, Self

import certifi
import httpx

from trueup import __version__
from trueup.bounded import parse_json
from trueup.errors import UnexpectedAnswer, UsageError
from trueup.model.clock import Clock
from trueup.platforms.concurrency import Throttle
from trueup.platforms.credentials import Secret, masked
from trueup.platforms.failures import Lost, NotSent, TooLarge, Way, place_of, worded
from trueup.platforms.outage import SILENT_ERRORS, Outage
from trueup.platforms.proxy import Proxy, proxy_to
from trueup.platforms.settings import HttpSettings
from trueup.request_log import log_request

Transport = httpx.AsyncBaseTransport

_LOG: Final = logging.getLogger("trueup.platforms")

THROTTLING_STATUSES: Final = frozenset({429, 503})
"""The statuses that ask for fewer requests."""

_SHOWN: Final = 200
"""How many characters of a body or message are shown to people."""

KEEP_ALIVE: Final = 15.0
"""Seconds for which an unused connection is kept. Gateways close theirs after a minute or more; a write that meets a
connection in the moment in which it is closed has an unknown outcome."""

HEADERS: Final = {
    "User-Agent": f"trueup/{__version__}",
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
}
"""The headers that every request to a platform carries."""

_LIBRARY: Final = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError)
_LOOKED_AT: Final = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Status, headers (found by their names in any case) and body of an HTTP answer, read whole.

    ``secrets`` are those that the answer could echo; they are masked in everything that is shown of it.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    secrets: tuple[Secret, ...] = ()

    @property
    def succeeded(self) -> bool:
        """Return whether the status is a 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the definition of success in HTTP

    def json(self) -> object:
        """Return the body as JSON; see :func:`~trueup.bounded.parse_json` on numbers.

        Raises :class:`~trueup.errors.UnexpectedAnswer` when it is none.
        """
        try:
            return parse_json(self.body)
        except ValueError:
            raise UnexpectedAnswer(
                f"the answer is not JSON (HTTP {self.status}): {self.shown()}", status=self.status
            ) from None

    def object(self) -> Mapping[str, object] | None:
        """Return the body as a JSON object, or None when it is anything else."""
        try:
            parsed = self.json()
        except UnexpectedAnswer:
            return None
        return parsed if isinstance(parsed, dict) else None

    def shown(self) -> str:
        """Return the start of the body as people may see it."""
        return self.words(self.body[:_LOOKED_AT].decode(errors="replace")) or "(empty body)"

    def words(self, text: str) -> str:
        """Return a text of this answer as people may see it: masked first, then cut, so that no half secret stays."""
        return shorten_body(masked(text, self.secrets)[: _SHOWN * 4])

    def code(self, text: str, known: Container[str]) -> str:
        """Return a platform's code: as it is where it is ``known``, else as people may see it.

        A known code is decided upon, so it is never masked; it is a text of ours and cannot be a secret.
        """
        return text if text in known else self.words(text)


def text_of(value: object) -> str:
    """Return a text of an answer, ``""`` for anything else: nested values are not put into words."""
    return value if isinstance(value, str) else ""


def shorten_body(text: str) -> str:
    """Return ``text`` on one line, without control characters, cut to :data:`_SHOWN` characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 3]}..."


@dataclass(frozen=True, slots=True)
class Route:
    """How a server is reached: what opens a transport, the proxy in between, and what a failed request raises.

    Each transport carries one request at a time and is used again, the last one first. At each request, httpx looks at
    all connections of a transport: with ten of them, that takes longer than the request itself.
    """

    open: Callable[[], Transport]
    proxy: Proxy | None = None
    errors: tuple[type[Exception], ...] = _LIBRARY
    """By default what httpx documents: anything else comes from a server in this process, and is a fault of it."""
    idle: list[Transport] = field(default_factory=list)

    @contextmanager
    def transport(self) -> Iterator[Transport]:
        """Give a transport for one request and its answer."""
        transport = self.idle.pop() if self.idle else self.open()
        try:
            yield transport
        finally:
            self.idle.append(transport)


class Network:
    """Connections to real servers, directly or through the proxy of each host; closed at the end."""

    def __init__(self, certificates: ssl.SSLContext, environ: Mapping[str, str] = os.environ) -> None:
        self._certificates, self._environ = certificates, environ
        self._opened: list[httpx.AsyncHTTPTransport] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for transport in self._opened:
            await transport.aclose()

    def route(self, url: str) -> Route:
        """Return the route to the host of a URL; raises :class:`~trueup.errors.UsageError` for an unusable proxy."""
        proxy = proxy_to(url, environ=self._environ)
        # Whatever is raised here is a failure of the network, and its text may quote a request with its token.
        return Route(partial(self._open, proxy), proxy, (Exception,))

    def _open(self, proxy: Proxy | None) -> Transport:
        self._opened.append(
            httpx.AsyncHTTPTransport(
                verify=self._certificates,
                trust_env=False,
                proxy=_httpx_proxy(proxy, self._certificates),
                limits=httpx.Limits(keepalive_expiry=KEEP_ALIVE),
            )
        )
        return self._opened[-1]


@dataclass(frozen=True, slots=True)
class _Server:
    route: Route
    way: Way
    outage: Outage


class Sender:
    """Sends the requests of one target: throttled, with timeouts, and none to a server that is known to be down."""

    def __init__(self, route: Callable[[str], Route], clock: Clock, settings: HttpSettings) -> None:
        self.clock, self.settings = clock, settings
        self._route, self._throttle = route, Throttle(settings.concurrency)
        self._servers: dict[str, _Server] = {}
        timeout = httpx.Timeout(settings.read_timeout, connect=settings.connect_timeout)
        self._extensions = {"timeout": timeout.as_dict()}

    def down(self, url: str) -> str:
        """Return why the server of a URL is considered down, empty while it is not."""
        return self._server(url).outage.cause

    async def send(
        self, method: str, url: str, headers: Sequence[tuple[str, str]], content: bytes | None = None
    ) -> Answer:
        """Send one request once and return its answer, whatever the status.

        Raises ``NotSent`` when no connection was made, its subclass ``Down`` without an attempt, and ``Lost`` when the
        request may have arrived and there is no answer.
        """
        server, settings = self._server(url), self.settings
        async with self._throttle.slot() as number:
            turn = server.outage.begin()
            try:
                # httpx bounds single steps: a server that sends one byte a minute would keep the run for ever.
                async with asyncio.timeout(settings.exchange_timeout):
                    answer = await self._logged(server, method, url, headers, content)
            except TimeoutError:
                lost = f"{server.way.platform}: no complete answer within {settings.exchange_timeout:g} s"
                server.outage.failed(turn, lost, most=settings.read_attempts)
                raise Lost(lost) from None
            except TooLarge:
                server.outage.answered()
                raise
            except (NotSent, Lost) as error:
                most = settings.connect_attempts if isinstance(error, NotSent) else settings.read_attempts
                server.outage.failed(turn, str(error), most=most)
                raise
            if answer.status in SILENT_ERRORS:
                cause = f"{server.way.platform} answers with HTTP {answer.status}"
                server.outage.failed(turn, cause, most=settings.read_attempts)
            else:
                server.outage.answered()
            if answer.status in THROTTLING_STATUSES:
                self._throttle.slower(number)
                _LOG.info("%s throttles: at most %d requests at a time now.", server.way.platform, self._throttle.limit)
            else:
                self._throttle.faster()
            return answer

    async def _logged(
        self, server: _Server, method: str, url: str, headers: Sequence[tuple[str, str]], content: bytes | None
    ) -> Answer:
        began, status = self.clock.now(), None
        try:
            answer = await self._exchange(server, method, url, headers, content)
            status = answer.status
            return answer
        finally:
            correlation_id = dict(headers).get("X-Correlation-ID", "")
            seconds = self.clock.now() - began
            log_request(_LOG, method, url, status=status, seconds=seconds, correlation_id=correlation_id)

    async def _exchange(
        self, server: _Server, method: str, url: str, headers: Sequence[tuple[str, str]], content: bytes | None
    ) -> Answer:
        begun = False
        try:
            # The percent signs of the URL stay as they are: httpx escapes only what no URL may hold.
            request = httpx.Request(
                method, url, headers=[*HEADERS.items(), *headers], content=content, extensions=self._extensions
            )
            with server.route.transport() as transport:
                response = await transport.handle_async_request(request)
                begun = True
                try:
                    body = bytearray()
                    async for chunk in response.aiter_bytes():
                        _grow(body, chunk, server.way, self.settings.body_limit)
                finally:
                    # A connection that cannot be closed in good order has no bearing on the answer.
                    with suppress(*_LIBRARY):
                        await response.aclose()
        except TooLarge:
            raise
        except server.route.errors as error:
            raise worded(error, server.way, begun=begun) from None
        proxy = server.route.proxy
        return Answer(
            status=response.status_code,
            headers=response.headers,
            body=bytes(body),
            secrets=proxy.secrets if proxy else (),
        )

    def _server(self, url: str) -> _Server:
        place = place_of(url)
        server = self._servers.get(place)
        if server is None:
            route = self._route(url)
            way = Way(place, route.proxy.place if route.proxy else "")
            server = self._servers[place] = _Server(route, way, Outage(self.clock, self.settings))
        return server


class SyncClient:
    """HTTP client for one address, one request at a time; ``headers`` go to that address alone.

    ``timeout`` bounds each step of a request, in seconds; ``limit`` an answer, in bytes. Raises ValueError for an
    address or a header that cannot be used; its text may hold a secret and must not be shown.
    """

    def __init__(
        self, base_url: str, headers: Mapping[str, str], *, timeout: float, limit: int, transport: httpx.BaseTransport
    ) -> None:
        self._way, self._limit = Way.to(base_url), limit
        try:
            # trust_env=False: httpx would read proxies by rules of its own, and fail for some of them with their
            # password in the text.
            self._client = httpx.Client(
                base_url=base_url,
                headers={**HEADERS, **headers},
                timeout=timeout,
                transport=transport,
                follow_redirects=False,
                trust_env=False,
            )
        except httpx.InvalidURL:
            raise ValueError("the address cannot be used") from None

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> Answer | None:
        """Send one request once; return None when no usable answer came, so that the outcome is not known."""
        try:
            with self._client.stream(method, path, params=query, json=body) as response:
                content = bytearray()
                for chunk in response.iter_bytes():
                    _grow(content, chunk, self._way, self._limit)
        except (*_LIBRARY, Lost):
            return None
        return Answer(status=response.status_code, headers=response.headers, body=bytes(content))


def sync_transport(proxy: Proxy | None, certificates: ssl.SSLContext) -> httpx.BaseTransport:
    """Return the transport for a :class:`SyncClient`, through the proxy or directly."""
    return httpx.HTTPTransport(proxy=_httpx_proxy(proxy, certificates), verify=certificates, trust_env=False)


def ssl_context(environ: Mapping[str, str] = os.environ) -> ssl.SSLContext:
    """Return what certificates are checked against: ``SSL_CERT_FILE``, else ``SSL_CERT_DIR``, else certifi's bundle.

    Raises UsageError when what is named there cannot be used.
    """
    file, folder = environ.get("SSL_CERT_FILE"), environ.get("SSL_CERT_DIR")
    if file:
        try:
            return ssl.create_default_context(cafile=file)
        except ssl.SSLError:
            raise _unusable("SSL_CERT_FILE", file, "it holds no certificates in PEM form") from None
        except OSError as error:
            raise _unusable("SSL_CERT_FILE", file, f"it cannot be read: {error.strerror}") from None
    if folder:
        if not any(Path(part).is_dir() for part in folder.split(os.pathsep)):
            raise _unusable("SSL_CERT_DIR", folder, "there is no such folder")
        return ssl.create_default_context(capath=folder)
    return ssl.create_default_context(cafile=certifi.where())


def _unusable(variable: str, value: str, reason: str) -> UsageError:
    return UsageError(
        f"{variable} names {value}, and {reason}. Certificates of hosts are checked against it. Correct it, or unset "
        f"{variable} to use the bundle that trueup brings along."
    )


def _httpx_proxy(proxy: Proxy | None, certificates: ssl.SSLContext) -> httpx.Proxy | None:
    """Return a proxy as httpx takes it; one that is reached over TLS is checked like every other host."""
    if proxy is None:
        return None
    url = proxy.url.reveal()
    return httpx.Proxy(url, ssl_context=certificates if url.startswith("https:") else None)


def _grow(body: bytearray, chunk: bytes, way: Way, limit: int) -> None:
    """Add a part of an answer; raises TooLarge beyond ``limit`` bytes, before the rest is read into memory."""
    body += chunk
    if len(body) > limit:
        raise TooLarge(way, limit)

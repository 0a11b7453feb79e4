"""Send single HTTP requests and read their answers. In the client, only this module imports httpx.

In order: answers, routes to servers, :func:`greet`, :class:`Sender` for the platforms (asynchronous),
:class:`SyncClient` for one request at a time. The sender uses httpx's transports and not its client, which would add
redirects, cookies, credentials from ``.netrc`` and its own rules for proxies. Nothing is sent twice here.
"""

import asyncio
import logging
import os
import ssl
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Self

import httpx

from trueup import __version__
from trueup.bounded import parse_json
from trueup.errors import UnexpectedAnswer
from trueup.model.clock import Clock
from trueup.platforms.concurrency import Throttle
from trueup.platforms.credentials import Secret, masked
from trueup.platforms.failures import Destination, Lost, NotSent, TooLarge, host_and_port, translated
from trueup.platforms.greeting import Greeting
from trueup.platforms.outage import SILENT_ERRORS, Outage
from trueup.platforms.proxy import Proxy, proxy_to
from trueup.platforms.settings import HttpSettings
from trueup.request_log import log_request

Transport = httpx.AsyncBaseTransport

_LOG: Final = logging.getLogger("trueup.platforms")

THROTTLING_STATUSES: Final = frozenset({429, 503})
"""The statuses that ask for fewer requests."""

_SHOWN: Final = 200
"""Characters of a body or message that are shown."""

KEEP_ALIVE: Final = 15.0
"""Seconds for which an unused connection is kept. Gateways close theirs after a minute or more. This must be shorter:
the outcome of a write is unknown if the connection is closed while it is sent."""

HEADERS: Final = {
    "User-Agent": f"trueup/{__version__}",
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
}
"""The headers that every request to a platform carries."""

_LIBRARY: Final = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError)
_DECODED: Final = 65_536
"""Bytes of a body that are decoded to show its start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer, read whole: its status, its headers (names in any case) and its body.

    ``secrets`` are those that the answer could echo. They are masked in everything that is shown.
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

        Raises :class:`~trueup.errors.UnexpectedAnswer` when the body is not JSON.
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
        """Return the start of the body, masked, on one line."""
        return self.words(self.body[:_DECODED].decode(errors="replace")) or "(empty body)"

    def words(self, text: str) -> str:
        """Return a text of this answer that is safe to show: masked, and at most :data:`_SHOWN` characters long."""
        # Masked before it is cut: the remaining half of a cut secret would no longer match.
        return shorten_body(masked(text, self.secrets)[: _SHOWN * 4])

    def code(self, text: str, known: Container[str]) -> str:
        """Return a platform's error code: unchanged if it is ``known``, else made safe to show as :meth:`words` does.

        The program decides by known codes, so they are never masked. They are our own texts and cannot be secrets.
        """
        return text if text in known else self.words(text)


def text_of(value: object) -> str:
    """Return ``value`` if it is a text, else ``""``: nested values are not shown."""
    return value if isinstance(value, str) else ""


def shorten_body(text: str) -> str:
    """Return ``text`` on one line, without control characters, cut to :data:`_SHOWN` characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 3]}..."


@dataclass(frozen=True, slots=True)
class Route:
    """A route to a server: a function that opens a transport, the proxy if any, and what a failed request raises.

    Each transport carries one request at a time and is reused, the most recently used one first.
    """

    open: Callable[[], Transport]
    proxy: Proxy | None = None
    errors: tuple[type[Exception], ...] = _LIBRARY
    """By default the exceptions that httpx documents. Any other is a bug of a server in this process, and is raised."""
    # One transport for each concurrent request, not one for all: at each request httpx walks over all connections of a
    # transport, and with ten of them that takes longer than the request itself.
    idle: list[Transport] = field(default_factory=list)

    @contextmanager
    def transport(self) -> Iterator[Transport]:
        """Yield a transport for one request and its answer."""
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
        # Every exception counts as a failure of the network: its text may quote a request with its token, and must not
        # be shown as the text of an unexpected fault.
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


async def greet(route: Route, url: str, patience: float) -> Greeting:
    """Send one GET without credentials, with ``patience`` in seconds for each step, and read the head of its answer.

    Raises ``NotSent``, its subclass ``TlsFailed``, and ``Lost``.
    """
    destination = Destination.to(url, proxy=route.proxy.place if route.proxy else "")
    request = httpx.Request("GET", url, headers=HEADERS, extensions={"timeout": httpx.Timeout(patience).as_dict()})
    time, status = asyncio.get_running_loop().time, None
    began = time()
    try:
        with route.transport() as transport:
            response = await transport.handle_async_request(request)
            status = response.status_code
            stream = response.extensions.get("network_stream")
            # Before the connection is closed, which is when its certificate is gone.
            tls = None if stream is None else stream.get_extra_info("ssl_object")
            greeting = Greeting.of(status, response.headers, tls)
            with suppress(*_LIBRARY):
                await response.aclose()
            return greeting
    except route.errors as error:
        raise translated(error, destination) from None
    finally:
        log_request(_LOG, "GET", url, status=status, seconds=time() - began)


@dataclass(frozen=True, slots=True)
class _Server:
    route: Route
    destination: Destination
    outage: Outage


class Sender:
    """The sender of one target's requests: with a throttle and timeouts, and silent while the server is down."""

    def __init__(self, route: Callable[[str], Route], clock: Clock, settings: HttpSettings) -> None:
        self.clock, self.settings = clock, settings
        self._route, self._throttle = route, Throttle(settings.concurrency)
        self._servers: dict[str, _Server] = {}
        timeout = httpx.Timeout(settings.read_timeout, connect=settings.connect_timeout)
        self._extensions = {"timeout": timeout.as_dict()}

    def down(self, url: str) -> str:
        """Return why the server of a URL is considered down, or ``""``."""
        return self._server(url).outage.cause

    async def send(
        self, method: str, url: str, headers: Sequence[tuple[str, str]], content: bytes | None = None
    ) -> Answer:
        """Send one request once and return its answer, whatever the status.

        Raises ``NotSent`` when no connection was made, its subclass ``Down`` when none was tried, and ``Lost`` when the
        request may have arrived and no complete answer came.
        """
        server, settings = self._server(url), self.settings
        async with self._throttle.slot() as number:
            turn = server.outage.begin()
            try:
                # httpx's timeouts bound single steps only: a server that sends one byte a minute would never time out.
                async with asyncio.timeout(settings.exchange_timeout):
                    answer = await self._logged(server, method, url, headers, content)
            except TimeoutError:
                lost = f"{server.destination.platform}: no complete answer within {settings.exchange_timeout:g} s"
                server.outage.failed(turn, lost, most=settings.read_attempts)
                raise Lost(lost) from None
            except TooLarge:
                # A subclass of Lost, so it comes first. The server did answer.
                server.outage.answered()
                raise
            except (NotSent, Lost) as error:
                most = settings.connect_attempts if isinstance(error, NotSent) else settings.read_attempts
                server.outage.failed(turn, str(error), most=most)
                raise
            # 503 is in both sets: it counts towards an outage and also lowers the limit.
            if answer.status in SILENT_ERRORS:
                cause = f"{server.destination.platform} answers with HTTP {answer.status}"
                server.outage.failed(turn, cause, most=settings.read_attempts)
            else:
                server.outage.answered()
            if answer.status in THROTTLING_STATUSES:
                self._throttle.slower(number)
                _LOG.info(
                    "%s throttles: at most %d requests at a time now.",
                    server.destination.platform,
                    self._throttle.limit,
                )
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
            # httpx keeps existing percent escapes: it escapes only characters that no URL may contain.
            request = httpx.Request(
                method, url, headers=[*HEADERS.items(), *headers], content=content, extensions=self._extensions
            )
            with server.route.transport() as transport:
                response = await transport.handle_async_request(request)
                begun = True
                try:
                    body = bytearray()
                    async for chunk in response.aiter_bytes():
                        _grow(body, chunk, server.destination, self.settings.body_limit)
                finally:
                    # The answer is complete (or lost) by now: an error while closing does not change that.
                    with suppress(*_LIBRARY):
                        await response.aclose()
        except TooLarge:
            raise
        except server.route.errors as error:
            raise translated(error, server.destination, begun=begun) from None
        proxy = server.route.proxy
        return Answer(
            status=response.status_code,
            headers=response.headers,
            body=bytes(body),
            secrets=proxy.secrets if proxy else (),
        )

    def _server(self, url: str) -> _Server:
        place = host_and_port(url)
        server = self._servers.get(place)
        if server is None:
            route = self._route(url)
            destination = Destination(place, route.proxy.place if route.proxy else "")
            server = self._servers[place] = _Server(route, destination, Outage(self.clock, self.settings))
        return server


class SyncClient:
    """HTTP client for one address, one request at a time; ``headers`` go to that address alone.

    ``timeout`` bounds each step of a request, in seconds. ``limit`` bounds an answer, in bytes. Raises ValueError for
    an address or a header that cannot be used. Do not show its text: it may contain a secret.
    """

    def __init__(
        self, base_url: str, headers: Mapping[str, str], *, timeout: float, limit: int, transport: httpx.BaseTransport
    ) -> None:
        self._destination, self._limit = Destination.to(base_url), limit
        try:
            # trust_env=False: httpx would read proxies by its own rules, and for some of them raise an error that
            # contains their password.
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
        """Send one request once; return None when no usable answer came and the outcome is unknown."""
        try:
            with self._client.stream(method, path, params=query, json=body) as response:
                content = bytearray()
                for chunk in response.iter_bytes():
                    _grow(content, chunk, self._destination, self._limit)
        except (*_LIBRARY, Lost):
            return None
        return Answer(status=response.status_code, headers=response.headers, body=bytes(content))


def sync_transport(proxy: Proxy | None, certificates: ssl.SSLContext) -> httpx.BaseTransport:
    """Return the transport for a :class:`SyncClient`, through the proxy or directly."""
    return httpx.HTTPTransport(proxy=_httpx_proxy(proxy, certificates), verify=certificates, trust_env=False)


def _httpx_proxy(proxy: Proxy | None, certificates: ssl.SSLContext) -> httpx.Proxy | None:
    """Return the proxy as httpx's type, or None."""
    if proxy is None:
        return None
    # The certificate of a proxy that is reached over TLS is checked like that of any other host.
    url = proxy.url.reveal()
    return httpx.Proxy(url, ssl_context=certificates if url.startswith("https:") else None)


def _grow(body: bytearray, chunk: bytes, destination: Destination, limit: int) -> None:
    """Append a chunk of an answer; raises TooLarge beyond ``limit`` bytes, before the rest is read into memory."""
    body += chunk
    if len(body) > limit:
        raise TooLarge(destination, limit)

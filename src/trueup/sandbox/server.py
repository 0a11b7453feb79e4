"""The sandbox as a server on loopback, and in process as a transport of httpx."""

import asyncio
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from signal import SIGINT, SIGTERM, signal

import httpx
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from trueup.errors import UsageError
from trueup.sandbox.app import create_app
from trueup.sandbox.calls import DEFAULT_WORLD, Lost, NeverReached, TooLate
from trueup.sandbox.faults import Faults
from trueup.sandbox.middleware import Doorkeeper
from trueup.sandbox.seed import Seed, apply_seed
from trueup.sandbox.settings import Settings
from trueup.sandbox.store import SandboxClock, Store
from trueup.sandbox.world import Sandbox

_LOOPBACK = "127.0.0.1"
_HEADERS = 64 * 1024
"""Bytes of the request line and headers."""
_GRACE = 0.5
"""Seconds that unfinished answers have to end after a signal."""


def serve(  # noqa: PLR0913 - each is an option of the command
    *,
    port: int,
    db: Path | None = None,
    seed: Seed | None = None,
    settings: Settings | None = None,
    faults: Faults | None = None,
    on_ready: Callable[[str], None],
) -> None:
    """Serve both platforms on 127.0.0.1 until SIGINT or SIGTERM, then return.

    ``port`` 0 takes a free one. ``on_ready`` is called with the address once connections are accepted. The seed is
    added to the worlds that it names, else to the default one, when the store first sees them. Raises UsageError when
    the port is in use.
    """
    contents = seed or {}
    listener = _listen(port)
    store = Store(str(db) if db else ":memory:")
    try:
        app = create_app(store, settings)
        app.state.sandbox.faults = faults or Faults()
        for world in contents.get("worlds", (DEFAULT_WORLD,)):
            if store.next_number(f"opened/{world}") == 1:
                apply_seed(store, world, contents, clock=app.state.sandbox.clock)
        asyncio.run(_run(Doorkeeper(app), listener, on_ready))
    finally:
        listener.close()
        store.close()


def _listen(port: int) -> socket.socket:
    # asyncio disables Nagle's algorithm only for sockets whose protocol is named. With it, every answer waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # A sandbox that was just stopped leaves its port in TIME_WAIT, where it could not be bound again for a minute.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_LOOPBACK, port))
    except OSError as taken:
        listener.close()
        raise UsageError(f"Port {port} of {_LOOPBACK} cannot be used: {taken.strerror}.") from None
    return listener


async def _run(app: ASGIApp, listener: socket.socket, on_ready: Callable[[str], None]) -> None:
    config = uvicorn.Config(
        app,
        http=_Protocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        proxy_headers=False,
        h11_max_incomplete_event_size=_HEADERS,
    )
    server = _Server(config, lambda: on_ready(f"http://{_LOOPBACK}:{listener.getsockname()[1]}"))
    await server.serve(sockets=[listener])


class _Protocol(H11Protocol):
    """A protocol that lets the app abort the connection, through ``state`` of the ASGI scope."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "close_connection": transport.abort}


class _Server(uvicorn.Server):
    """A server that reports when it is ready, and stops soon after a signal without raising it again."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # uvicorn waits for answers without a limit, and a fault may delay one for minutes.
        asyncio.get_running_loop().call_later(_GRACE, self._abort)
        await super().shutdown(sockets)

    def _abort(self) -> None:
        for connection in tuple(self.server_state.connections):
            connection.transport.abort()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn raises the signal again when it has stopped, which would end the command with the status of a signal.
        before = {number: signal(number, self.handle_exit) for number in (SIGINT, SIGTERM)}
        try:
            yield
        finally:
            for number, earlier in before.items():
                signal(number, earlier)


_HOST = "http://sandbox"


class SandboxTransport(httpx.AsyncBaseTransport):
    """A transport that calls the app in process; an answer that is lost raises the error that httpx has for it."""

    def __init__(self, app: ASGIApp) -> None:
        # A context variable, not an attribute: requests run concurrently, each in a task of its own.
        self._patience: ContextVar[float | None] = ContextVar("patience", default=None)
        self._inner = httpx.ASGITransport(app=self._with_patience(app))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the answer to a request; raises ConnectError, ReadTimeout or ReadError where a fault loses it."""
        self._patience.set(request.extensions.get("timeout", {}).get("read"))
        try:
            return await self._inner.handle_async_request(request)
        except NeverReached:
            raise httpx.ConnectError("All connection attempts failed", request=request) from None
        except TooLate:
            raise httpx.ReadTimeout("The answer took too long", request=request) from None
        except Lost:
            raise httpx.ReadError("The connection was closed", request=request) from None

    def _with_patience(self, app: ASGIApp) -> ASGIApp:
        """Return an app that knows the read timeout of a request: without a network nothing else could time out."""

        async def asked(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, "state": {"patience": self._patience.get()}}, receive, send)

        return asked


class Embedded:
    """An open sandbox in process. Close it after the last request."""

    def __init__(self, app: ASGIApp, sandbox: Sandbox) -> None:
        self.app = app
        self.sandbox = sandbox
        self.transport: httpx.AsyncBaseTransport = SandboxTransport(app)

    def base_url(self, world: str) -> str:
        """Return the base URL of both platforms of a world, without a slash at the end."""
        return f"{_HOST}/worlds/{world}"

    def close(self) -> None:
        """Close the store."""
        self.sandbox.store.close()


def open_embedded(
    db: Path | None,
    seed: Seed | None,
    worlds: Sequence[str],
    clock: SandboxClock | None = None,
    settings: Settings | None = None,
) -> Embedded:
    """Open the sandbox with the file ``db``, or in memory if that is None.

    ``seed``, which :func:`~trueup.sandbox.seed.check_seed` returned, is added to each world when the store first sees
    it, and never again.
    """
    contents = seed or {}
    store = Store(str(db) if db else ":memory:")
    app = create_app(store, settings, clock)
    sandbox: Sandbox = app.state.sandbox
    for world in worlds:
        if store.next_number(f"opened/{world}") == 1:
            apply_seed(store, world, contents, clock=sandbox.clock)
    return Embedded(app, sandbox)

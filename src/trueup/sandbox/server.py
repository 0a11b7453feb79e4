"""Serve the sandbox on loopback until a signal ends it."""

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
"""Bytes of a request's first line and headers."""
_GRACE = 0.5
"""Seconds that answers under way have to end after a signal."""


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

    ``port`` 0 takes a free one; ``on_ready`` is given the address once connections are taken. The seed goes to
    the worlds that it names, or else to the default one, when the store first sees them. Raises UsageError
    when the port is taken.
    """
    planted = seed or {}
    listener = _listen(port)
    store = Store(str(db) if db else ":memory:")
    try:
        app = create_app(store, settings)
        app.state.sandbox.faults = faults or Faults()
        for world in planted.get("worlds", (DEFAULT_WORLD,)):
            if store.next_number(f"opened/{world}") == 1:
                apply_seed(store, world, planted, clock=app.state.sandbox.clock)
        asyncio.run(_run(Doorkeeper(app), listener, on_ready))
    finally:
        listener.close()
        store.close()


def _listen(port: int) -> socket.socket:
    # asyncio turns Nagle's algorithm off only where the protocol is named; left on, every answer waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
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
    """Give the app a way to end the connection without an answer, in the ASGI scope's ``state``."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "close_connection": transport.abort}


class _Server(uvicorn.Server):
    """Say when connections are taken, and end soon after a signal, without raising it again."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().call_later(_GRACE, self._abort)
        await super().shutdown(sockets)

    def _abort(self) -> None:
        for connection in tuple(self.server_state.connections):
            connection.transport.abort()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        before = {number: signal(number, self.handle_exit) for number in (SIGINT, SIGTERM)}
        try:
            yield
        finally:
            for number, earlier in before.items():
                signal(number, earlier)


_HOST = "http://sandbox"


class SandboxTransport(httpx.AsyncBaseTransport):
    """Carry requests to the app, and lose answers as a network would: with httpx's own errors."""

    def __init__(self, app: ASGIApp) -> None:
        self._patience: ContextVar[float | None] = ContextVar("patience", default=None)
        self._inner = httpx.ASGITransport(app=self._with_patience(app))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request; raises ConnectError, ReadTimeout or ReadError where a fault loses the answer."""
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
        """Tell the app how long the client waits: there is no network here that could time out."""

        async def asked(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, "state": {"patience": self._patience.get()}}, receive, send)

        return asked


class Embedded:
    """Hold an open sandbox. Close it when the last request is answered."""

    def __init__(self, app: ASGIApp, sandbox: Sandbox) -> None:
        self.app = app
        self.sandbox = sandbox
        self.transport: httpx.AsyncBaseTransport = SandboxTransport(app)

    def base_url(self, world: str) -> str:
        """Return the address at which both platforms of a world are served, without a slash at the end."""
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
    """Open the sandbox over a file, or in memory if ``db`` is None.

    Each world is seeded when the store first sees it, and never again. ``seed`` passed
    :func:`~trueup.sandbox.seed.check_seed`.
    """
    planted = seed or {}
    store = Store(str(db) if db else ":memory:")
    app = create_app(store, settings, clock)
    sandbox: Sandbox = app.state.sandbox
    for world in worlds:
        if store.next_number(f"opened/{world}") == 1:
            apply_seed(store, world, planted, clock=sandbox.clock)
    return Embedded(app, sandbox)

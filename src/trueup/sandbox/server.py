"""The sandbox as an ASGI app, as a server on loopback, and in process as a transport of httpx."""

import asyncio
import re
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from signal import SIGINT, SIGTERM, signal

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from trueup.errors import UsageError
from trueup.sandbox import control
from trueup.sandbox.calls import DEFAULT_WORLD, Lost, NeverReached, TooLate, path_of
from trueup.sandbox.connect import deployment_routes as deployments
from trueup.sandbox.connect import routes as connect
from trueup.sandbox.connect.errors import Failure, answer, error
from trueup.sandbox.faults import Faults
from trueup.sandbox.middleware import Gate, LoopbackGuard
from trueup.sandbox.origin import routes as origin
from trueup.sandbox.refusals import neutral_response
from trueup.sandbox.seed import Seed, apply_seed
from trueup.sandbox.settings import Settings
from trueup.sandbox.store import SandboxClock, Store, SystemClock
from trueup.sandbox.world import Sandbox

_LOOPBACK = "127.0.0.1"
_CONNECT = re.compile(r"/connectors|/[^/]+/deployments(/|$)")
"""The beginnings of paths of Connect."""
_HEADERS = 64 * 1024
"""Bytes of the request line and headers."""
_GRACE = 0.5
"""Seconds that unfinished answers have to end after a signal."""


def create_app(store: Store, settings: Settings | None = None, clock: SandboxClock | None = None) -> Starlette:
    """Return the app that serves every world of the store below ``/worlds/{world}``, and the default one at the root.

    The state of the platforms is in ``app.state.sandbox``.
    """
    sandbox = Sandbox(store=store, settings=settings or Settings(), clock=clock or SystemClock())
    routes = [route for part in (connect, deployments, origin, control) for route in part.routes(sandbox)]

    async def unknown(request: Request, reason: Exception) -> Response:
        # Connect documents the body of a 404. Nothing is documented for other paths, so neither form is imitated there.
        status = reason.status_code if isinstance(reason, HTTPException) else 500
        if _CONNECT.match(path_of(request.scope["path"])):
            return answer(Failure(error("ResourceNotFound", str(reason)), status=status), sandbox.settings)
        return neutral_response(status, getattr(reason, "headers", None))

    app = Starlette(
        routes=[Mount("/worlds/{world}", routes=routes), *routes],
        middleware=[Middleware(Gate, sandbox=sandbox)],
        exception_handlers={HTTPException: unknown},
    )
    app.state.sandbox = sandbox
    return app


def _seed_new(sandbox: Sandbox, worlds: Iterable[str], seed: Seed) -> None:
    """Add a seed to the worlds that the store sees for the first time."""
    for world in worlds:
        # A counter in the store: after a restart on the same file, the seed is not added again.
        if sandbox.store.next_number(f"opened/{world}") == 1:
            apply_seed(sandbox.store, world, seed, clock=sandbox.clock)


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
        _seed_new(app.state.sandbox, contents.get("worlds", (DEFAULT_WORLD,)), contents)
        asyncio.run(_run(LoopbackGuard(app), listener, on_ready))
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
        # uvicorn would configure logging for the whole process; the command does that itself.
        log_config=None,
        # No proxy is in front, so these headers could only be forged.
        proxy_headers=False,
        h11_max_incomplete_event_size=_HEADERS,
    )
    server = _Server(config, lambda: on_ready(f"http://{_LOOPBACK}:{listener.getsockname()[1]}"))
    await server.serve(sockets=[listener])


class _Protocol(H11Protocol):
    """A protocol that lets the app abort the connection, through ``state`` of the ASGI scope."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # A copy: uvicorn gives one mapping to all connections.
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
        # ASGITransport raises what the app raises. NeverReached and TooLate are subclasses of Lost, so they come first.
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
    app = create_app(Store(str(db) if db else ":memory:"), settings, clock)
    _seed_new(app.state.sandbox, worlds, seed or {})
    return Embedded(app, app.state.sandbox)

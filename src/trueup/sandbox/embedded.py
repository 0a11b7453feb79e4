"""Run the sandbox in this process, behind an httpx transport."""

from collections.abc import Sequence
from contextvars import ContextVar
from pathlib import Path

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from trueup.sandbox.answer import Lost, NeverReached, TooLate
from trueup.sandbox.app import create_app
from trueup.sandbox.clock import SandboxClock
from trueup.sandbox.seed import Seed, apply_seed
from trueup.sandbox.settings import Settings
from trueup.sandbox.store import Store
from trueup.sandbox.world import Sandbox

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

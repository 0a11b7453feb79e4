"""Put both platforms together into one ASGI app."""

from importlib import import_module

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount

from trueup.sandbox.clock import SandboxClock, SystemClock
from trueup.sandbox.context import Sandbox
from trueup.sandbox.settings import Settings
from trueup.sandbox.store import Store

_PARTS = ("trueup.sandbox.origin.routes",)


def create_app(store: Store, settings: Settings | None = None, clock: SandboxClock | None = None) -> Starlette:
    """Return the app that serves every world of the store, the default one also without a prefix.

    The context stands in ``app.state.sandbox``.
    """
    sandbox = Sandbox(store=store, settings=settings or Settings(), clock=clock or SystemClock())
    routes = [route for part in _PARTS for route in _routes(part, sandbox)]
    app = Starlette(routes=[Mount("/worlds/{world}", routes=routes), *routes])
    app.state.sandbox = sandbox
    return app


def _routes(part: str, sandbox: Sandbox) -> list[BaseRoute]:
    return list(import_module(part).routes(sandbox))

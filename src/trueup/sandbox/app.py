"""The ASGI app that serves both platforms."""

from importlib import import_module

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount

from trueup.sandbox.calls import path_of
from trueup.sandbox.connect.errors import Failure, answer, error
from trueup.sandbox.middleware import Gate
from trueup.sandbox.refusals import neutral_response
from trueup.sandbox.settings import Settings
from trueup.sandbox.store import SandboxClock, Store, SystemClock
from trueup.sandbox.world import Sandbox

_PARTS = (
    "trueup.sandbox.connect.routes",
    "trueup.sandbox.origin.routes",
    "trueup.sandbox.control",
)


def create_app(store: Store, settings: Settings | None = None, clock: SandboxClock | None = None) -> Starlette:
    """Return the app that serves every world of the store below ``/worlds/{world}``, and the default one at the root.

    The state of the platforms is in ``app.state.sandbox``.
    """
    sandbox = Sandbox(store=store, settings=settings or Settings(), clock=clock or SystemClock())
    routes = [route for part in _PARTS for route in _routes(part, sandbox)]

    async def unknown(request: Request, reason: Exception) -> Response:
        # Connect documents the body of a 404. Nothing is documented for other paths, so neither form is imitated there.
        status = reason.status_code if isinstance(reason, HTTPException) else 500
        if path_of(request.scope["path"]).startswith("/connectors"):
            return answer(Failure(error("ResourceNotFound", str(reason)), status=status), sandbox.settings)
        return neutral_response(status, getattr(reason, "headers", None))

    app = Starlette(
        routes=[Mount("/worlds/{world}", routes=routes), *routes],
        middleware=[Middleware(Gate, sandbox=sandbox)],
        exception_handlers={HTTPException: unknown},
    )
    app.state.sandbox = sandbox
    return app


def _routes(part: str, sandbox: Sandbox) -> list[BaseRoute]:
    return list(import_module(part).routes(sandbox))

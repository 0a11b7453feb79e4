"""The endpoints below ``/_sandbox``, with which tests and people inspect and control the sandbox."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, runtime_checkable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trueup.errors import InvalidInput
from trueup.sandbox.calls import decoded
from trueup.sandbox.effects import edit_from_json
from trueup.sandbox.faults import Faults, faults_from_json
from trueup.sandbox.foreign_edits import edit_resource
from trueup.sandbox.seed import apply_seed, check_seed
from trueup.sandbox.settings import UnknownSwitch
from trueup.sandbox.world import Sandbox, world_of

Endpoint = Callable[[Request], Awaitable[Response]]


@runtime_checkable
class Movable(Protocol):
    """A clock that can be advanced."""

    def advance(self, seconds: float) -> None:
        """Advance the clock."""
        ...


def routes(sandbox: Sandbox) -> list[Route]:
    """Return the routes of the control; below ``/worlds/{world}``, log, state, seed and edits are of that world."""
    control = _Control(sandbox)
    return [
        Route("/_sandbox/requests", control.requests, methods=["GET", "DELETE"]),
        Route("/_sandbox/state", control.state, methods=["GET", "DELETE"]),
        Route("/_sandbox/seed", _refusing(control.seed), methods=["POST"]),
        Route("/_sandbox/settings", _refusing(control.settings), methods=["GET", "POST"]),
        Route("/_sandbox/faults", _refusing(control.faults), methods=["GET", "POST", "DELETE"]),
        Route("/_sandbox/edits", _refusing(control.edits), methods=["POST"]),
        Route("/_sandbox/clock", _refusing(control.clock), methods=["GET", "POST"]),
    ]


def _refusing(endpoint: Endpoint) -> Endpoint:
    """Return an endpoint that answers 400 with the reason when the request is invalid."""

    async def serve(request: Request) -> Response:
        try:
            return await endpoint(request)
        except (InvalidInput, ValueError) as wrong:
            return JSONResponse({"error": str(wrong)}, status_code=400)

    return serve


class _Control:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def requests(self, request: Request) -> Response:
        """Return or clear the request log of one world or of all."""
        log, world = self._sandbox.log, request.path_params.get("world")
        if request.method == "DELETE":
            log.clear(world)
            return Response(status_code=204)
        entries = log.entries(world)
        return JSONResponse({"requests": [entry.to_json() for entry in entries]})

    async def state(self, request: Request) -> Response:
        """Return or clear the stored documents of a world, by kind."""
        store, world = self._sandbox.store, world_of(request)
        if request.method == "DELETE":
            store.clear(world)
            return Response(status_code=204)
        return JSONResponse({kind: store.list(world, kind) for kind in store.kinds(world)})

    async def seed(self, request: Request) -> Response:
        """Add the resources of a seed to the world."""
        seed = check_seed(await _json(request), "/_sandbox/seed")
        apply_seed(self._sandbox.store, world_of(request), seed, clock=self._sandbox.clock)
        return Response(status_code=204)

    async def settings(self, request: Request) -> Response:
        """Return all switches, after setting those of the body."""
        if request.method == "POST":
            switches = await _json(request)
            if not isinstance(switches, dict):
                raise UnknownSwitch("Expected an object of switches.")
            # Replaced as a whole: after a wrong switch all others are as before.
            self._sandbox.settings = self._sandbox.settings.changed(switches)
        return JSONResponse(self._sandbox.settings.to_json())

    async def faults(self, request: Request) -> Response:
        """Return how often each fault took effect, after replacing or removing the faults."""
        if request.method == "POST":
            self._sandbox.faults = faults_from_json(await _json(request), "/_sandbox/faults")
        elif request.method == "DELETE":
            self._sandbox.faults = Faults()
        return JSONResponse({"faults": self._sandbox.faults.to_json()})

    async def edits(self, request: Request) -> Response:
        """Change a resource as another client would."""
        edit = edit_from_json(await _json(request))
        # An edit without a name is for the resource of the request that a fault disturbs. Here there is no such
        # request.
        if edit.name is None:
            raise ValueError("Expected the name of a connector, of a deployment or of a certification.")
        return JSONResponse({"edited": edit_resource(self._sandbox, world_of(request), edit)})

    async def clock(self, request: Request) -> Response:
        """Return the time, after advancing it by ``{"advance": seconds}``."""
        clock = self._sandbox.clock
        if request.method == "POST":
            body = await _json(request)
            seconds = body.get("advance") if isinstance(body, dict) else None
            # bool is a subclass of int: true is not one second.
            if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
                raise ValueError('Expected {"advance": seconds}, a number of at least 0.')
            if not isinstance(clock, Movable):
                raise ValueError("This clock cannot be advanced.")
            clock.advance(seconds)
        return JSONResponse({"now": clock.now()})


async def _json(request: Request) -> Any:
    return decoded(await request.body())

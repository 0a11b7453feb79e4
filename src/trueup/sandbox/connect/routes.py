"""Serve the eight endpoints of the drafts (connect-api.md section 2)."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trueup.sandbox.calls import decoded
from trueup.sandbox.connect.access import authorise
from trueup.sandbox.connect.drafts import Drafts
from trueup.sandbox.connect.errors import Failure, answer, invalid
from trueup.sandbox.connect.pipeline import settle
from trueup.sandbox.connect.queries import page
from trueup.sandbox.connect.representation import represent
from trueup.sandbox.connect.writes import create, delete, update
from trueup.sandbox.store import Document
from trueup.sandbox.world import Sandbox, world_of

Operation = Callable[[Request, str, bytes], Response]
"""Answer a request to a world, given its body; runs within a transaction and so never waits."""


def routes(sandbox: Sandbox) -> list[Route]:
    """Return the routes of Connect."""
    endpoints = _Endpoints(sandbox)
    return [
        Route("/connectors/drafts", endpoints.serve(endpoints.query), methods=["GET"]),
        Route("/connectors/drafts", endpoints.serve(endpoints.create, write=True), methods=["POST"]),
        Route("/connectors/drafts/{address}", endpoints.serve(endpoints.get), methods=["GET"]),
        Route("/connectors/drafts/{address}", endpoints.serve(endpoints.update, write=True), methods=["POST"]),
        Route("/connectors/drafts/{address}", endpoints.serve(endpoints.delete, write=True), methods=["DELETE"]),
    ]


class _Endpoints:
    """Turn requests into operations on drafts. ``{address}`` is ``{id}`` or ``key={key}``."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def serve(self, operation: Operation, *, write: bool = False) -> Callable[[Request], Awaitable[Response]]:
        """Return the endpoint: authorise, bring the pipelines up to date, and do all of the operation or nothing."""

        async def endpoint(request: Request) -> Response:
            sandbox, world, body = self._sandbox, world_of(request), await request.body()
            with sandbox.store.transaction():
                try:
                    authorise(sandbox, world, request.headers.get("authorization", ""), write=write)
                    settle(sandbox, world)
                    return operation(request, world, body)
                except Failure as failure:
                    return answer(failure, sandbox.settings)

        return endpoint

    def query(self, request: Request, world: str, _: bytes) -> Response:
        return JSONResponse(page(self._sandbox, world, request.query_params))

    def create(self, _: Request, world: str, body: bytes) -> Response:
        return self._shown(create(self._sandbox, world, _decoded(body)), status=201)

    def get(self, request: Request, world: str, _: bytes) -> Response:
        return self._shown(Drafts(self._sandbox.store, world).addressed(request.path_params["address"]))

    def update(self, request: Request, world: str, body: bytes) -> Response:
        draft = update(self._sandbox, world, request.path_params["address"], _decoded(body))
        return self._shown(draft, status=self._sandbox.settings.update_status)

    def delete(self, request: Request, world: str, _: bytes) -> Response:
        return self._shown(delete(self._sandbox, world, request.path_params["address"]))

    def _shown(self, draft: Document, *, status: int = 200) -> Response:
        return JSONResponse(represent(draft, self._sandbox.settings), status_code=status)


def _decoded(body: bytes) -> object:
    try:
        return decoded(body)
    except ValueError as broken:
        raise invalid("InvalidJsonInput", [str(broken)]) from None

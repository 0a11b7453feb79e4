"""The endpoints of deployments (``deployment-api.md`` sections 2, 10 and 11)."""

from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trueup.sandbox.connect.deployment_logs import logs
from trueup.sandbox.connect.deployment_pipeline import CONTENT
from trueup.sandbox.connect.deployment_writes import create, delete, update
from trueup.sandbox.connect.deployments import Deployments, represent
from trueup.sandbox.connect.drafts import HIDDEN
from trueup.sandbox.connect.errors import Failure, error
from trueup.sandbox.connect.queries import deployment_page
from trueup.sandbox.connect.routes import DEPLOYMENT_READ, DEPLOYMENT_WRITE, read_body, serve
from trueup.sandbox.store import Document
from trueup.sandbox.world import Grant, Sandbox


def routes(sandbox: Sandbox) -> list[Route]:
    """Return the routes of deployments. ``{address}`` is ``{id}`` or ``key={key}``."""
    endpoints = _Deployments(sandbox)
    several, one = "/{project}/deployments", "/{project}/deployments/{address}"
    return [
        Route(several, serve(sandbox, endpoints.query, DEPLOYMENT_READ), methods=["GET"]),
        Route(several, serve(sandbox, endpoints.create, DEPLOYMENT_WRITE), methods=["POST"]),
        Route(one, serve(sandbox, endpoints.get, DEPLOYMENT_READ), methods=["GET"]),
        Route(one, serve(sandbox, endpoints.update, DEPLOYMENT_WRITE), methods=["POST"]),
        Route(one, serve(sandbox, endpoints.delete, DEPLOYMENT_WRITE), methods=["DELETE"]),
        Route(f"{one}/logs", serve(sandbox, endpoints.logs, DEPLOYMENT_READ), methods=["GET"]),
        Route(f"{one}/revisions", serve(sandbox, endpoints.revisions, DEPLOYMENT_READ), methods=["GET"]),
        Route(f"{one}/revisions/{{revision}}", serve(sandbox, endpoints.revision, DEPLOYMENT_READ), methods=["GET"]),
    ]


class _Deployments:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def query(self, request: Request, grant: Grant, _: bytes) -> Response:
        project = request.path_params["project"]
        return JSONResponse(deployment_page(self._sandbox, grant.world, project, request.query_params))

    def create(self, request: Request, grant: Grant, body: bytes) -> Response:
        created = create(self._sandbox, grant, request.path_params["project"], read_body(body))
        return self._shown(created, status=201)

    def get(self, request: Request, grant: Grant, _: bytes) -> Response:
        return self._shown(self._addressed(request, grant))

    def update(self, request: Request, grant: Grant, body: bytes) -> Response:
        project, address = request.path_params["project"], request.path_params["address"]
        updated = update(self._sandbox, grant.world, project, address, read_body(body))
        return self._shown(updated, status=self._sandbox.settings.update_status)

    def delete(self, request: Request, grant: Grant, _: bytes) -> Response:
        project, address = request.path_params["project"], request.path_params["address"]
        deleted = delete(self._sandbox, grant.world, project, address)
        status = HTTPStatus(self._sandbox.settings.deployment_delete_status)
        if status is HTTPStatus.NO_CONTENT:
            return Response(status_code=status)
        return self._shown(deleted, status=status)

    def logs(self, request: Request, grant: Grant, _: bytes) -> Response:
        deployment = self._addressed(request, grant)
        if self._sandbox.settings.deployment_logs == "gone":
            raise _nothing(request)
        return JSONResponse(logs(deployment, request.query_params))

    def revisions(self, request: Request, grant: Grant, _: bytes) -> Response:
        kept = self._revisions(request, grant)
        # That there is a list is documented, its shape is not: this is that of the other lists.
        return JSONResponse({"limit": 20, "offset": 0, "count": len(kept), "total": len(kept), "results": kept})

    def revision(self, request: Request, grant: Grant, _: bytes) -> Response:
        for entry in self._revisions(request, grant):
            if str(entry["revision"]) == request.path_params["revision"]:
                return JSONResponse(entry)
        raise _nothing(request)

    def _revisions(self, request: Request, grant: Grant) -> list[dict[str, Any]]:
        deployment, settings = self._addressed(request, grant), self._sandbox.settings
        if settings.deployment_revisions == "off":
            raise _nothing(request)
        shown = [
            (kept["revision"], represent({**deployment, **kept["content"]}, settings))
            for kept in deployment[HIDDEN]["revisions"]
        ]
        return [{"revision": number, **{name: then.get(name) for name in CONTENT}} for number, then in shown]

    def _addressed(self, request: Request, grant: Grant) -> Document:
        deployments = Deployments(self._sandbox.store, grant.world, request.path_params["project"])
        return deployments.addressed(request.path_params["address"])

    def _shown(self, deployment: Document, *, status: int = 200) -> Response:
        return JSONResponse(represent(deployment, self._sandbox.settings), status_code=status)


def _nothing(request: Request) -> Failure:
    path = "/".join(("", request.path_params["project"], "deployments", request.path_params["address"]))
    return Failure(error("ResourceNotFound", f"There is no such resource below {path}"))

"""The endpoints of the token, of drafts and of published connectors (``connect-api.md`` sections 1 and 2)."""

import base64
import binascii
import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping
from http import HTTPStatus
from urllib.parse import parse_qs, unquote_plus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trueup.sandbox.calls import decoded
from trueup.sandbox.connect.connectors import represent_connector
from trueup.sandbox.connect.deployment_pipeline import settle_deployments
from trueup.sandbox.connect.drafts import HIDDEN, Drafts, represent
from trueup.sandbox.connect.errors import Failure, answer, error, invalid
from trueup.sandbox.connect.pipeline import settle
from trueup.sandbox.connect.queries import page
from trueup.sandbox.connect.writes import create, delete, update
from trueup.sandbox.settings import Settings
from trueup.sandbox.store import Document
from trueup.sandbox.world import Grant, Sandbox, world_of

# Each scope also ends in ``:projectKey`` (connect-api.md section 1).
_READ = ("manage_project", "manage_connectors", "view_connectors")
_WRITE = ("manage_project", "manage_connectors")
# The scopes of deployments (deployment-api.md section 1).
DEPLOYMENT_READ = ("manage_project", "manage_connectors_deployments", "view_connectors_deployments")
DEPLOYMENT_WRITE = ("manage_project", "manage_connectors_deployments")


class Refused(Exception):
    """A refusal by the token endpoint, with an error code of OAuth."""

    def __init__(self, code: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.code = code
        self.status = status


def authorise(sandbox: Sandbox, world: str, header: str, scopes: Collection[str], project: str | None) -> Grant:
    """Return the grant of the header ``Authorization``, which must have one of these scopes.

    The scope is of this project, or of any if that is None. Raises Failure: invalid_token or insufficient_scope.
    """
    scheme, _, token = header.partition(" ")
    grant = sandbox.grants.get(token) if scheme.lower() == "bearer" else None
    if grant is None or grant.world != world or grant.expires <= sandbox.clock.now():
        raise Failure(error("invalid_token", "invalid_token"))
    granted = (scope.partition(":") for scope in grant.scopes)
    if not any(name in scopes and project in (None, of) for name, _, of in granted):
        raise Failure(error("insufficient_scope", "Access denied"))
    return grant


def _token_route(sandbox: Sandbox) -> Route:
    """Return the route of the token endpoint."""

    async def token(request: Request) -> Response:
        form = parse_qs((await request.body()).decode(errors="replace"))
        # The platform accepts the parameters in the query as well as in the form (connect-api.md section 1).
        given = {name: values[0] for name, values in (parse_qs(request.url.query) | form).items()}
        try:
            return _issue(sandbox, world_of(request), _client(request.headers.get("authorization", ""), given), given)
        except Refused as refused:
            return _refusal(refused)

    return Route("/oauth/token", token, methods=["POST"])


def _client(header: str, given: Mapping[str, str]) -> str:
    """Return the id of the client, from HTTP Basic or else from the form; any secret but an empty one is accepted."""
    client, secret = given.get("client_id", ""), given.get("client_secret", "")
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() == "basic":
        try:
            decoded = base64.b64decode(credentials, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            decoded = ""
        # OAuth (RFC 6749, section 2.3.1) encodes both parts as in a form before Basic joins them.
        client, _, secret = (unquote_plus(part) for part in decoded.partition(":"))
    if not client or not secret:
        raise Refused("invalid_client", "Please provide valid client credentials using HTTP Basic Authentication.", 401)
    return client


def _issue(sandbox: Sandbox, world: str, client: str, given: Mapping[str, str]) -> Response:
    settings = sandbox.settings
    if client in settings.refused_clients:
        raise Refused("invalid_client", "Client authentication failed.", 401)
    if given.get("grant_type") != "client_credentials":
        raise Refused("unsupported_grant_type", "Expected grant_type client_credentials.")
    project = settings.projects.get(client) or settings.projects.get(world) or settings.project_key
    scopes = _scopes(given.get("scope", ""), project, settings)
    token = secrets.token_hex(16)
    expires = sandbox.clock.now() + settings.token_lifetime
    sandbox.grants[token] = Grant(world=world, expires=expires, scopes=scopes)
    answer = {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": settings.token_lifetime,
        "scope": " ".join(scopes),
    }
    return JSONResponse(answer)


def _scopes(asked: str, project: str, settings: Settings) -> tuple[str, ...]:
    """Return the scopes of the token: those requested, or all of the client. Raises Refused."""
    granted = tuple(f"{name}:{project}" for name in settings.granted_scopes)
    if not asked:
        return granted
    allowed = granted
    # manage_project includes the scopes of connectors and of deployments (connect-api.md section 1).
    if "manage_project" in settings.granted_scopes:
        allowed += tuple(f"{name}:{project}" for name in (*_READ, *DEPLOYMENT_READ))
    unknown = [scope for scope in asked.split() if scope not in allowed]
    if unknown:
        raise Refused("invalid_scope", f"The scope {unknown[0]} is not granted to this client.")
    return tuple(asked.split())


def _refusal(refused: Refused) -> Response:
    text = str(refused)
    body = {
        # An error of the token endpoint has the members of the platform and those of OAuth (connect-api.md section 1).
        "statusCode": refused.status,
        "message": refused.code if refused.status == HTTPStatus.UNAUTHORIZED else text,
        "errors": [{"code": refused.code, "message": text}],
        "error": refused.code,
        "error_description": text,
    }
    return JSONResponse(body, status_code=refused.status)


Operation = Callable[[Request, Grant, bytes], Response]
"""Answers a request with this grant and body. It runs within a transaction and so must not await anything."""


def serve(sandbox: Sandbox, operation: Operation, scopes: Collection[str]) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that authorises, advances the pipelines, and runs the operation in one transaction."""

    async def endpoint(request: Request) -> Response:
        world, body = world_of(request), await request.body()
        # The body is complete by now: another request could run during an await, and would join this transaction.
        with sandbox.store.transaction():
            try:
                header, project = request.headers.get("authorization", ""), request.path_params.get("project")
                grant = authorise(sandbox, world, header, scopes, project)
                settle(sandbox, world)
                settle_deployments(sandbox, world)
                return operation(request, grant, body)
            except Failure as failure:
                # Returned inside the transaction, which commits: pipeline steps are kept when a request is refused.
                return answer(failure, sandbox.settings)

    return endpoint


def routes(sandbox: Sandbox) -> list[Route]:
    """Return the routes of connectors, the token endpoint included."""
    drafts = _Drafts(sandbox)
    return [
        _token_route(sandbox),
        Route("/connectors/drafts", serve(sandbox, drafts.query, _READ), methods=["GET"]),
        Route("/connectors/drafts", serve(sandbox, drafts.create, _WRITE), methods=["POST"]),
        Route("/connectors/drafts/{address}", serve(sandbox, drafts.get, _READ), methods=["GET"]),
        Route("/connectors/drafts/{address}", serve(sandbox, drafts.update, _WRITE), methods=["POST"]),
        Route("/connectors/drafts/{address}", serve(sandbox, drafts.delete, _WRITE), methods=["DELETE"]),
        Route("/connectors/{address}", serve(sandbox, drafts.connector, _READ), methods=["GET"]),
    ]


class _Drafts:
    """The operations on drafts and published connectors. ``{address}`` is ``{id}`` or ``key={key}``."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def query(self, request: Request, grant: Grant, _: bytes) -> Response:
        return JSONResponse(page(self._sandbox, grant.world, request.query_params))

    def create(self, _: Request, grant: Grant, body: bytes) -> Response:
        return self._shown(create(self._sandbox, grant.world, read_body(body)), status=201)

    def get(self, request: Request, grant: Grant, _: bytes) -> Response:
        return self._shown(self._addressed(request, grant))

    def connector(self, request: Request, grant: Grant, _: bytes) -> Response:
        draft = self._addressed(request, grant)
        connector = draft[HIDDEN].get("connector")
        if connector is None:
            raise Failure(error("ResourceNotFound", f"The Resource with ID '{draft['id']}' was not found."))
        return JSONResponse(represent_connector(connector, self._sandbox.settings))

    def update(self, request: Request, grant: Grant, body: bytes) -> Response:
        draft = update(self._sandbox, grant.world, request.path_params["address"], read_body(body))
        return self._shown(draft, status=self._sandbox.settings.update_status)

    def delete(self, request: Request, grant: Grant, _: bytes) -> Response:
        return self._shown(delete(self._sandbox, grant.world, request.path_params["address"]))

    def _addressed(self, request: Request, grant: Grant) -> Document:
        return Drafts(self._sandbox.store, grant.world).addressed(request.path_params["address"])

    def _shown(self, draft: Document, *, status: int = 200) -> Response:
        return JSONResponse(represent(draft, self._sandbox.settings), status_code=status)


def read_body(body: bytes) -> object:
    """Return the JSON of a body. Raises Failure (InvalidJsonInput)."""
    try:
        return decoded(body)
    except ValueError as broken:
        raise invalid("InvalidJsonInput", [str(broken)]) from None

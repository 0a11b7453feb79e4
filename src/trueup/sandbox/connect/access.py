"""Issue tokens and ask for them (connect-api.md section 1)."""

import base64
import binascii
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import parse_qs, unquote_plus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trueup.sandbox.connect.errors import Failure, error
from trueup.sandbox.settings import Settings
from trueup.sandbox.world import Grant, Sandbox, world_of

_READ = ("manage_project", "manage_connectors", "view_connectors")
_WRITE = ("manage_project", "manage_connectors")


class Refused(Exception):
    """The token endpoint refuses, in the words of OAuth."""

    def __init__(self, code: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.code = code
        self.status = status


def authorise(sandbox: Sandbox, world: str, header: str, *, write: bool) -> None:
    """Check the ``Authorization`` header of a request; raises Failure: invalid_token or insufficient_scope."""
    scheme, _, token = header.partition(" ")
    grant = sandbox.grants.get(token) if scheme.lower() == "bearer" else None
    if grant is None or grant.world != world or grant.expires <= sandbox.clock.now():
        raise Failure(error("invalid_token", "invalid_token"))
    names = {scope.partition(":")[0] for scope in grant.scopes}
    if names.isdisjoint(_WRITE if write else _READ):
        raise Failure(error("insufficient_scope", "Access denied"))


def routes(sandbox: Sandbox) -> list[Route]:
    """Return the route of the token endpoint."""

    async def token(request: Request) -> Response:
        form = parse_qs((await request.body()).decode(errors="replace"))
        given = {name: values[0] for name, values in (parse_qs(request.url.query) | form).items()}
        try:
            return _issue(sandbox, world_of(request), _client(request.headers.get("authorization", ""), given), given)
        except Refused as refused:
            return _refusal(refused)

    return [Route("/oauth/token", token, methods=["POST"])]


def _client(header: str, given: Mapping[str, str]) -> str:
    """Return the client's id, from HTTP Basic or else from the form; any secret that is not empty is right."""
    client, secret = given.get("client_id", ""), given.get("client_secret", "")
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() == "basic":
        try:
            decoded = base64.b64decode(credentials, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            decoded = ""
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
    scopes = _scopes(given.get("scope", ""), settings)
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


def _scopes(asked: str, settings: Settings) -> tuple[str, ...]:
    """Return the scopes that the token gets: those asked for, or all of the client. Raises Refused."""
    granted = tuple(f"{name}:{settings.project_key}" for name in settings.granted_scopes)
    if not asked:
        return granted
    allowed = granted
    if "manage_project" in settings.granted_scopes:
        allowed += tuple(f"{name}:{settings.project_key}" for name in _READ)
    unknown = [scope for scope in asked.split() if scope not in allowed]
    if unknown:
        raise Refused("invalid_scope", f"The scope {unknown[0]} is not granted to this client.")
    return tuple(asked.split())


def _refusal(refused: Refused) -> Response:
    text = str(refused)
    body = {
        "statusCode": refused.status,
        "message": refused.code if refused.status == HTTPStatus.UNAUTHORIZED else text,
        "errors": [{"code": refused.code, "message": text}],
        "error": refused.code,
        "error_description": text,
    }
    return JSONResponse(body, status_code=refused.status)

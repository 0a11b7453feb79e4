"""The routes of the Origin Connect API."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from trueup.sandbox.calls import decoded
from trueup.sandbox.origin.batches import poll, settle, submit
from trueup.sandbox.origin.commands import COMMANDS, Command, attempt, items_of
from trueup.sandbox.origin.envelope import Code, Done, Echo, Failed, Outcome, failure, invalid, success
from trueup.sandbox.origin.search import search
from trueup.sandbox.settings import Settings
from trueup.sandbox.world import Sandbox, world_of

PREFIXES = ("/connect/v1", "/equinox/connect/v1")
"""The documented start of every path, without and with the prefix of the only absolute URL (section 1)."""

_CALLBACKS = {
    "pooling": ("poolingCallback",),
    "both": ("poolingCallback", "pollingCallback"),
    "polling": ("pollingCallback",),
}
"""The names of the member with the URL of the result; the documentation misspells it (section 11, row 2)."""

Endpoint = Callable[[Request], Awaitable[Response]]
Service = Callable[[Request, str, object], Outcome]
"""Executes a request in a world; the last argument is the decoded body."""


def routes(sandbox: Sandbox) -> list[Route]:
    """Return the routes of version 1: certifications, results, and the check of a token."""
    services: list[tuple[str, str, Endpoint]] = [
        ("POST", "/certifications/search", _posted(sandbox, _search(sandbox))),
        ("GET", "/result/{command}/batch/{batch}", _result(sandbox)),
        ("GET", "/check", _check(sandbox)),
        ("POST", "/check", _check(sandbox)),
    ]
    for command in COMMANDS.values():
        path = "/" + command.name.replace("_", "/")
        services += [
            ("POST", path, _posted(sandbox, _now(sandbox, command))),
            ("POST", f"/async{path}", _posted(sandbox, _later(sandbox, command))),
        ]
    return [
        Route(prefix + path, endpoint, methods=[method]) for prefix in PREFIXES for method, path, endpoint in services
    ]


def _posted(sandbox: Sandbox, service: Service) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        body = _decoded(await request.body())
        echo = {"connectRequest": None if isinstance(body, Failed) else body}
        refused = _refused(request, sandbox.settings)
        if refused is not None:
            return failure(*refused, echo, sandbox.settings)
        # After the check of the token: a refused request must change nothing.
        settle(sandbox, world_of(request))
        outcome = body if isinstance(body, Failed) else service(request, world_of(request), body)
        return _answer(outcome, sandbox.settings, echo)

    return endpoint


def _search(sandbox: Sandbox) -> Service:
    return lambda _, world, body: search(sandbox, world, body)


def _now(sandbox: Sandbox, command: Command) -> Service:
    def service(_: Request, world: str, body: object) -> Outcome:
        with sandbox.store.transaction():
            made = attempt(sandbox, world, command, body)
            made.records.commit(sandbox.clock.now())
        return made.outcome

    return service


def _later(sandbox: Sandbox, command: Command) -> Service:
    def service(request: Request, world: str, body: object) -> Outcome:
        if sandbox.settings.origin_async_validation == "submit":
            made = attempt(sandbox, world, command, body)
            if isinstance(made.outcome, Failed):
                return made.outcome
        items = items_of(sandbox, body)
        if isinstance(items, Failed):
            return items
        batch_id = submit(sandbox, world, command, body)
        # Without a delay the batch is due at once.
        settle(sandbox, world)
        # From the URL of the request, so that the client finds this sandbox and world whatever its address is.
        base = request.url.path.partition("/async/")[0]
        callback = request.url.replace(path=f"{base}/result/{command.name}/batch/{batch_id}", query="")
        return Done(dict.fromkeys(_CALLBACKS[sandbox.settings.origin_callback], str(callback)))

    return service


def _result(sandbox: Sandbox) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        refused = _refused(request, sandbox.settings)
        if refused is not None:
            return failure(*refused, {}, sandbox.settings)
        settle(sandbox, world_of(request))
        names = request.path_params
        return _answer(poll(sandbox, world_of(request), names["command"], names["batch"]), sandbox.settings, {})

    return endpoint


def _check(sandbox: Sandbox) -> Endpoint:
    """Return the endpoint of Check; its path and body are not documented, so they are assumptions (section 12)."""

    async def endpoint(request: Request) -> Response:
        refused = _refused(request, sandbox.settings)
        settings = sandbox.settings
        return success({}, {}, settings) if refused is None else failure(*refused, {}, settings)

    return endpoint


def _refused(request: Request, settings: Settings) -> tuple[Failed, int] | None:
    """Return the failure and the HTTP status for a token that is not accepted, else None."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    known = not settings.origin_tokens or token in settings.origin_tokens
    if scheme.lower() != "bearer" or not token.strip() or not known:
        return Failed(Code.UNAUTHORISED, ("require a valid access token.",)), 401
    if token in settings.origin_forbidden_tokens:
        return Failed(
            Code.UNAUTHORISED, ("the access token does not allow this service.",)
        ), settings.origin_forbidden_status
    return None


def _answer(outcome: Outcome, settings: Settings, echo: Echo) -> Response:
    match outcome:
        case Done(result):
            return success(result, echo, settings)
        case Failed(code):
            # Inferred: the page of error codes has no HTTP statuses (origin-api.md section 9).
            statuses = {Code.INVALID: 400, Code.UNEXPECTED: 500, Code.LIMIT: settings.origin_limit_status}
            return failure(outcome, statuses[code], echo, settings)


def _decoded(raw: bytes) -> Any:
    """Return the JSON value of a body, or Failed if it is not JSON."""
    try:
        return decoded(raw)
    except ValueError:
        return invalid(("the request is not valid JSON.",))

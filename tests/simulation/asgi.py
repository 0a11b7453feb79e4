"""Pass requests to the sandbox's app; lost answers become httpx's own errors.

Does what :class:`trueup.sandbox.server.SandboxTransport` does in half the time, which is what a simulation needs.
"""

import httpx
from starlette.types import ASGIApp, Message

from trueup.sandbox.calls import Lost, NeverReached, TooLate


async def carry(app: ASGIApp, request: httpx.Request) -> httpx.Response:
    """Return the app's answer; raises ConnectError, ReadTimeout or ReadError where a fault loses it."""
    path, _, query = request.url.raw_path.partition(b"?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": path,
        "root_path": "",
        "query_string": query,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "server": (request.url.host, request.url.port),
        "client": ("127.0.0.1", 1),
        "state": {"patience": request.extensions.get("timeout", {}).get("read")},
    }
    start: Message = {}
    body = bytearray()

    async def receive() -> Message:
        return {"type": "http.request", "body": request.content, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            body.extend(message.get("body", b""))

    try:
        await app(scope, receive, send)
    except NeverReached:
        raise httpx.ConnectError("All connection attempts failed", request=request) from None
    except TooLate:
        raise httpx.ReadTimeout("The answer took too long", request=request) from None
    except Lost:
        raise httpx.ReadError("The connection was closed", request=request) from None
    return httpx.Response(start["status"], headers=start["headers"], content=bytes(body), request=request)

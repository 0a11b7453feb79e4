"""What a served sandbox refuses before either platform sees it."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from trueup.sandbox.middleware import LoopbackGuard

HERE = "http://127.0.0.1:8700"
PATHS = ["/", "/connectors/drafts", "/equinox/connect/v1/certifications/search", "/_sandbox/state", "/worlds/x/"]


def ask(
    headers: Sequence[tuple[str, str]] | Mapping[str, str], content: bytes | list[bytes] = b"", path: str = "/"
) -> tuple[int, list[int]]:
    """Return the status, and the sizes of the bodies that an app behind a limit of 10 bytes received."""
    seen: list[int] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(len((await receive())["body"]))
        await PlainTextResponse("served")(scope, receive, send)

    async def parts() -> AsyncIterator[bytes]:
        for part in [content] if isinstance(content, bytes) else content:
            yield part

    async def run() -> int:
        transport = httpx.ASGITransport(app=LoopbackGuard(app, most_body=10))
        async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
            body = content if isinstance(content, bytes) else parts()
            return (await client.post(path, headers=headers, content=body)).status_code

    return asyncio.run(run()), seen


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:1", "localhost:65535", "LOCALHOST", "[::1]", "[::1]:8700"])
def test_this_machine_by_any_of_its_names_is_served(host: str) -> None:
    assert ask({"host": host}) == (200, [0])
    assert ask({"host": host, "origin": f"http://{host}"}) == (200, [0])


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "127.0.0.2", "", "[::1]x", "a@localhost"],
)
def test_another_host_is_refused_for_every_path(host: str, path: str) -> None:
    assert ask({"host": host}, path=path) == (421, [])


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "", "http://localhost:3000", "https://localhost", "http://localhost.evil"],
)
def test_a_page_of_another_origin_is_refused(origin: str, path: str) -> None:
    assert ask({"host": "localhost", "origin": origin}, path=path) == (403, [])


def test_two_hosts_or_two_origins_are_refused() -> None:
    assert ask([("host", "localhost"), ("host", "evil.example")]) == (421, [])
    twice = [("host", "localhost"), ("origin", "http://localhost"), ("origin", "http://evil.example")]
    assert ask(twice) == (403, [])


def test_a_body_is_bounded_whether_its_length_is_given_or_not() -> None:
    assert ask({}, b"x" * 10) == (200, [10])
    assert ask({}, b"x" * 11) == (413, [])
    assert ask({}, [b"x" * 5, b"x" * 5]) == (200, [10])
    assert ask({}, [b"x" * 5] * 3) == (413, [])


def test_a_length_that_is_not_a_usual_number_is_refused() -> None:
    assert ask({"content-length": "9" * 5000}) == (413, [])

"""Connections are reused, carry one request at a time, and stay usable however a request ends."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import httpx
import pytest

from trueup.platforms.address import TargetUrl, path_segment
from trueup.platforms.certificates import ssl_context
from trueup.platforms.failures import Lost
from trueup.platforms.transport import Answer, Network, Sender, SyncClient
from unit.platforms.doubles import FakeClock, quick_settings

pytestmark = pytest.mark.process

BODY = b'{"a": 1}'
CERTIFICATES = ssl_context({})


@dataclass
class Server:
    """Answer every request, and remember targets and connections."""

    waits: int = 0
    """Iterations of the event loop that an answer takes."""
    connections: int = 0
    targets: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.targets.append(head.split()[1])
                for _ in range(self.waits):
                    await asyncio.sleep(0)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


def against(server: Server, use: Callable[[Sender, str], Awaitable[None]], *, limit: int = 1000) -> None:
    async def run() -> None:
        listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        async with Network(CERTIFICATES, {}) as network:
            settings = replace(quick_settings(), body_limit=limit)
            await use(Sender(network.route, FakeClock(), settings), url)
        listener.close()
        for _ in range(20):
            await asyncio.sleep(0)

    asyncio.run(run())


def test_sequential_requests_use_one_connection() -> None:
    async def use(sender: Sender, url: str) -> None:
        for _ in range(6):
            assert (await sender.send("GET", url, ())).body == BODY

    server = Server()
    against(server, use)
    assert (server.connections, len(server.targets)) == (1, 6)


def test_as_many_connections_are_made_as_requests_may_be_under_way() -> None:
    async def use(sender: Sender, url: str) -> None:
        await asyncio.gather(*(sender.send("GET", url, ()) for _ in range(40)))

    server = Server()
    against(server, use)
    assert (server.connections, len(server.targets)) == (quick_settings().concurrency, 40)


def test_a_too_large_answer_does_not_affect_later_ones() -> None:
    async def use(sender: Sender, url: str) -> None:
        for _ in range(3):
            with pytest.raises(Lost, match="larger than 3 bytes"):
                await sender.send("GET", url, ())

    server = Server()
    against(server, use, limit=3)
    assert len(server.targets) == 3


def test_a_request_cancelled_at_any_moment_leaves_the_sender_usable() -> None:
    async def use(sender: Sender, url: str) -> None:
        ends = set()
        for moment in range(60):
            task = asyncio.create_task(sender.send("GET", url, ()))
            for _ in range(moment):
                await asyncio.sleep(0)
            task.cancel()
            (end,) = await asyncio.gather(task, return_exceptions=True)
            ends.add(type(end))
            # As many as there are places: none was lost with the request.
            answers = await asyncio.gather(*(sender.send("GET", url, ()) for _ in range(5)))
            assert {answer.body for answer in answers} == {BODY}
        assert ends == {asyncio.CancelledError, Answer}

    against(Server(waits=5), use)


@pytest.mark.parametrize("key", ["a/b", "100%", "%2F", "ü ~'()*", "a+b&c=d;e,f", "%zz"])
def test_the_path_and_the_query_arrive_as_they_were_quoted(key: str) -> None:
    target = f"/connectors/drafts/key={path_segment(key)}?where={path_segment(key)}&x=%2f%7E"

    async def use(sender: Sender, url: str) -> None:
        await sender.send("GET", TargetUrl(url).url(target), ())

    server = Server()
    against(server, use)
    assert server.targets == [target]


def answering(response: httpx.Response | Exception) -> SyncClient:
    def answer(request: httpx.Request) -> httpx.Response:
        if isinstance(response, Exception):
            raise response
        return response

    transport = httpx.MockTransport(answer)
    return SyncClient("https://api.test/v3", {"Authorization": "Bearer t"}, timeout=1, limit=100, transport=transport)


@pytest.mark.parametrize(
    "response",
    [httpx.Response(200, content=b"x" * 101), httpx.ReadTimeout(""), httpx.RemoteProtocolError(""), OSError()],
)
def test_without_a_usable_answer_a_sync_request_returns_none(
    response: httpx.Response | Exception,
) -> None:
    assert answering(response).send("GET", "/a") is None


def test_a_sync_request_returns_a_redirect() -> None:
    answer = answering(httpx.Response(302, headers={"Location": "https://evil.test"})).send("GET", "/a")
    assert answer is not None
    assert answer.status == 302


def test_the_sync_client_refuses_unusable_values() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200))
    for url, token in (("https://api.test:port", "t"), ("https://a\x00", "t"), ("https://api.test", "ü")):
        with pytest.raises(ValueError, match=r"."):
            SyncClient(url, {"Authorization": token}, timeout=1, limit=100, transport=transport)

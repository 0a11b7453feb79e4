"""Real connections to a server on loopback that breaks them on purpose, and proxies."""

import asyncio
import gzip
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from traceback import format_exception

import pytest

from trueup.errors import OutcomeUnknown, Unavailable, UsageError
from trueup.model.action import Delete
from trueup.model.identity import ConnectTarget
from trueup.model.live import Live, Unreadable
from trueup.platforms.credentials import masked
from trueup.platforms.open import Platforms, open_platforms
from trueup.platforms.proxy import proxy_for
from unit.platforms.doubles import AT, ENV, FakeClock, connector, quick_settings

pytestmark = pytest.mark.process

WANTED = connector("tax")
LIVE = Live(fields={}, remote_id="id-tax-0", version=3)
TOKEN = '{"access_token": "t", "expires_in": 1000}'

ME_MINE = "bWU6bWluZQ=="  # me:mine
DRAFT = '{"id": "id-tax-0", "key": "tax", "version": 3}'

Break = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Server:
    """Answer with tokens and drafts, and do ``trouble`` to every write."""

    def __init__(self, trouble: Break) -> None:
        self.trouble = trouble
        self.seen: list[str] = []
        self.heads: list[str] = []
        self.connections: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.connections.add(task)
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while True:
                await self.answer_one(reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def stop(self) -> None:
        for task in self.connections:
            task.cancel()
        await asyncio.gather(*self.connections, return_exceptions=True)

    async def answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
        await reader.readexactly(int(length[1]) if length else 0)
        method, path, _ = head.split("\r\n")[0].split()
        self.seen.append(f"{method} {path}")
        self.heads.append(head)
        if path == "/oauth/token":
            await answer(writer, TOKEN)
        elif method == "GET":
            await answer(writer, DRAFT)
        else:
            await self.trouble(writer)


async def answer(
    writer: asyncio.StreamWriter,
    body: str | bytes,
    *,
    length: int | None = None,
    status: str = "200 OK",
    more: str = "",
) -> None:
    content = body.encode() if isinstance(body, str) else body
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{more}"
    writer.write(f"{head}Content-Length: {length or len(content)}\r\n\r\n".encode() + content)
    await writer.drain()


async def closes(writer: asyncio.StreamWriter) -> None:
    writer.close()


async def resets(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def breaks_off(writer: asyncio.StreamWriter) -> None:
    await answer(writer, '{"id":', length=500)
    writer.close()


async def says_nonsense(writer: asyncio.StreamWriter) -> None:
    writer.write(b"SMTP ready\r\n\r\n")
    writer.close()


async def redirects(writer: asyncio.StreamWriter) -> None:
    await answer(writer, "{}", status="302 Found", more="Location: /elsewhere\r\nSet-Cookie: a=b\r\n")


async def refuses(writer: asyncio.StreamWriter) -> None:
    await answer(writer, "{}", status="407 Proxy Authentication Required")


async def compresses(writer: asyncio.StreamWriter) -> None:
    await answer(writer, gzip.compress(DRAFT.encode()), more="Content-Encoding: gzip\r\n")


async def claims_to_compress(writer: asyncio.StreamWriter) -> None:
    await answer(writer, DRAFT, more="Content-Encoding: gzip\r\n")


async def swells(writer: asyncio.StreamWriter) -> None:
    await answer(writer, gzip.compress(b" " * 100_000), more="Content-Encoding: gzip\r\n")


async def echoes_the_request(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nAuthorization Bearer secret-canary\r\n\r\n")
    await writer.drain()


async def is_silent(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


@asynccontextmanager
async def serving(trouble: Break) -> AsyncIterator[tuple[str, Server]]:
    server = Server(trouble)
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}", server
    finally:
        listener.close()
        await server.stop()


@asynccontextmanager
async def reaching(api_url: str, auth_url: str) -> AsyncIterator[Platforms]:
    target = ConnectTarget(name="eu", api_url=api_url, auth_url=auth_url, position=AT)
    settings = replace(quick_settings(), read_timeout=0.3, body_limit=50_000)
    environ = {**os.environ, **ENV}
    async with open_platforms({"eu": target}, env=environ, clock=FakeClock(), settings=settings) as platforms:
        yield platforms


async def read() -> object:
    async with serving(closes) as (url, _), reaching(url, url) as platforms:
        return await platforms.readers["eu"].read(WANTED)


async def unused_port() -> int:
    listener = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port: int = listener.sockets[0].getsockname()[1]
    listener.close()
    await listener.wait_closed()
    return port


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "*")


@pytest.mark.parametrize(
    "trouble", [closes, resets, breaks_off, says_nonsense, is_silent, redirects, claims_to_compress]
)
@pytest.mark.parametrize("verb", ["POST", "DELETE"])
def test_a_connection_that_breaks_after_a_write_leaves_it_unknown_and_sent_once(trouble: Break, verb: str) -> None:
    async def run() -> list[str]:
        async with serving(trouble) as (url, server), reaching(url, url) as platforms:
            writer = platforms.writers["eu"]
            write = writer.process(WANTED, LIVE, Delete("old")) if verb == "DELETE" else writer.create(WANTED, {})
            with pytest.raises(OutcomeUnknown):
                await write
            return server.seen

    seen = asyncio.run(run())
    assert sum(line.startswith(f"{verb} /connectors") for line in seen) == 1
    assert not any("elsewhere" in line for line in seen)


def test_a_compressed_answer_is_read() -> None:
    async def run() -> object:
        async with serving(compresses) as (url, _), reaching(url, url) as platforms:
            return await platforms.writers["eu"].create(WANTED, {})

    live = asyncio.run(run())
    assert isinstance(live, Live)
    assert live.version == 3


def test_an_answer_that_decompresses_beyond_the_limit_is_refused() -> None:
    async def run() -> None:
        async with serving(swells) as (url, _), reaching(url, url) as platforms:
            await platforms.writers["eu"].create(WANTED, {})

    with pytest.raises(OutcomeUnknown, match=r"the answer of 127\.0\.0\.1:\d+ is larger than 50,000 bytes"):
        asyncio.run(run())


def test_a_request_over_the_network_has_the_usual_headers_and_no_cookie() -> None:
    async def run() -> list[str]:
        async with serving(redirects) as (url, server), reaching(url, url) as platforms:
            for _ in range(2):
                with pytest.raises(OutcomeUnknown):
                    await platforms.writers["eu"].create(WANTED, {})
            return server.heads

    for head in asyncio.run(run()):
        names = [line.partition(":")[0].lower() for line in head.strip().split("\r\n")[1:]]
        assert len(names) == len(set(names))
        assert {"authorization", "content-type", "x-correlation-id", "content-length", "host"} < set(names)
        assert re.search(r"(?im)^user-agent: trueup/\S+\r$", head)
        assert re.search(r"(?im)^accept: application/json\r$", head)
        assert re.search(r"(?im)^accept-encoding: gzip, deflate\r$", head)
        assert "cookie" not in names


def test_reads_use_real_connections() -> None:
    reading = asyncio.run(read())
    assert isinstance(reading, Live)
    assert reading.version == 3


def test_a_refused_connection_is_unavailable_for_writes_and_reads() -> None:
    async def run() -> object:
        nowhere = f"http://127.0.0.1:{await unused_port()}"
        async with serving(closes) as (url, _), reaching(nowhere, url) as platforms:
            with pytest.raises(Unavailable, match=r"no connection to 127\.0\.0\.1:\d+: Connection refused"):
                await platforms.writers["eu"].create(WANTED, {})
            return await platforms.readers["eu"].read(WANTED)

    reading = asyncio.run(run())
    assert isinstance(reading, Unreadable)
    assert isinstance(reading.error, Unavailable)


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"])
@pytest.mark.parametrize("named", ["127.0.0.1", "localhost"])
def test_plain_http_to_this_machine_uses_no_proxy(monkeypatch: pytest.MonkeyPatch, variable: str, named: str) -> None:
    async def run() -> tuple[object, list[str]]:
        async with serving(closes) as (url, _), serving(refuses) as (proxy_url, proxy):
            monkeypatch.setenv(variable, proxy_url.replace("//", "//me:mine@"))
            here = url.replace("127.0.0.1", named)
            async with reaching(here, here) as platforms:
                return await platforms.readers["eu"].read(WANTED), proxy.heads

    direct_to_nobody(monkeypatch)
    reading, heads = asyncio.run(run())
    assert isinstance(reading, Live)
    assert heads == []


def test_a_proxy_that_refuses_leaves_a_write_unsent(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> list[str]:
        async with serving(closes) as (url, server), serving(refuses) as (proxy_url, proxy):
            monkeypatch.setenv("HTTPS_PROXY", proxy_url.replace("//", "//me:mine@"))
            place = proxy_url.removeprefix("http://")
            expected = f"no connection to connect.test:443 through the proxy {place}: the proxy refused with HTTP 407$"
            async with reaching("https://connect.test", url) as platforms:
                with pytest.raises(Unavailable, match=expected):
                    await platforms.writers["eu"].create(WANTED, {})
            assert server.seen == ["POST /oauth/token"]
            return proxy.heads

    direct_to_nobody(monkeypatch)
    (head,) = asyncio.run(run())
    assert head.startswith("CONNECT connect.test:443")
    assert f"Proxy-Authorization: Basic {ME_MINE}" in head
    assert "Bearer" not in head


def direct_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        for spelled in (name, name.lower()):
            monkeypatch.delenv(spelled, raising=False)


def test_the_environment_names_proxies_and_exceptions(monkeypatch: pytest.MonkeyPatch) -> None:
    direct_to_nobody(monkeypatch)
    monkeypatch.setenv("NO_PROXY", "direct.test")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.test:3128")
    proxy = proxy_for("https", "origin.test")
    assert proxy is not None
    assert (proxy.url.reveal(), proxy.place, proxy.secrets) == ("http://proxy.test:3128", "proxy.test:3128", ())
    assert proxy_for("https", "direct.test") is None


def test_a_proxy_without_a_scheme_is_an_http_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    direct_to_nobody(monkeypatch)
    monkeypatch.setenv("HTTPS_PROXY", "proxy.test:3128")
    proxy = proxy_for("https", "origin.test")
    assert proxy is not None
    assert proxy.url.reveal() == "http://proxy.test:3128"


@pytest.mark.parametrize(
    "url",
    ["socks5://me:mine@proxy.test:1", "http://me:mine@", "http://me:mine@proxy.test:port", "http://me:mine@pro xy"],
)
def test_an_unusable_proxy_is_a_usage_error_and_not_shown(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    direct_to_nobody(monkeypatch)
    monkeypatch.setenv("ALL_PROXY", url)
    with pytest.raises(UsageError, match=r"^The proxy in ALL_PROXY cannot be used: ") as raised:
        proxy_for("https", "origin.test")
    assert "mi" not in str(raised.value).removeprefix("The proxy in ALL_PROXY cannot be used: ")


def test_the_secrets_of_a_proxy_are_masked_in_every_form(monkeypatch: pytest.MonkeyPatch) -> None:
    direct_to_nobody(monkeypatch)
    monkeypatch.setenv("HTTPS_PROXY", "http://me:p%40ss%2Fword@proxy.test:3128")
    proxy = proxy_for("https", "origin.test")
    assert proxy is not None
    text = "p@ss/word p%40ss%2Fword Basic bWU6cEBzcy93b3Jk"
    assert masked(text, proxy.secrets) == "*** *** Basic ***"


@pytest.mark.parametrize("trouble", [echoes_the_request, closes, resets, breaks_off, says_nonsense, claims_to_compress])
def test_the_text_of_a_failure_contains_none_of_the_library(trouble: Break) -> None:
    async def run() -> str:
        async with serving(trouble) as (url, _), reaching(url, url) as platforms:
            with pytest.raises(OutcomeUnknown) as raised:
                await platforms.writers["eu"].create(WANTED, {})
            return "".join(format_exception(raised.value))

    text = asyncio.run(run())
    assert "secret-canary" not in text
    assert "httpx" not in text


def test_credentials_of_a_netrc_file_are_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "netrc"
    file.write_text("default login me password mine\n")
    monkeypatch.setenv("NETRC", str(file))
    assert isinstance(asyncio.run(read()), Live)

import asyncio
from dataclasses import replace

import httpx
import pytest

from trueup.errors import InvalidInput, UnexpectedAnswer, UsageError
from trueup.model.identity import ConnectTarget, OriginTarget, Targets
from trueup.model.live import Live
from trueup.platforms.address import TargetUrl
from trueup.platforms.auth import StaticBearer
from trueup.platforms.client import Call, PlatformClient
from trueup.platforms.connect.errors import ConnectErrors
from trueup.platforms.credentials import Secret
from trueup.platforms.open import open_platforms
from trueup.platforms.transport import Route, Sender
from unit.platforms.doubles import (
    AT,
    CONNECT,
    ENV,
    ORIGIN,
    FakeClock,
    Network,
    certification,
    connector,
    draft,
    granted,
    in_turn,
    quick_settings,
    success,
)


def opening(*targets: ConnectTarget | OriginTarget) -> None:
    async def run() -> None:
        async with Network(in_turn(httpx.Response(500))).open(*targets):
            pass

    asyncio.run(run())


@pytest.mark.parametrize(
    "target",
    [
        replace(CONNECT, api_url="http://connect.test"),
        replace(CONNECT, auth_url="http://auth.test"),
        replace(ORIGIN, base_url="ftp://origin.test"),
        replace(ORIGIN, base_url="https://me:secret@origin.test"),
    ],
)
def test_credentials_are_not_sent_to_an_insecure_address(target: ConnectTarget | OriginTarget) -> None:
    with pytest.raises(InvalidInput) as raised:
        opening(target)
    assert [(d.code, d.position) for d in raised.value.diagnostics] == [("insecure-url", AT)]


def test_each_target_has_its_own_reader_and_writer() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            return granted()
        if request.url.host == "origin.test":
            return success({"data": [{"externalId": "A", "originId": "1"}]})
        return httpx.Response(200, json=draft("tax"))

    async def run() -> list[object]:
        async with Network(answer).open(CONNECT, ORIGIN) as platforms:
            assert platforms.readers.keys() == platforms.writers.keys() == {"eu", "origin"}
            wanted = {"eu": connector("tax"), "origin": certification("A")}
            return [await reader.read(wanted[name]) for name, reader in platforms.readers.items()]

    assert [type(reading) for reading in asyncio.run(run())] == [Live, Live]


def test_opening_sends_nothing() -> None:
    network = Network(in_turn(httpx.Response(500)))

    async def run() -> None:
        async with network.open(CONNECT, ORIGIN):
            pass

    asyncio.run(run())
    assert network.requests == []


@pytest.mark.parametrize("target", [CONNECT, ORIGIN])
def test_an_unusable_proxy_is_a_usage_error_before_the_first_read(
    target: ConnectTarget | OriginTarget,
) -> None:
    environ = {**ENV, "https_proxy": "socks5://proxy.test:1080"}

    async def run() -> None:
        async with open_platforms({target.name: target}, env=environ, clock=FakeClock()):
            pass

    with pytest.raises(UsageError, match="it is a SOCKS proxy"):
        asyncio.run(run())


def test_a_sandbox_target_ignores_its_addresses() -> None:
    seen = []

    class Embedded:
        def __init__(self) -> None:
            self.transport = httpx.MockTransport(self.answer)

        def base_url(self, world: str) -> str:
            return f"http://sandbox/worlds/{world}"

        def answer(self, request: httpx.Request) -> httpx.Response:
            seen.append((request.url.path, request.headers["authorization"]))
            return granted() if "token" in request.url.path else httpx.Response(404)

    targets: Targets = {"eu": replace(CONNECT, sandbox=True), "origin": replace(ORIGIN, sandbox=True)}

    async def run() -> None:
        async with open_platforms(
            targets, env=ENV, clock=FakeClock(), sandbox=Embedded(), settings=quick_settings()
        ) as platforms:
            await platforms.readers["eu"].read(connector("tax"))
            await platforms.readers["origin"].read(certification("A"))

    asyncio.run(run())
    assert [path for path, _ in seen] == [
        "/worlds/eu/oauth/token",
        "/worlds/eu/connectors/drafts/key=tax",
        "/worlds/origin/equinox/connect/v1/certifications/search",
    ]
    assert not any(secret in str(seen) for secret in ENV.values())


def test_a_path_that_leads_out_of_the_target_is_not_sent() -> None:
    network = Network(in_turn(httpx.Response(200, json={})))

    async def run() -> None:
        http = PlatformClient(
            name="eu",
            address=TargetUrl("https://connect.test/inside"),
            bearer=StaticBearer(Secret("token")),
            sender=Sender(lambda _: Route(lambda: httpx.MockTransport(network)), FakeClock(), quick_settings()),
            errors=ConnectErrors(),
        )
        await http.read(Call(method="GET", path="/../outside", purpose="read"))

    with pytest.raises(UnexpectedAnswer, match="is outside of"):
        asyncio.run(run())
    assert network.requests == []

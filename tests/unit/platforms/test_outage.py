"""A server that is down: how many requests that costs in all, and what is reported."""

import asyncio
from collections.abc import Sequence

import httpx
import pytest

from trueup.errors import Unavailable
from trueup.model.identity import ConnectTarget, OriginTarget
from trueup.model.live import Live, Reading, Unreadable
from trueup.model.reader import ReadAll, Reader
from unit.platforms.doubles import CONNECT, ORIGIN, Network, certification, connector, draft, granted, html, in_turn

TAX = connector("tax")
REFUSED = httpx.ConnectError("refused")
MANY = 300
SILENT = [REFUSED, httpx.ReadTimeout(""), httpx.RemoteProtocolError(""), html(502), html(503), html(504)]


def unreadable(reading: Reading) -> Unavailable:
    assert isinstance(reading, Unreadable)
    assert isinstance(reading.error, Unavailable)
    return reading.error


async def one_by_one(reader: Reader) -> Sequence[Reading]:
    return [await reader.read(connector(f"key-{number}")) for number in range(MANY)]


async def side_by_side(reader: Reader) -> Sequence[Reading]:
    return await asyncio.gather(*(reader.read(connector(f"key-{number}")) for number in range(MANY)))


@pytest.mark.parametrize("trouble", SILENT)
def test_in_sequence_a_server_that_is_down_costs_the_requests_of_one_resource(
    trouble: httpx.Response | Exception,
) -> None:
    network = Network(in_turn(trouble))
    network.reading(one_by_one)
    asked = [path for path in network.paths if "token" not in path]
    attempts = network.settings.connect_attempts if trouble is REFUSED else network.settings.read_attempts
    assert len(asked) == attempts


@pytest.mark.parametrize("trouble", SILENT)
def test_concurrently_a_server_that_is_down_costs_one_round_per_attempt(trouble: httpx.Response | Exception) -> None:
    network = Network(in_turn(trouble))
    network.reading(side_by_side)
    asked = [path for path in network.paths if "token" not in path]
    assert len(asked) <= network.settings.concurrency * network.settings.read_attempts


def test_the_cause_names_host_and_port_and_is_the_same_for_every_resource() -> None:
    readings = Network(in_turn(REFUSED)).reading(one_by_one)
    messages = {str(unreadable(reading)) for reading in readings}
    assert messages == {"eu is down: no connection to connect.test:443: the connection failed"}
    assert all(unreadable(reading).down for reading in readings)


@pytest.mark.parametrize("target", [CONNECT, ORIGIN])
def test_reading_all_costs_a_bounded_number_of_requests(target: ConnectTarget | OriginTarget) -> None:
    network = Network(in_turn(REFUSED))
    wanted = [connector(f"k-{n}") if target is CONNECT else certification(f"k-{n}") for n in range(MANY)]

    async def read(reader: Reader) -> ReadAll:
        return await reader.read_all(wanted)

    answer = network.reading(read, target)
    assert len({str(unreadable(reading)) for reading in answer.readings.values()}) == 1
    assert len(network.requests) <= network.settings.concurrency * network.settings.connect_attempts + 1


def test_a_token_host_that_is_down_is_named() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "auth.test":
            raise REFUSED
        raise AssertionError(request.url)

    network = Network(answer)
    readings = network.reading(one_by_one)
    assert {str(unreadable(r)) for r in readings} == {
        "eu is down: no token: no connection to auth.test:443: the connection failed"
    }
    assert len(network.requests) == network.settings.connect_attempts


def test_a_server_that_is_down_is_checked_again_after_a_while() -> None:
    back = False

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            return granted()
        if not back:
            raise REFUSED
        return httpx.Response(200, json=draft("tax"))

    network = Network(answer)

    async def use(reader: Reader) -> None:
        nonlocal back
        unreadable(await reader.read(TAX))
        before = len(network.requests)
        network.clock.time += network.settings.outage_seconds - 1
        unreadable(await reader.read(TAX))
        assert len(network.requests) == before
        network.clock.time += 1
        unreadable(await reader.read(TAX))
        assert len(network.requests) == before + 1
        back = True
        unreadable(await reader.read(TAX))
        network.clock.time += network.settings.outage_seconds
        assert isinstance(await reader.read(TAX), Live)
        assert isinstance(await reader.read(TAX), Live)

    network.reading(use)


def test_a_server_that_answers_in_between_is_not_down() -> None:
    answers: list[httpx.Response | Exception] = [REFUSED, REFUSED, httpx.Response(200, json=draft("tax"))]
    network = Network(in_turn(*answers * 5))

    async def use(reader: Reader) -> None:
        for _ in range(5):
            assert isinstance(await reader.read(TAX), Live)

    network.reading(use)
    assert sum("token" not in path for path in network.paths) == 15


def test_one_failed_round_counts_once() -> None:
    failing = 4
    all_there = asyncio.Event()

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal failing
        if request.url.path == "/oauth/token":
            return granted()
        if failing:
            failing -= 1
            if not failing:
                all_there.set()
            await all_there.wait()
            raise REFUSED
        return httpx.Response(200, json=draft("tax"))

    async def use(reader: Reader) -> list[Reading]:
        return await asyncio.gather(*(reader.read(TAX) for _ in range(4)))

    assert all(isinstance(reading, Live) for reading in Network(answer).reading(use))

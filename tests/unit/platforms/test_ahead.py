"""Readers that are told before time what will be asked for."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trueup.model.live import Live
from trueup.model.reader import ReadAll, Wanted
from trueup.model.target import ConnectTarget, OriginTarget
from unit.platforms.doubles import (
    CONNECT,
    Network,
    Organization,
    connector,
    draft,
    html,
    in_turn,
)


def organization(size: int) -> Organization:
    return Organization([draft(f"k{number}") for number in range(size)])


def read(
    network: Network,
    wanted: Sequence[Wanted],
    *,
    told: Sequence[Wanted] = (),
    turns: Mapping[int, int] | None = None,
    target: ConnectTarget | OriginTarget = CONNECT,
) -> ReadAll:
    """Tell the reader some before it is asked; ``turns`` is how often the loop turns after so many were told."""

    async def run() -> ReadAll:
        complaints: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        async with network.open(target) as platforms:
            for number, item in enumerate(told):
                platforms.ahead[target.name].expect(item)
                for _ in range((turns or {}).get(number, 0)):
                    await asyncio.sleep(0)
            answer = await platforms.readers[target.name].read_all(wanted)
        assert not complaints
        return answer

    return asyncio.run(run())


def asked(network: Network) -> Counter[str]:
    return Counter(f"{request.method} {request.url}" for request in network.requests)


@given(st.data())
def test_what_is_told_before_time_changes_neither_the_answer_nor_the_requests(data: st.DataObject) -> None:
    size = data.draw(st.sampled_from([0, 1, 3, 499, 500, 501, 1200, 2600]), label="drafts")
    numbers = st.integers(0, size + 5)
    wanted = data.draw(st.lists(numbers, max_size=12, unique=True) | st.just(list(range(size + 3))), label="wanted")
    told = data.draw(st.permutations(wanted[:40]), label="told")
    told = told[: data.draw(st.integers(0, len(told)), label="how many")]
    turns = data.draw(st.dictionaries(st.integers(0, 40), st.integers(1, 60), max_size=4), label="turns")
    plain, early = Network(organization(size)), Network(organization(size))
    expected = read(plain, [connector(f"k{number}") for number in wanted])
    answer = read(
        early,
        [connector(f"k{number}") for number in wanted],
        told=[connector(f"k{number}") for number in told],
        turns=turns,
    )
    assert answer == expected
    assert asked(early) == asked(plain)


def test_a_listing_begins_with_the_second_key_and_goes_on_when_more_are_lacking_than_pages_are_left() -> None:
    network = Network(organization(1200))

    async def run() -> list[int]:
        async with network.open(CONNECT) as platforms:
            ahead, counts = platforms.ahead["eu"], []
            for key in ("k1", "k2", "k700", "k701"):
                ahead.expect(connector(key))
                for _ in range(200):
                    await asyncio.sleep(0)
                counts.append(len(network.requests))
            return counts

    # A token and the first page with the second key; two pages are left, and the fourth key is the second that lacks.
    assert asyncio.run(run()) == [0, 2, 2, 4]


def test_a_single_key_among_those_told_is_still_read_by_key() -> None:
    network = Network(organization(1200))
    answer = read(network, [connector("k700")], told=[connector("k700")], turns={0: 100})
    assert isinstance(answer.readings[connector("k700").identity], Live)
    assert network.paths == ["POST /oauth/token", "GET /connectors/drafts/key=k700"]


def test_keys_that_were_told_and_are_not_asked_for_after_all_are_not_read() -> None:
    network = Network(organization(3))
    told = [connector("k0"), connector("k1"), connector("k2")]
    answer = read(network, [connector("k1")], told=told, turns={2: 100})
    assert list(answer.readings) == [connector("k1").identity]
    answer = read(Network(organization(3)), told[:2], told=told, turns={2: 100})
    assert list(answer.readings) == [item.identity for item in told[:2]]
    assert answer.unmanaged == 1


@pytest.mark.parametrize("turns", [0, 1, 5, 300])
def test_what_was_begun_and_is_not_asked_for_is_given_up_without_a_word(turns: int) -> None:
    async def run(target: ConnectTarget | OriginTarget, wanted: Sequence[Wanted]) -> None:
        complaints: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        async with Network(in_turn(html(502))).open(target) as platforms:
            for item in wanted:
                platforms.ahead[target.name].expect(item)
            for _ in range(turns):
                await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert not complaints

    asyncio.run(run(CONNECT, [connector("a"), connector("b")]))


def test_a_reader_that_was_told_can_be_asked_again() -> None:
    async def run() -> list[ReadAll]:
        async with Network(organization(5)).open(CONNECT) as platforms:
            wanted = [connector("k1"), connector("k2")]
            for item in wanted:
                platforms.ahead["eu"].expect(item)
            return [await platforms.readers["eu"].read_all(wanted) for _ in range(2)]

    first, second = asyncio.run(run())
    assert first == second

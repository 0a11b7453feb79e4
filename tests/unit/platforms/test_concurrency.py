import asyncio
from dataclasses import dataclass, field

import pytest

from trueup.errors import Unavailable
from trueup.platforms.concurrency import Throttle, gather


class Visitors:
    """Count how many are inside at once."""

    def __init__(self, throttle: Throttle) -> None:
        self.throttle, self.inside, self.most = throttle, 0, 0

    async def visit(self) -> int:
        async with self.throttle.slot() as number:
            self.inside += 1
            self.most = max(self.most, self.inside)
            await asyncio.sleep(0)
            self.inside -= 1
            return number


async def all_visit(throttle: Throttle, times: int) -> Visitors:
    visitors = Visitors(throttle)
    await asyncio.gather(*(visitors.visit() for _ in range(times)))
    return visitors


def test_no_more_requests_than_the_limit_run() -> None:
    assert asyncio.run(all_visit(Throttle(3), 20)).most == 3


def test_one_round_of_throttled_requests_halves_the_limit_once() -> None:
    async def run() -> list[int]:
        throttle = Throttle(8)
        limits = []
        async with throttle.slot() as first, throttle.slot() as second:
            for number in (first, second):
                throttle.slower(number)
                limits.append(throttle.limit)
        async with throttle.slot() as third:
            throttle.slower(third)
        return [*limits, throttle.limit, (await all_visit(throttle, 10)).most]

    assert asyncio.run(run()) == [4, 4, 2, 2]


def test_the_limit_never_falls_below_one() -> None:
    async def run() -> int:
        throttle = Throttle(4)
        for _ in range(10):
            async with throttle.slot() as number:
                throttle.slower(number)
        return (await all_visit(throttle, 5)).most

    assert asyncio.run(run()) == 1


def test_other_answers_raise_the_limit_slowly_up_to_the_start() -> None:
    async def run() -> list[int]:
        throttle = Throttle(4)
        async with throttle.slot() as number:
            throttle.slower(number)
        limits = []
        for _ in range(12):
            throttle.faster()
            limits.append(throttle.limit)
        return limits

    limits = asyncio.run(run())
    assert limits[0] == 2
    assert limits == sorted(limits)
    assert limits[-1] == 4


@pytest.mark.parametrize("at", ["waiting", "woken"])
def test_a_cancelled_request_releases_its_place(at: str) -> None:
    async def run() -> int:
        throttle = Throttle(1)
        async with throttle.slot():
            late = asyncio.create_task(Visitors(throttle).visit())
            await asyncio.sleep(0)
            if at == "waiting":
                late.cancel()
        late.cancel()
        await asyncio.gather(late, return_exceptions=True)
        async with asyncio.timeout(1):
            return (await all_visit(throttle, 3)).most

    assert asyncio.run(run()) == 1


@dataclass
class Work:
    """Double a number after that many iterations of the event loop."""

    fails_at: int = -1
    under_way: int = 0
    most: int = 0
    begun: list[int] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)

    async def __call__(self, number: int) -> int:
        self.begun.append(number)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            for _ in range(number % 4):
                await asyncio.sleep(0)
            if number == self.fails_at:
                raise Unavailable("gone") from KeyError("why")
            await asyncio.sleep(0)
        finally:
            self.under_way -= 1
        self.ended.append(number)
        return 2 * number


@pytest.mark.parametrize("limit", [1, 3, 50])
def test_gathered_results_have_the_order_of_their_items_and_the_limit_holds(limit: int) -> None:
    work = Work()
    assert asyncio.run(gather(range(20), work, limit=limit)) == [2 * number for number in range(20)]
    assert work.begun == list(range(20))
    assert work.most == min(limit, 20)


def test_gathering_no_items_returns_an_empty_list() -> None:
    assert asyncio.run(gather([], Work(), limit=4)) == []


def test_the_first_failure_cancels_the_others_and_is_raised_unchanged() -> None:
    work = Work(fails_at=6)
    with pytest.raises(Unavailable, match="gone") as raised:
        asyncio.run(gather(range(50), work, limit=3))
    assert isinstance(raised.value.__cause__, KeyError)
    assert max(work.begun) < 12
    assert work.under_way == 0
    assert 6 not in work.ended


def test_a_cancelled_gather_cancels_its_tasks() -> None:
    work = Work()

    async def run() -> None:
        waiting = asyncio.create_task(gather(range(1000), work, limit=3))
        for _ in range(10):
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert waiting.cancelled()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(run())
    assert work.under_way == 0
    assert len(work.begun) < 100

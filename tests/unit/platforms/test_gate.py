import asyncio

import pytest

from trueup.platforms.gate import Gate


class Visitors:
    """Count how many are inside at once."""

    def __init__(self, gate: Gate) -> None:
        self.gate, self.inside, self.most = gate, 0, 0

    async def visit(self) -> int:
        async with self.gate.slot() as number:
            self.inside += 1
            self.most = max(self.most, self.inside)
            await asyncio.sleep(0)
            self.inside -= 1
            return number


async def all_visit(gate: Gate, times: int) -> Visitors:
    visitors = Visitors(gate)
    await asyncio.gather(*(visitors.visit() for _ in range(times)))
    return visitors


def test_no_more_than_the_limit_are_inside() -> None:
    assert asyncio.run(all_visit(Gate(3), 20)).most == 3


def test_one_round_of_complaints_halves_the_limit_once() -> None:
    async def run() -> list[int]:
        gate = Gate(8)
        limits = []
        async with gate.slot() as first, gate.slot() as second:
            for number in (first, second):
                gate.slower(number)
                limits.append(gate.limit)
        async with gate.slot() as third:
            gate.slower(third)
        return [*limits, gate.limit, (await all_visit(gate, 10)).most]

    assert asyncio.run(run()) == [4, 4, 2, 2]


def test_the_limit_never_falls_below_one() -> None:
    async def run() -> int:
        gate = Gate(4)
        for _ in range(10):
            async with gate.slot() as number:
                gate.slower(number)
        return (await all_visit(gate, 5)).most

    assert asyncio.run(run()) == 1


def test_good_answers_raise_the_limit_slowly_and_not_beyond_the_start() -> None:
    async def run() -> list[int]:
        gate = Gate(4)
        async with gate.slot() as number:
            gate.slower(number)
        limits = []
        for _ in range(12):
            gate.faster()
            limits.append(gate.limit)
        return limits

    limits = asyncio.run(run())
    assert limits[0] == 2
    assert limits == sorted(limits)
    assert limits[-1] == 4


@pytest.mark.parametrize("at", ["waiting", "woken"])
def test_a_cancelled_visitor_leaves_no_place_taken(at: str) -> None:
    async def run() -> int:
        gate = Gate(1)
        async with gate.slot():
            late = asyncio.create_task(Visitors(gate).visit())
            await asyncio.sleep(0)
            if at == "waiting":
                late.cancel()
        late.cancel()
        await asyncio.gather(late, return_exceptions=True)
        async with asyncio.timeout(1):
            return (await all_visit(gate, 3)).most

    assert asyncio.run(run()) == 1

"""Work done side by side, in order, until the first failure."""

import asyncio
from collections.abc import Sequence

import pytest

from trueup.errors import Unavailable
from trueup.platforms.side_by_side import side_by_side


def run(items: Sequence[int], *, workers: int, failing: int | None = None) -> tuple[list[int], list[str]]:
    """Double the items, the later ones faster; return the answers, and what began and ended when."""
    seen: list[str] = []

    async def double(number: int) -> int:
        seen.append(f"begin {number}")
        if number == failing:
            raise Unavailable("gone")
        for _ in range(20 - number):
            await asyncio.sleep(0)
        seen.append(f"end {number}")
        return 2 * number

    async def work() -> list[int]:
        try:
            return await side_by_side(items, double, workers=workers)
        finally:
            assert asyncio.all_tasks() == {asyncio.current_task()}

    try:
        return asyncio.run(work()), seen
    except Unavailable as error:
        return [], [*seen, str(error)]


def test_answers_come_in_the_order_of_the_items() -> None:
    assert run(range(9), workers=4)[0] == [0, 2, 4, 6, 8, 10, 12, 14, 16]
    assert run([], workers=4)[0] == []


@pytest.mark.parametrize("workers", [1, 2, 3, 99])
def test_no_more_are_under_way_than_allowed(workers: int) -> None:
    under_way = most = 0
    for event in run(range(9), workers=workers)[1]:
        under_way += 1 if event.startswith("begin") else -1
        most = max(most, under_way)
    assert most == min(workers, 9)


def test_after_a_failure_nothing_new_is_begun_and_the_failure_is_raised() -> None:
    _, seen = run(range(9), workers=2, failing=2)
    assert seen[-1] == "gone"
    assert seen[-1] == "gone"
    assert [event for event in seen if event.startswith("begin")] == ["begin 0", "begin 1", "begin 2"]


def test_a_failure_in_the_turn_in_which_another_ends_begins_nothing_new() -> None:
    begun: list[int] = []

    async def work(number: int) -> None:
        begun.append(number)
        await asyncio.sleep(0)
        if number == 0:
            raise Unavailable("gone")

    with pytest.raises(Unavailable):
        asyncio.run(side_by_side(range(9), work, workers=2))
    assert begun == [0, 1]

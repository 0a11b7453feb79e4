"""Do many things side by side and keep the answers in order."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


async def side_by_side(items: Iterable[T], work: Callable[[T], Awaitable[R]], *, workers: int) -> list[R]:
    """Return ``work(item)`` for every item, in the items' order, at most ``workers`` at a time.

    The first failure ends the others and is raised as it is.
    """
    left = deque(enumerate(items))
    answers: dict[int, R] = {}

    async def do() -> None:
        try:
            while left:
                place, item = left.popleft()
                answers[place] = await work(item)
        except BaseException:
            # The others may go on before they are cancelled, and must begin nothing new.
            left.clear()
            raise

    tasks = [asyncio.create_task(do()) for _ in range(min(workers, len(left)))]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
    return [answers[place] for place in range(len(answers))]

"""Do many things side by side and keep the answers in order."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from trueup.errors import PlatformError

T = TypeVar("T")
R = TypeVar("R")


async def side_by_side(items: Sequence[T], work: Callable[[T], Awaitable[R]], *, workers: int) -> list[R]:
    """Return ``work(item)`` for every item, in the items' order, at most ``workers`` at a time.

    The first :class:`~trueup.errors.PlatformError` ends the others and is raised as it is.
    """
    done: dict[int, R] = {}
    waiting = iter(enumerate(items))

    async def worker() -> None:
        for place, item in waiting:
            done[place] = await work(item)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(workers, len(items))):
                group.create_task(worker())
    except BaseExceptionGroup as failures:
        platform = failures.subgroup(PlatformError)
        if platform is None or failures.split(PlatformError)[1] is not None:
            raise
        raise _first(platform) from None
    return [done[place] for place in range(len(items))]


def _first(group: BaseExceptionGroup[PlatformError]) -> PlatformError:
    inner = group.exceptions[0]
    return inner if isinstance(inner, PlatformError) else _first(inner)

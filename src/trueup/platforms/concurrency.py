"""Run requests concurrently within a limit, and lower the limit while a platform throttles."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Final, TypeVar

_T = TypeVar("_T")
R = TypeVar("R")

LOWEST_LIMIT: Final = 1.0
"""Requests that may always be under way: with none, no answer could raise the limit again."""


async def gather(items: Iterable[_T], work: Callable[[_T], Awaitable[R]], *, limit: int) -> list[R]:
    """Return ``work(item)`` for every item, in the items' order, with at most ``limit`` running at a time.

    Items are started in their order. The first failure cancels the others and is raised unchanged, not as a group.
    """
    numbered = list(enumerate(items))
    results: dict[int, R] = {}
    # All workers share one iterator: each takes the next item when it is free. A task for every item would hold
    # thousands of tasks in memory to run ten.
    remaining = iter(numbered)

    async def worker() -> None:
        for number, item in remaining:
            results[number] = await work(item)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(limit, len(numbered))):
                group.create_task(worker())
    except ExceptionGroup as failures:
        # With its own cause: otherwise the traceback would also show the group.
        raise failures.exceptions[0] from failures.exceptions[0].__cause__
    return [results[number] for number, _ in numbered]


class Throttle:
    """A limit on concurrent requests that adapts to the platform (additive increase, multiplicative decrease).

    :meth:`slower` (a 429 or 503) halves the limit, at most once for all requests that were under way together.
    :meth:`faster` raises it by one again for each full round of other answers, up to ``most``.
    """

    def __init__(self, most: int) -> None:
        self._most = float(most)
        self._limit = float(most)
        self._inside = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._started = 0
        self._ignore_until = 0

    @property
    def limit(self) -> int:
        """Return how many requests may be under way now."""
        return int(self._limit)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[int]:
        """Wait for a place, hold it, and yield the request's number for :meth:`slower`."""
        await self._enter()
        try:
            self._started += 1
            yield self._started
        finally:
            self._inside -= 1
            self._wake()

    def slower(self, number: int) -> None:
        """Halve the limit, unless this request was sent before the limit was last halved."""
        # Ten requests that are throttled together say once that there are too many, not ten times.
        if number > self._ignore_until:
            self._ignore_until = self._started
            self._limit = max(LOWEST_LIMIT, self._limit / 2)

    def faster(self) -> None:
        """Count an answer that does not throttle."""
        # 1 / limit for each answer: one round of `limit` answers adds one place.
        self._limit = min(self._most, self._limit + 1 / self._limit)
        self._wake()

    async def _enter(self) -> None:
        # A free place belongs to those who already wait: the order of requests is kept.
        if self._inside < self.limit and not self._waiting:
            self._inside += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            # The place was assigned just before the cancellation: without this it would never be released.
            if turn.done() and not turn.cancelled():
                self._inside -= 1
                self._wake()
            raise

    def _wake(self) -> None:
        while self._waiting and self._inside < self.limit:
            turn = self._waiting.popleft()
            # Cancelled ones stay in the queue until they are reached. The place is counted here, not when the waiter
            # runs: in between, others would see it as free.
            if not turn.done():
                self._inside += 1
                turn.set_result(None)

"""Do many things side by side and keep the answers in order."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class SideBySide(Generic[T, R]):
    """Do things as they come up, at most ``workers`` at a time; the first failure ends what is under way.

    Lives inside a running event loop, and is ended by :meth:`results` or :meth:`stop`.
    """

    def __init__(self, work: Callable[[T], Awaitable[R]], *, workers: int) -> None:
        self._work, self._workers = work, workers
        self._items: list[T] = []
        self._begun = self._working = 0
        self._answers: dict[int, R] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._failure: Exception | None = None

    def begin(self, item: T) -> None:
        """Take on one more item; does nothing after a failure, which :meth:`results` raises."""
        self._items.append(item)
        if self._working < self._workers and self._failure is None:
            self._working += 1
            task = asyncio.create_task(self._do())
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def results(self) -> list[R]:
        """Return the answers of all items, in the order in which they were begun; raises the first failure as it is."""
        try:
            while self._running:
                await asyncio.wait(self._running)
        finally:
            await self.stop()
        if self._failure is not None:
            raise self._failure
        return [self._answers[place] for place in range(len(self._items))]

    async def stop(self) -> None:
        """End what is under way."""
        running = list(self._running)
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)

    async def _do(self) -> None:
        while self._begun < len(self._items) and self._failure is None:
            place = self._begun
            self._begun += 1
            try:
                self._answers[place] = await self._work(self._items[place])
            except Exception as failure:  # noqa: BLE001 - kept for results(), which raises it
                self._fail(failure)
        # Told here and not when the task is found to have ended: what is begun in between would wait for nobody.
        self._working -= 1

    def _fail(self, failure: Exception) -> None:
        if self._failure is None:
            self._failure = failure
            for task in self._running - {asyncio.current_task()}:
                task.cancel()


async def side_by_side(items: Iterable[T], work: Callable[[T], Awaitable[R]], *, workers: int) -> list[R]:
    """Return ``work(item)`` for every item, in the items' order, at most ``workers`` at a time.

    The first failure ends the others and is raised as it is.
    """
    crew = SideBySide(work, workers=workers)
    for item in items:
        crew.begin(item)
    return await crew.results()

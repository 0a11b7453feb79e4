"""Simulated time: an event loop that jumps to the next timer instead of waiting for it."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

T = TypeVar("T")

EPOCH: Final = 1_700_000_000.0
"""Seconds since 1970 when a run begins."""


class Standstill(Exception):
    """Every task waits for something that never comes."""


class _Jumper(selectors.SelectSelector):
    """A selector that passes time instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Jump ahead by ``timeout``; no external event ever happens."""
        if timeout is None:
            raise Standstill("every task waits for something that never comes")
        self.now += max(timeout, 0.0)
        return []


class SimulatedLoop(asyncio.SelectorEventLoop):
    """An event loop in simulated time, whose order of tasks is reproducible."""

    def __init__(self) -> None:
        self._jumper = _Jumper()
        super().__init__(self._jumper)

    def time(self) -> float:
        """Return the simulated seconds since the start."""
        return self._jumper.now

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:  # type: ignore[override]
        """Call ``func`` at once: no other thread ever wakes this loop."""
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - it is raised where the future is awaited
            done.set_exception(error)
        return done


class SimulatedClock:
    """The clock of a simulated loop, for trueup and for the sandbox."""

    def __init__(self, loop: SimulatedLoop) -> None:
        self._loop = loop

    def now(self) -> float:
        """Return seconds since 1970."""
        return EPOCH + self._loop.time()

    async def sleep(self, seconds: float) -> None:
        """Let simulated seconds pass."""
        await asyncio.sleep(seconds)


def simulate(loop: SimulatedLoop, work: Coroutine[Any, Any, T]) -> T:
    """Run to the end of ``work`` and close the loop; tasks that are left are cancelled."""
    try:
        return loop.run_until_complete(work)
    finally:
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.close()

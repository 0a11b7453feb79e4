"""Limit how many resources are applied, and how many requests are in progress, at the same time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Permit:
    """A permit of one resource to send requests; released while the resource only waits or computes."""

    def __init__(self, started: asyncio.Semaphore, sending: asyncio.Semaphore) -> None:
        self._started, self._sending = started, sending
        self._held = False

    async def acquire(self) -> None:
        """Return once the permit is held; it may be held already, since it is kept from a reading to its write."""
        if not self._held:
            await self._sending.acquire()
            self._held = True

    def release(self) -> None:
        """Release the permit if it is held."""
        if self._held:
            self._held = False
            self._sending.release()

    @asynccontextmanager
    async def suspended(self) -> AsyncIterator[None]:
        """Release the permit while the platform works, which may take minutes; another resource may be started."""
        self.release()
        self._started.release()
        try:
            yield
        finally:
            # The permit is not taken back: the next request takes it when it is ready to be sent.
            await self._started.acquire()


class Permits:
    """The semaphores of a run: up to ``count`` requests in progress, and ``2 * count - 1`` resources started."""

    def __init__(self, count: int) -> None:
        # The additional resources flush their intents to the disk while the others wait for the platform. The limit
        # keeps the number of intents small that were recorded and not sent. With a count of one, resources are applied
        # one by one.
        self._started = asyncio.Semaphore(2 * count - 1)
        self._sending = asyncio.Semaphore(count)

    @asynccontextmanager
    async def started(self) -> AsyncIterator[Permit]:
        """Start a resource and yield its permit, which is not held yet; both are released after the block."""
        async with self._started:
            permit = Permit(self._started, self._sending)
            try:
                yield permit
            finally:
                permit.release()

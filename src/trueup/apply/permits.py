"""Bound how many resources are worked on, and how many requests are under way, at the same time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Permit:
    """A permit of one resource to send requests; released while the resource only waits or computes."""

    def __init__(self, begun: asyncio.Semaphore, free: asyncio.Semaphore) -> None:
        self._begun, self._free = begun, free
        self._held = False

    async def take(self) -> None:
        """Return once the permit is held; it may be already, as from a read to the write that relies on it."""
        if not self._held:
            await self._free.acquire()
            self._held = True

    def give(self) -> None:
        """Release the permit, where it is held."""
        if self._held:
            self._held = False
            self._free.release()

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[None]:
        """Release it while a platform works, which may take minutes: another resource may even be begun."""
        self.give()
        self._begun.release()
        try:
            yield
        finally:
            await self._begun.acquire()


class Permits:
    """The semaphores of a run: ``count`` requests under way, and ``count - 1`` resources begun beyond those.

    A resource that is begun flushes its intent to the disk while the others wait for the platform. The bound keeps the
    number of intents that were recorded and not sent small; a count of one means one resource after the other.
    """

    def __init__(self, count: int) -> None:
        self._begun = asyncio.Semaphore(2 * count - 1)
        self._free = asyncio.Semaphore(count)

    @asynccontextmanager
    async def begun(self) -> AsyncIterator[Permit]:
        """Begin a resource and give its permit, which is not held yet; both are released on leaving."""
        async with self._begun:
            permit = Permit(self._begun, self._free)
            try:
                yield permit
            finally:
                permit.give()

"""Bound how many resources are worked on side by side."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Slots:
    """Hand out ``count`` slots; who only waits lends the own slot to others.

    Lent for the time of a flush, a slot lets another resource get ready meanwhile. At most ``count - 1`` are begun
    beyond the slots: so little is ever on record that was not sent, and one slot means one after the other.
    """

    def __init__(self, count: int) -> None:
        self._begun = asyncio.Semaphore(2 * count - 1)
        self._free = asyncio.Semaphore(count)

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Hold a slot while inside."""
        async with self._begun, self._free:
            yield

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[None]:
        """Lend the slot that is held while inside, for as long as a platform takes."""
        self._begun.release()
        self._free.release()
        try:
            yield
        finally:
            # In the order in which all others take them, or both sides could wait for each other.
            await self._begun.acquire()
            await self._free.acquire()

    @asynccontextmanager
    async def lent_for_flush(self) -> AsyncIterator[None]:
        """Lend the slot that is held while inside, to who gets ready meanwhile."""
        self._free.release()
        try:
            yield
        finally:
            await self._free.acquire()

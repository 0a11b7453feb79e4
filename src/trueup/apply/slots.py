"""Bound how many resources are worked on side by side."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Slots:
    """Hand out ``count`` slots; who only waits for a platform lends the own slot to others."""

    def __init__(self, count: int) -> None:
        self._free = asyncio.Semaphore(count)

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Hold a slot while inside."""
        async with self._free:
            yield

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[None]:
        """Lend the slot that is held while inside."""
        self._free.release()
        try:
            yield
        finally:
            await self._free.acquire()

"""Bound how many resources are worked on side by side."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

STEPS_TO_SEND: Final = 2
"""How many turns of the event loop a resource that was given a slot needs until its request is on the line: one to wake
up, and before Python 3.12 one more, since aiohttp writes the body in a task of its own."""


class Slot:
    """Be the right of one resource to send and read: taken for that, given to others when there is no use for it."""

    def __init__(self, begun: asyncio.Semaphore, free: asyncio.Semaphore) -> None:
        self._begun, self._free = begun, free
        self._held = False

    async def take(self) -> None:
        """Return once the slot is held."""
        if not self._held:
            await self._free.acquire()
            self._held = True

    def give(self) -> None:
        """Let another resource have it."""
        if self._held:
            self._held = False
            self._free.release()

    async def pass_on(self) -> None:
        """Let another resource have it, and go on when that one's request has left.

        What comes next here takes time and sends nothing; the platform would have nothing to do meanwhile.
        """
        self.give()
        if self._free.locked():
            for _ in range(STEPS_TO_SEND):
                await asyncio.sleep(0)

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[None]:
        """Lend it while inside, for as long as a platform takes: another resource may even be begun."""
        self.give()
        self._begun.release()
        try:
            yield
        finally:
            await self._begun.acquire()


class Slots:
    """Let resources begin, and hand out ``count`` slots to them for what they send and read.

    At most ``count - 1`` resources are begun beyond the slots: so little is ever on record that was not sent, and one
    slot means one after the other.
    """

    def __init__(self, count: int) -> None:
        self._begun = asyncio.Semaphore(2 * count - 1)
        self._free = asyncio.Semaphore(count)

    @asynccontextmanager
    async def begun(self) -> AsyncIterator[Slot]:
        """Begin a resource on entering, and give what it will take its slot with; it is free again on leaving."""
        async with self._begun:
            slot = Slot(self._begun, self._free)
            try:
                yield slot
            finally:
                slot.give()

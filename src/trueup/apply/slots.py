"""Bound how many resources are worked on side by side."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

STEPS_TO_SEND: Final = 2
"""How many turns of the event loop a resource that was given a slot needs until its request is on the line: one to wake
up, and before Python 3.12 one more, since aiohttp writes the body in a task of its own."""


class Slot:
    """Be the right of one resource to send and read; it is given to others while there is no use for it."""

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
        """Lend it while inside, for as long as a platform takes: other resources may even be begun."""
        self.give()
        self._begun.release()
        try:
            yield
        finally:
            # In the order in which all others take them, or both sides could wait for each other.
            await self._begun.acquire()
            await self.take()

    @asynccontextmanager
    async def lent_for_flush(self) -> AsyncIterator[None]:
        """Lend it while inside, to who gets ready meanwhile."""
        self.give()
        try:
            yield
        finally:
            await self.take()


class Slots:
    """Hand out ``count`` slots; who only waits, or only looks at an answer, lets others have the own slot.

    At most ``count - 1`` resources are begun beyond the slots: so little is ever on record that was not sent, and one
    slot means one after the other.
    """

    def __init__(self, count: int) -> None:
        self._begun = asyncio.Semaphore(2 * count - 1)
        self._free = asyncio.Semaphore(count)

    @asynccontextmanager
    async def held(self) -> AsyncIterator[Slot]:
        """Hold a slot on entering; whatever became of it, it is free on leaving."""
        async with self._begun:
            slot = Slot(self._begun, self._free)
            await slot.take()
            try:
                yield slot
            finally:
                slot.give()

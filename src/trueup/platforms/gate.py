"""Bound how many requests run side by side, fewer when the platform is short of breath."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

SLOWEST: Final = 1.0


class Gate:
    """Let at most ``limit`` requests through at a time.

    The limit is halved by each :meth:`slower` (a 429 or 503), at most once for the requests that were under way
    together, and grows back by one for each round of answers that came without complaint.
    """

    def __init__(self, most: int) -> None:
        self._most = float(most)
        self._limit = float(most)
        self._inside = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._started = 0
        self._deaf_until = 0

    @property
    def limit(self) -> int:
        """Return how many requests may run side by side now."""
        return int(self._limit)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[int]:
        """Wait for a place and hold it; gives the request's number, which :meth:`slower` asks for."""
        await self._enter()
        try:
            self._started += 1
            yield self._started
        finally:
            self._inside -= 1
            self._wake()

    def slower(self, number: int) -> None:
        """Halve the limit, unless the complaint answers a request that was sent before the last halving."""
        if number > self._deaf_until:
            self._deaf_until = self._started
            self._limit = max(SLOWEST, self._limit / 2)

    def faster(self) -> None:
        """Take note of an answer without complaint."""
        self._limit = min(self._most, self._limit + 1 / self._limit)
        self._wake()

    async def _enter(self) -> None:
        if self._inside < self.limit and not self._waiting:
            self._inside += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._inside -= 1
                self._wake()
            raise

    def _wake(self) -> None:
        while self._waiting and self._inside < self.limit:
            turn = self._waiting.popleft()
            if not turn.done():
                self._inside += 1
                turn.set_result(None)

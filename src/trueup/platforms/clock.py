"""Tell and pass real time."""

import asyncio
import time


class SystemClock:
    """Be the clock of the running machine; see :class:`~trueup.model.clock.Clock`."""

    def now(self) -> float:
        """Return monotonic seconds, untouched by changes of the wall clock."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Let this many seconds pass without blocking other work."""
        await asyncio.sleep(seconds)

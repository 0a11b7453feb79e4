"""Tell the sandbox's time, and let tests decide it."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class SandboxClock(Protocol):
    """Tell the time of the platforms."""

    def now(self) -> float:
        """Return seconds since 1970."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let this many seconds pass."""
        ...


class SystemClock:
    """Tell the time of the machine, moved ahead by what was asked through ``/_sandbox/clock``."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        """Return seconds since 1970, plus what was advanced."""
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Jump ahead."""
        self._ahead += seconds

    async def sleep(self, seconds: float) -> None:
        """Let this many seconds pass."""
        await asyncio.sleep(seconds)


class ManualClock:
    """Stand still until told to move."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._now = start

    def now(self) -> float:
        """Return seconds since 1970, as last set."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move ahead."""
        self._now += seconds

    async def sleep(self, seconds: float) -> None:
        """Move ahead without waiting."""
        self.advance(seconds)


def timestamp(seconds: float) -> str:
    """Return the platforms' form of a time: ``2023-08-08T12:20:31.143Z``."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"

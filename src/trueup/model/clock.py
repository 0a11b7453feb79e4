"""Name how time is told and passed, so that tests decide both."""

from typing import Protocol


class Clock(Protocol):
    """Tell and pass time."""

    def now(self) -> float:
        """Return seconds that only ever grow, from an arbitrary start."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let this many seconds pass."""
        ...

"""The interface of a clock, so that tests control time."""

from typing import Protocol


class Clock(Protocol):
    """A monotonic clock that can sleep."""

    # Monotonic, because the time of day can be set back while a run waits.
    def now(self) -> float:
        """Return monotonic seconds from an arbitrary start."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Suspend the caller for this many seconds."""
        ...

"""A clock of the sandbox that tests set."""


class ManualClock:
    """A clock that does not move until it is advanced."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._now = start

    def now(self) -> float:
        """Return seconds since 1970, as last set."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Advance the clock."""
        self._now += seconds

    async def sleep(self, seconds: float) -> None:
        """Advance the clock without waiting."""
        self.advance(seconds)

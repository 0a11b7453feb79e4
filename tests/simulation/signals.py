"""Let SIGINT and SIGTERM come at any moment of a life: before and after each request, each record and each wait."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.campaign.timeline import SimulatedClock


@dataclass(slots=True, kw_only=True)
class Signals:
    """The moments of one life, counted; at those in ``at``, ``deliver`` is called."""

    at: tuple[int, ...] = ()
    deliver: Callable[[], None] = lambda: None
    passed: int = 0

    def moment(self) -> None:
        """Let one more moment pass."""
        self.passed += 1
        if self.passed in self.at:
            self.deliver()


@dataclass(frozen=True, slots=True)
class SignalledClock:
    """The clock of a life; every wait has two moments."""

    clock: SimulatedClock
    signals: Signals

    def now(self) -> float:
        """Return seconds since 1970."""
        return self.clock.now()

    async def sleep(self, seconds: float) -> None:
        """Let simulated seconds pass."""
        self.signals.moment()
        await self.clock.sleep(seconds)
        self.signals.moment()

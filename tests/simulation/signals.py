"""SIGINT and SIGTERM at any moment of an attempt: before and after each request, each record and each wait."""

from collections.abc import Callable
from dataclasses import dataclass

from simulation.simulated_time import SimulatedClock


@dataclass(slots=True, kw_only=True)
class Signals:
    """The moments of one attempt, counted; at those in ``at``, ``deliver`` is called."""

    at: tuple[int, ...] = ()
    deliver: Callable[[], None] = lambda: None
    passed: int = 0

    def moment(self) -> None:
        """Count a moment."""
        self.passed += 1
        if self.passed in self.at:
            self.deliver()


@dataclass(frozen=True, slots=True)
class SignalledClock:
    """The clock of an attempt; every wait has two moments."""

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

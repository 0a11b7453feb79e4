"""A journal that records its calls, and in which the process may crash."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from simulation.crash import CrashPoint
from simulation.event_log import Attempt
from simulation.history import History
from simulation.places import Slot
from simulation.signals import Signals
from trueup.apply.journal import Journal, JournalFailed
from trueup.model.identity import Identity
from trueup.model.plan import Plan
from trueup.model.run import Ended, Intent, Outcome


@dataclass(slots=True, kw_only=True)
class RecordingJournal:
    """A journal that passes every call to ``inner``; see :class:`~trueup.apply.journal.Journal`."""

    inner: Journal
    crash_point: CrashPoint
    attempt: Attempt
    history: History
    signals: Signals = field(default_factory=Signals)

    def begin(self, plan: Plan) -> None:
        """Record that a run begins."""
        self.crash_point.check()
        with self._noted():
            self.inner.begin(plan)

    def intent(self, intent: Intent) -> int:
        """Record a write; the process may crash before and after."""
        self.crash_point.cross("before an intent")
        self.signals.moment()
        with self._noted():
            number = self.inner.intent(intent)
        slot = self._slot(intent.identity)
        self.attempt.announced[number] = slot
        self.attempt.open[slot] = number
        self.crash_point.cross("after an intent")
        return number

    def ended(self, number: int, ended: Ended) -> None:
        """Record how a write ended; the process may crash before and after."""
        self.crash_point.cross("before an ending")
        self.signals.moment()
        with self._noted():
            self.inner.ended(number, ended)
        self.attempt.closed[number] = self.history.tick()
        self.attempt.open.pop(self.attempt.announced[number], None)
        self.crash_point.cross("after an ending")

    def outcome(self, outcome: Outcome) -> None:
        """Record how a resource ended."""
        self.crash_point.check()
        self.attempt.ends[self._slot(outcome.identity)] = self.history.tick()
        with self._noted():
            self.inner.outcome(outcome)

    async def flushed(self) -> None:
        """Let all records so far be flushed."""
        self.crash_point.check()
        with self._noted():
            await self.inner.flushed()
        self.signals.moment()
        self.crash_point.check()

    def finish(self) -> None:
        """Record that the run came to its end."""
        self.crash_point.check()
        with self._noted():
            self.inner.finish()

    def unsettled(self, identity: Identity) -> bool:
        """Return whether an earlier run left a write open."""
        return self.inner.unsettled(identity)

    def applied_before(self, identity: Identity) -> str:
        """Return which earlier runs applied the plan."""
        return self.inner.applied_before(identity)

    @contextmanager
    def _noted(self) -> Iterator[None]:
        """Note when the disk is full."""
        try:
            yield
        except JournalFailed:
            self.attempt.full = self.attempt.full or self.history.tick()
            raise

    def _slot(self, identity: Identity) -> Slot:
        return self.history.slot_of_identity(identity)

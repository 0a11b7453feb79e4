"""Let the process die between trueup and its journal, and note when a resource was said to have ended."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks.campaign.history import History, Slot
from benchmarks.campaign.ledger import Life
from benchmarks.campaign.mortal import Mortal
from benchmarks.campaign.signals import Signals
from trueup.apply.journal import Journal, JournalFailed
from trueup.model.identity import Identity
from trueup.model.plan import Plan
from trueup.model.run import Ended, Intent, Outcome


@dataclass(slots=True, kw_only=True)
class Pen:
    """Pass everything on to ``inner``; see :class:`~trueup.apply.journal.Journal`."""

    inner: Journal
    mortal: Mortal
    life: Life
    history: History
    signals: Signals = field(default_factory=Signals)

    def begin(self, plan: Plan) -> None:
        """Record that a run begins."""
        self.mortal.check()
        with self._noted():
            self.inner.begin(plan)

    def intent(self, intent: Intent) -> int:
        """Record a write; the process may die before and after."""
        self.mortal.cross("before an intent")
        self.signals.moment()
        with self._noted():
            number = self.inner.intent(intent)
        slot = self._slot(intent.identity)
        self.life.announced[number] = slot
        self.life.open[slot] = number
        self.mortal.cross("after an intent")
        return number

    def ended(self, number: int, ended: Ended) -> None:
        """Record how a write ended; the process may die before and after."""
        self.mortal.cross("before an ending")
        self.signals.moment()
        with self._noted():
            self.inner.ended(number, ended)
        self.life.closed[number] = self.history.tick()
        self.life.open.pop(self.life.announced[number], None)
        self.mortal.cross("after an ending")

    def outcome(self, outcome: Outcome) -> None:
        """Record how a resource ended."""
        self.mortal.check()
        self.life.ends[self._slot(outcome.identity)] = self.history.tick()
        with self._noted():
            self.inner.outcome(outcome)

    async def flushed(self) -> None:
        """Let all records so far be flushed."""
        self.mortal.check()
        with self._noted():
            await self.inner.flushed()
        self.signals.moment()
        self.mortal.check()

    def finish(self) -> None:
        """Record that the run came to its end."""
        self.mortal.check()
        with self._noted():
            self.inner.finish()

    def unsettled(self, identity: Identity) -> bool:
        """Say whether an earlier run left a write open."""
        return self.inner.unsettled(identity)

    def applied_before(self, identity: Identity) -> str:
        """Say which earlier runs applied the plan."""
        return self.inner.applied_before(identity)

    @contextmanager
    def _noted(self) -> Iterator[None]:
        """Note when the disk is full."""
        try:
            yield
        except JournalFailed:
            self.life.full = self.life.full or self.history.tick()
            raise

    def _slot(self, identity: Identity) -> Slot:
        return self.history.slot_of(identity.target, identity.value)

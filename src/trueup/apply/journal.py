"""Record what an apply is about to send and how that ended, so that a run that dies leaves no doubt behind.

The order is the contract: an intent is on record, and flushed, before its request leaves; an ending is on record before
anything follows from it, and flushed before the resource's outcome is told. An intent without an ending is therefore
exactly a request of which nobody knows whether it was taken.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from trueup.errors import TrueupError
from trueup.model.identity import Identity
from trueup.model.plan import Plan
from trueup.model.run import Ended, Intent, Outcome


class JournalFailed(TrueupError):
    """A record could not be written, so that nothing may be sent."""


class Journal(Protocol):
    """Keep the records of one run, in the order in which they are given.

    A record outlives the process as soon as its method returns, and the machine as soon as :meth:`flushed` does. Every
    method but the last raises :class:`JournalFailed` when it cannot do that.
    """

    def begin(self, plan: Plan) -> None:
        """Record that a run of this plan begins."""
        ...

    def intent(self, intent: Intent) -> int:
        """Record a write before it is sent, and return its number in this run."""
        ...

    def ended(self, number: int, ended: Ended) -> None:
        """Record how a write ended; a second ending of one write settles an unknown one."""
        ...

    def outcome(self, outcome: Outcome) -> None:
        """Record how a resource ended."""
        ...

    async def flushed(self) -> None:
        """Return when all records so far are as safe as the journal can make them; others may ask at the same time."""
        ...

    def finish(self) -> None:
        """Record that the run came to its end; everything is flushed by then."""
        ...

    def unsettled(self, identity: Identity) -> bool:
        """Say whether an earlier run left a write to this resource of which nobody knows what became.

        That is a write whose answer is not on record, or a creation that was taken and that no run has seen since.
        """
        ...

    def applied_before(self, identity: Identity) -> str:
        """Say which earlier runs of the plan carried out its actions for this resource, and when; empty for none."""
        ...


@dataclass(slots=True)
class MemoryJournal:
    """Keep the records in memory: for dry use and for tests."""

    plans: list[Plan] = field(default_factory=list)
    intents: list[Intent] = field(default_factory=list)
    endings: list[tuple[int, Ended]] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    finished: bool = False
    open: frozenset[Identity] = frozenset()
    applied: Mapping[Identity, str] = field(default_factory=dict)

    def begin(self, plan: Plan) -> None:
        """Record that a run of this plan begins."""
        self.plans.append(plan)

    def intent(self, intent: Intent) -> int:
        """Record a write before it is sent, and return its number in this run."""
        self.intents.append(intent)
        return len(self.intents)

    def ended(self, number: int, ended: Ended) -> None:
        """Record how a write ended."""
        self.endings.append((number, ended))

    def outcome(self, outcome: Outcome) -> None:
        """Record how a resource ended."""
        self.outcomes.append(outcome)

    async def flushed(self) -> None:
        """Return at once: there is nowhere safer to go."""

    def finish(self) -> None:
        """Record that the run came to its end."""
        self.finished = True

    def unsettled(self, identity: Identity) -> bool:
        """Say whether an earlier run left a write to this resource of which nobody knows whether it was taken."""
        return identity in self.open

    def applied_before(self, identity: Identity) -> str:
        """Say which earlier runs of the plan carried out its actions for this resource."""
        return self.applied.get(identity, "")

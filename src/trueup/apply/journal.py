"""The journal: records of what an apply is about to send and how that ended, so that a killed run can be judged.

The order is the contract. An intent is recorded and flushed before its request is sent. An ending is recorded before
anything depends on it, and flushed before the resource's outcome is reported. An intent without an ending is therefore
exactly a request that may or may not have been applied.
"""

from typing import Protocol

from trueup.errors import TrueupError
from trueup.model.identity import Identity
from trueup.model.plan import Plan
from trueup.model.run import Ended, Intent, Outcome


class JournalFailed(TrueupError):
    """A record could not be written, so nothing more may be sent."""


class Journal(Protocol):
    """The records of one run, in the order in which they are written.

    A record survives the process once its method has returned, and a crash of the machine once :meth:`flushed` has.
    Every method that writes or flushes raises :class:`JournalFailed` when it cannot.
    """

    def begin(self, plan: Plan) -> None:
        """Record that a run of this plan starts."""
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
        """Return when all records so far are on stable storage; several tasks may wait at the same time."""
        ...

    def finish(self) -> None:
        """Record that the run finished; everything must be flushed before."""
        ...

    def unsettled(self, identity: Identity) -> bool:
        """Return whether an earlier run left a write to this resource with an unknown result.

        That is a write without a recorded answer, or an accepted creation that no run has seen since.
        """
        ...

    def applied_before(self, identity: Identity) -> str:
        """Return which earlier runs of this plan applied its actions for this resource, and when; empty for none."""
        ...

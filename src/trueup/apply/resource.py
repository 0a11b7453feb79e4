"""Apply the plan of one resource: stage by stage, each under its precondition and verified before the next.

Each turn sends one stage. Any answer but a plain success leads to a fresh reading, and the reading decides: go on,
stop, or say that it is not known. No request is ever repeated without a reading in between.
"""

from collections.abc import Sequence
from dataclasses import replace

from trueup.apply.journal import Ending
from trueup.apply.options import ApplyOptions
from trueup.apply.progress import GONE, Progress
from trueup.apply.requests import LOST, Requests
from trueup.errors import Busy, Conflict, NotAuthorised, NotFound, PlatformError, Unavailable
from trueup.model.identity import Platform
from trueup.model.live import Live, Missing, Reading, Unreadable
from trueup.model.outcome import Outcome, Status
from trueup.model.plan import PlannedAction, ResourcePlan
from trueup.plan.resource import busy, replan

NOT_SHOWN = "The platform accepted the creation, but does not show the resource yet."
NOT_READ_BACK = "The platform accepted it, but it could not be read back."
NEVER_TAKEN = "The answer was lost each of {} times, and reading shows that the change is not there."
NOT_THERE = "The answer to the creation was lost, and the resource does not show. It is not created again in this run."
UNSETTLED = "The answer was lost, and what is there now does not tell whether the change was made. Plan again."
STOPPED = "The run was stopped at once."
UNDER_WAY = "A request was under way, and whether it took effect is not known. Plan again."
UNTOLD = "The answer was lost, and the platform does not return the fields that would tell. Plan again."


class ResourceRun:
    """Apply one resource; use once. ``refused`` tells afterwards whether its target refuses us altogether."""

    def __init__(self, planned: ResourcePlan, requests: Requests, options: ApplyOptions) -> None:
        self.refused = False
        self._progress = Progress(planned, options.rounds)
        self._requests = requests
        self._lag = options.readback_seconds
        self._fresh = False
        self._under_way = False
        self._versioned = planned.identity.kind.platform is Platform.CONNECT

    async def run(self) -> Outcome:
        """Do what is to be done and return how it ended."""
        outcome = None
        while outcome is None and self._progress.todo:
            outcome = await self._turn()
            self._under_way = False
        return self._counted(outcome or self._progress.finish())

    def fault(self, message: str) -> Outcome:
        """Return the outcome of a run that broke off because something else than the platform failed."""
        told = f"{message} {UNDER_WAY}" if self._under_way else message
        return self._counted(self._progress.end(Status.FAILED, told))

    def broken_off(self) -> Outcome:
        """Return the outcome of a run that was stopped in the middle."""
        if self._under_way:
            return self._counted(self._progress.end(Status.UNKNOWN, f"{STOPPED} {UNDER_WAY}"))
        return self._counted(self._progress.end(Status.SKIPPED, STOPPED))

    def _counted(self, outcome: Outcome) -> Outcome:
        return replace(outcome, requests=self._requests.count)

    async def _turn(self) -> Outcome | None:
        """Send the next stage; return the outcome when that ends the resource."""
        if not (self._versioned or self._fresh):
            outcome = self._precondition(await self._look())
            if outcome is not None or not self._progress.todo:
                return outcome
        self._fresh = False
        self._under_way = True
        stage = self._progress.stage()
        try:
            answer = await self._requests.send(self._progress.live, [planned.action for planned in stage])
        except (Conflict, NotFound) as error:
            return self._rebase(await self._requests.read(), error)
        except LOST as error:
            return await self._settle(stage, error)
        except PlatformError as error:
            return await self._refusal(stage, error)
        return await self._read_back(stage) if answer is None else self._progress.check(stage, answer)

    async def _look(self) -> Reading:
        """Read right before a write."""
        if self._progress.live is None and self._requests.unsettled:
            # An earlier run may have created it a moment ago: give it the time that the platform may need to show it.
            return await self._requests.read_until(lambda reading: isinstance(reading, Live), self._lag)
        return await self._requests.read()

    def _precondition(self, reading: Reading) -> Outcome | None:
        """Check that what was just read is what was seen, for a platform that has no version to check it itself."""
        if not isinstance(reading, Unreadable) and self._progress.as_seen(reading):
            return None
        return self._rebase(reading)

    def _rebase(self, reading: Reading, error: PlatformError | None = None) -> Outcome | None:
        if isinstance(reading, Unreadable):
            self.refused = isinstance(reading.error, NotAuthorised)
            return self._progress.end(Status.FAILED, str(reading.error), details=[str(error)] if error else [])
        return self._progress.rebase(reading, error)

    async def _read_back(self, stage: Sequence[PlannedAction]) -> Outcome | None:
        """Verify an accepted write by reading, as its answer did not show the resource."""
        reading = await self._requests.read_until(lambda r: self._holds(stage, r), self._lag)
        self._fresh = True
        match reading:
            case Live():
                return self._progress.check(stage, reading)
            case Missing():
                return self._progress.end(Status.UNKNOWN, GONE if self._progress.live else NOT_SHOWN)
            case Unreadable(error):
                return self._progress.end(Status.UNKNOWN, NOT_READ_BACK, details=[str(error)])

    async def _settle(self, stage: Sequence[PlannedAction], error: PlatformError) -> Outcome | None:
        """Find out by reading what became of a write whose answer was lost."""
        # Where there is a version, a write that is still under way cannot do harm later: it or its repetition fails.
        reading = await self._requests.read_until(lambda r: self._holds(stage, r), 0 if self._versioned else self._lag)
        self._progress.lose(stage)
        match reading:
            case Unreadable(problem):
                return self._progress.end(Status.UNKNOWN, UNSETTLED, details=[str(error), str(problem)])
            case Missing() if self._progress.live is None:
                return self._not_created(error)
            case Live() if not (verified := self._progress.verified(stage, reading)).missed:
                if verified.unseen:
                    return self._progress.end(Status.UNKNOWN, UNTOLD, details=[str(error)], fields=verified.unseen)
                self._requests.settle(Ending.APPLIED, "A reading shows it.")
                return self._progress.check(stage, reading)
            case Live() | Missing():
                return self._not_taken(reading, error)

    def _not_created(self, error: PlatformError) -> Outcome | None:
        """Decide about a creation that does not show: only a platform that refuses a second one gets it again."""
        if not self._versioned:
            return self._progress.end(Status.UNKNOWN, NOT_THERE, details=[str(error)])
        return self._not_taken(Missing(), error)

    def _not_taken(self, reading: Live | Missing, error: PlatformError) -> Outcome | None:
        """Go on after a lost write that is not, or not wholly, there: only if what is there still allows it."""
        if self._progress.exhausted:
            message = NEVER_TAKEN.format(self._progress.rounds + 1)
            return self._progress.end(Status.FAILED, message, details=[str(error)])
        outcome = self._progress.rebase(reading, error)
        if outcome is None:
            self._requests.settle(Ending.FAILED, "A reading shows that it was not taken, or not wholly.")
            return None
        return replace(outcome, status=Status.UNKNOWN, message=UNSETTLED) if outcome.status is Status.STALE else outcome

    async def _refusal(self, stage: Sequence[PlannedAction], error: PlatformError) -> Outcome | None:
        """Account for a write that the platform did not take."""
        details = error.messages or (error.code,)
        self.refused = isinstance(error, NotAuthorised)
        if isinstance(error, Busy):
            return self._progress.end(Status.DEFERRED, str(error), details=details)
        if isinstance(error, NotAuthorised | Unavailable):
            return self._progress.end(Status.FAILED, str(error), details=details)
        reading = await self._requests.read()
        if isinstance(reading, Live):
            if self._progress.live is None:
                return self._progress.rebase(reading, error)
            # A platform that applied some of the actions before it refused leaves them visible.
            self._progress.count(self._progress.verified(stage, reading))
            if busy(reading.lifecycle):
                return self._progress.held_back(replan(self._progress.planned, reading), details)
        return self._progress.end(Status.FAILED, str(error), details=details)

    def _holds(self, stage: Sequence[PlannedAction], reading: Reading) -> bool:
        return isinstance(reading, Live) and not self._progress.verified(stage, reading).missed

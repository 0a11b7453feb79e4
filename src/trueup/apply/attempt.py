"""Hold what the turns of one resource share, and how each of them ends when something else comes up."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from trueup.apply.context import ApplyContext
from trueup.apply.requests import Requests
from trueup.apply.permits import Permit
from trueup.apply.state import ResourceState
from trueup.errors import Busy, Conflict, NotAuthorised, NotFound, PlatformError, Unavailable
from trueup.kinds.registry import KINDS
from trueup.model.live import Live, Missing, Reading, Unreadable
from trueup.model.plan import PlannedAction, ResourcePlan
from trueup.model.reader import Wanted
from trueup.model.run import Ending, Outcome, Status

_LOG: Final = logging.getLogger("trueup.apply")

WRITE_LOST = (
    "The answer was lost each of {} times, and the change does not show. One of the requests may still arrive: plan "
    "again."
)
WRITE_UNCERTAIN = "The answer was lost, and what is there now does not tell whether the change was made. Plan again."

CREDENTIALS_REFUSED = "{} has refused these credentials for another resource, or what they may do."
DOWN = "{} is down."
OVERLOADED = "{} takes no changes now: it refused those of another resource again and again."
DONE_DESPITE_REFUSAL = "It was refused, and what it was to do is there: by this request, or by others."
REFUSED_UNTOLD = (
    "It was refused, and a part of it shows. The platform does not return the fields that would show the rest. Plan "
    "again."
)
REFUSED_AND_MOVED = "The write was refused, and another value than before is there: by this request, or by others."
REFUSED_UNSEEN = "It was refused, and could not be read afterwards: whether a part of it was done is not known."
STOPPED_WAITING = "The platform asked to come back later, and the run was asked to stop meanwhile."

TOO_MANY_REQUESTS = 429
"""The status that is said before a write is looked at."""
MOST_REFUSALS = 4
"""How often in a row a write is refused for now before its resource has failed."""
FIRST_WAIT = 0.5
"""Seconds before a write that was refused is sent again where the platform names no time; doubled each time."""


class ResourceContext:
    """Stand between the turns of one resource and its account, its requests and the run's means.

    ``refused`` says why nothing more need be asked of the target, empty while something may; ``overloaded`` the same of
    a target that takes no changes now, unless it takes those of other resources. ``fresh`` tells that ``state`` was
    brought up to a reading made a moment ago. ``kind`` is the resource's, and ``versioned`` tells whether the platform
    checks a version with every write.
    """

    def __init__(self, planned: ResourcePlan, run: ApplyContext, permit: Permit) -> None:
        self.state = ResourceState(planned, run.options.rounds)
        self.requests = Requests(Wanted(planned.identity, planned.locale), run, permit, self.state)
        self.run = run
        self.lag = run.options.readback_seconds
        self.kind = KINDS[planned.identity.kind]
        self.versioned = self.kind.versioned
        self.fresh = False
        self.refused = self.overloaded = ""
        self._refusals = 0

    def rebase(self, reading: Reading, error: PlatformError | None = None) -> Outcome | None:
        """Go on from a reading if the plan still stands; return the outcome if not."""
        in_doubt = self.state.in_doubt
        if self._refusals:
            self.doubt_refusal(self.state.stage(), reading)
        if isinstance(reading, Unreadable):
            self._note_refusal(reading.error)
            outcome = self.state.end(Status.FAILED, str(reading.error), details=[str(error)] if error else [])
        elif (moved := self.state.rebase(reading, error)) is not None:
            outcome = moved
        else:
            return None
        return _doubtful(outcome) if in_doubt else outcome

    async def look_again(self) -> Outcome | None:
        """Plan again from a reading; return the outcome when the plan does not stand.

        Done before the first write of a plan from a file: a version proves nothing about values that the same file
        names. It is no attempt that met a newer state and does not count as a round.
        """
        outcome = self.rebase(await self.requests.read())
        self.state.rounds = 0
        self.fresh = True
        return outcome

    def not_taken(self, reading: Live | Missing, error: PlatformError) -> Outcome | None:
        """Go on after a lost write that is not, or not wholly, there: only if what is there still allows it."""
        if self.state.exhausted:
            message = WRITE_LOST.format(self.state.rounds + 1)
            shown = self.state.missed(reading)
            return self.state.end(Status.UNKNOWN, message, details=[str(error)], fields=shown)
        outcome = self.state.rebase(reading, error)
        if outcome is None:
            return None
        # Part of it may have been taken before live moved on: whatever holds it back now, that is not known.
        held_back = () if outcome.status is Status.STALE else (str(error), outcome.message)
        return replace(outcome, status=Status.UNKNOWN, message=WRITE_UNCERTAIN, details=outcome.details + held_back)

    def doubt_refusal(self, stage: Sequence[PlannedAction], reading: Reading) -> None:
        """Record what a reading tells about a refused write: that it may have been carried out, or that it was not.

        Where live moved to another state, neither is known: others may have overwritten what the write did.
        """
        if self.state.took_effect(stage, reading):
            self.requests.settle(Ending.UNKNOWN, DONE_DESPITE_REFUSAL)
        elif not isinstance(reading, Unreadable) and self._as_before(reading):
            self.requests.settle_refusal()

    async def after_refusal(self, error: PlatformError) -> Reading:
        """Return what a refused write has left: a platform may carry out what it refuses.

        A search may show the state before the write. Where it does, it is read once more when that time is over; other
        resources go on meanwhile. A platform that lets nobody in, or takes nothing now, has not looked at the write.
        """
        if isinstance(error, Unavailable) and error.down:
            return Unreadable(error)
        reading = await self.requests.read()
        late = not (self.versioned or isinstance(error, NotAuthorised | Unavailable))
        if late and not isinstance(reading, Unreadable) and self._as_before(reading):
            async with self.requests.permit.lent():
                await self.run.clock.sleep(self.lag)
            reading = await self.requests.read()
        return reading

    async def moved(self, error: Conflict | NotFound, reading: Reading | None = None) -> Outcome | None:
        """Account for a write that the platform says is about another state: look, and go on from there.

        Where a reading shows nothing else than before, "not found" is not about the resource: it is a refusal. So is a
        conflict on a platform that has no versions.
        """
        reading = reading or await self.after_refusal(error)
        self.doubt_refusal(self.state.stage(), reading)
        refusal = isinstance(error, NotFound) or not self.versioned
        if refusal and not isinstance(reading, Unreadable) and self._as_before(reading):
            outcome = self.state.end(Status.FAILED, str(error), details=error.messages)
            return _doubtful(outcome) if self.state.in_doubt else outcome
        if refusal and isinstance(reading, Live) and self.state.live and not self.state.replaced(reading):
            stage = self.state.stage()
            if self.state.shows(stage, reading):
                return self.state.check(stage, reading)
            self.state.count_fields(stage, reading)
        return self.rebase(reading, error)

    def _as_before(self, reading: Live | Missing) -> bool:
        live = self.state.live
        now = reading if isinstance(reading, Live) else None
        same = now is None or live is None or (now.remote_id, now.version) == (live.remote_id, live.version)
        return same and self.state.as_seen(reading)

    def taken(self) -> None:
        """Take note that the platform took a write."""
        self._refusals = 0

    def _note_refusal(self, error: Exception) -> None:
        """Remember what a failure says about the target as a whole."""
        target = self.state.planned.identity.target
        match error:
            case NotAuthorised():
                self.refused = CREDENTIALS_REFUSED.format(target)
            case Unavailable(down=True):
                self.refused = DOWN.format(target)
            case Unavailable(status=int()):
                self.overloaded = OVERLOADED.format(target)

    def will_retry(self, error: PlatformError) -> bool:
        """Return whether the platform refuses a write for now and the run sends it again."""
        return isinstance(error, Unavailable) and error.after is not None and self._refusals + 1 < MOST_REFUSALS

    async def refused_write(
        self, stage: Sequence[PlannedAction], error: PlatformError, reading: Reading | None = None
    ) -> Outcome | None:
        """Account for a write that the platform did not take: for now, or for good.

        ``reading`` is what was read since, if anything was.
        """
        in_doubt = self.state.in_doubt
        if isinstance(error, Unavailable) and error.after is not None and self.will_retry(error):
            outcome = await self._wait(error, error.after)
        else:
            self._note_refusal(error)
            outcome = self._refused(stage, error, reading or await self.after_refusal(error))
        return _doubtful(outcome) if in_doubt and outcome is not None else outcome

    async def _wait(self, error: Unavailable, asked: float) -> Outcome | None:
        """Wait for the seconds that the platform asked for, then have the write prepared anew; a stop ends the wait."""
        seconds = max(asked, FIRST_WAIT * 2.0**self._refusals)
        if error.status != TOO_MANY_REQUESTS and self.state.live is None and not self.versioned:
            # A gateway may say this of what is behind it. Nothing guards a second creation but a search that shows
            # the first one.
            seconds = max(seconds, self.lag)
        self._refusals += 1
        _LOG.info(
            "%s: %s; it is prepared again in %.1f s.", self.state.planned.identity, str(error).rstrip("."), seconds
        )
        # No other resource is begun meanwhile: the platform asks for fewer requests.
        self.requests.permit.give()
        await self.run.stop.sleep(self.run.clock, seconds)
        if self.run.stop.requested:
            return self.state.end(Status.SKIPPED, STOPPED_WAITING, details=[str(error)])
        self.fresh = False
        return None

    def _refused(self, stage: Sequence[PlannedAction], error: PlatformError, reading: Reading) -> Outcome | None:
        details = error.messages or (error.code,)
        status = Status.DEFERRED if isinstance(error, Busy) else Status.FAILED
        self.doubt_refusal(stage, reading)
        if isinstance(reading, Unreadable) and not isinstance(error, Busy | NotAuthorised | Unavailable):
            self.requests.settle(Ending.UNKNOWN, REFUSED_UNSEEN)
            details = (str(error), *details, str(reading.error))
            return self.state.end(Status.UNKNOWN, REFUSED_UNSEEN, details=details)
        if isinstance(reading, Live):
            if self.state.live is None or self.state.replaced(reading):
                return self.state.rebase(reading, error)
            if self.state.shows(stage, reading):
                return self.state.check(stage, reading)
            return self._refused_in_part(stage, error, reading, status)
        return self.state.end(status, str(error), details=details)

    def _refused_in_part(
        self, stage: Sequence[PlannedAction], error: PlatformError, reading: Live, status: Status
    ) -> Outcome:
        """End a resource of which not all of a refused stage shows; what does show counts as done."""
        details = error.messages or (error.code,)
        took_effect = self.state.took_effect(stage, reading)
        verified = self.state.verified(stage, reading)
        # A platform that applied some of the actions before it refused leaves them visible.
        self.state.count_fields(stage, reading)
        held = self.state.deferred(reading)
        if held is not None:
            return self.state.held_back(held, details)
        moved = [replace(r, note=REFUSED_AND_MOVED) for r in verified.missed if took_effect and r.now != r.planned]
        if took_effect and verified.unseen:
            fields = (*verified.unseen, *moved)
            return self.state.end(Status.UNKNOWN, REFUSED_UNTOLD, details=(str(error), *details), fields=fields)
        return self.state.end(status, str(error), details=details, fields=moved)


def _doubtful(outcome: Outcome) -> Outcome:
    """Return what is known of a resource while an earlier attempt may still arrive."""
    return replace(outcome, status=Status.UNKNOWN, message=WRITE_UNCERTAIN, details=(outcome.message, *outcome.details))

"""The shared context of all stages of one resource, and how a stage ends when its write is refused or lost."""

import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Final

from trueup.apply.context import ApplyContext
from trueup.apply.permits import Permit
from trueup.apply.requests import UNSEEN_ERRORS, Requests
from trueup.apply.state import ResourceState
from trueup.errors import Busy, Conflict, NotAuthorised, NotFound, PlatformError, Unavailable
from trueup.kinds.registry import KINDS
from trueup.model.live import Live, Missing, Reading, Unreadable
from trueup.model.plan import PlannedAction, ResourcePlan
from trueup.model.reader import Wanted
from trueup.model.run import Ending, Outcome, Status
from trueup.model.wait import TOO_MANY_REQUESTS, Say, cause_of, waiting

_LOG: Final = logging.getLogger("trueup.apply")

WRITE_LOST = (
    "The answers to {} attempts were lost, and the change is not visible. One of the requests may still take effect. "
    "Plan again."
)
WRITE_UNCERTAIN = "The answer was lost, and the present state does not show whether the change was made. Plan again."

CREDENTIALS_REFUSED = "{} refused these credentials, or their permissions, for another resource."
DOWN = "{} is down."
OVERLOADED = "{} accepts no changes now: it repeatedly refused those of another resource."
DONE_DESPITE_REFUSAL = "The platform refused it, but the change is there, made by this request or by another writer."
REFUSED_IN_PART = (
    "The platform refused it, but a part of the change is there. The fields that would show the rest are not returned. "
    "Plan again."
)
REFUSED_AND_CHANGED = "The write was refused, but the value has changed, by this request or by another writer."
REFUSED_NOT_READ = (
    "The platform refused it, and the resource could not be read afterwards. It is not known whether a part of the "
    "change was made."
)
SHOWN = "A later reading shows it."
STOPPED_WAITING = "The platform asked to wait before a retry, and the run was asked to stop in the meantime."

MOST_REFUSALS = 4
"""How many temporary refusals in a row fail a resource."""
FIRST_WAIT = 0.5
"""Seconds before the first retry of a refused write if the platform names no time; doubled for each further retry."""


class ResourceContext:
    """The context in which one resource is applied: its state, its requests, and the run it belongs to.

    * ``refused``: the reason to send nothing more to the target, empty if there is none. ``overloaded``: the same for a
      target that accepts no changes now; it counts only if the target accepts no other resource's changes either.
    * ``fresh``: ``state`` is based on a reading made a moment ago, so no other is needed before the next write.
    * ``kind`` is the resource's kind, and ``versioned`` whether the platform checks a version with every write.
    * ``notes``: lines about what the processes of this run have assigned or changed.
    * ``lag``: seconds that a platform without versions may take to show a write.
    """

    def __init__(self, planned: ResourcePlan, run: ApplyContext, permit: Permit) -> None:
        self.state = ResourceState(planned, run.options.rounds)
        self.kind = KINDS[planned.identity.kind]
        wanted = Wanted(planned.identity, planned.locale, source=self.kind.dependencies.source(planned.desired))
        self.requests = Requests(wanted, run, permit, self.state)
        self.run = run
        self.lag = run.options.readback_seconds
        self.versioned = self.kind.versioned
        self.fresh = False
        self.refused = self.overloaded = ""
        self.notes: list[str] = []
        self._refusals = 0

    def rebase(self, reading: Reading, error: PlatformError | None = None) -> Outcome | None:
        """Continue from a reading if the plan is still valid; return the outcome if not."""
        # Taken before the state changes below: a rebase may drop the actions whose answers were lost.
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
        """Read and plan again; return the outcome if the plan is no longer valid.

        This precedes the first write of a saved plan: an edited file may name the current version together with wrong
        values. It is not an attempt that met a newer state, so it does not count as a round. What the platform would
        refuse is looked for again too: what the resource depends on may have changed in this run.
        """
        reading, related = await self.requests.read_related()
        outcome = self.rebase(reading)
        todo = [planned.action for planned in self.state.todo]
        refused = [] if outcome else [*self.kind.dependencies.refusals(self.state.planned.desired, todo, related)]
        if refused:
            outcome = self.state.end(Status.BLOCKED, " ".join(finding.message for finding in refused))
        self.state.rounds = 0
        self.fresh = True
        return outcome

    def not_visible(self, reading: Live | Missing, error: PlatformError) -> Outcome | None:
        """Continue after a lost write that is not visible, or only in part, if the reading still allows it."""
        if self.state.exhausted:
            message = WRITE_LOST.format(self.state.rounds + 1)
            shown = self.state.not_shown(reading)
            return self.state.end(Status.UNKNOWN, message, details=[str(error)], fields=shown)
        outcome = self.state.rebase(reading, error)
        if outcome is None:
            return None
        # A part of it may have been applied before live changed, whatever prevents the rest now: that is not known.
        held_back = () if outcome.status is Status.STALE else (str(error), outcome.message)
        return replace(outcome, status=Status.UNKNOWN, message=WRITE_UNCERTAIN, details=outcome.details + held_back)

    def doubt_refusal(self, stage: Sequence[PlannedAction], reading: Reading) -> None:
        """Record what a reading shows of a refused write: that it may have been applied, or that it was not.

        If live has changed to another state, neither is known: another writer may have overwritten the change.
        """
        if self.state.took_effect(stage, reading):
            self.requests.settle(Ending.UNKNOWN, DONE_DESPITE_REFUSAL)
        elif not isinstance(reading, Unreadable) and self._as_before(reading):
            self.requests.settle_refusal()

    async def after_refusal(self, error: PlatformError) -> Reading:
        """Read the resource after a refused write, because a platform may apply what it refuses.

        A platform without versions may still show the state before the write. It is then read once more after ``lag``,
        and other resources continue meanwhile. After a refusal of credentials, or a temporary one, this is not needed:
        the platform has not looked at the write.
        """
        # A target that is down would only make this reading wait for all of its retries as well.
        if isinstance(error, Unavailable) and error.down:
            return Unreadable(error)
        reading = await self.requests.read()
        late = not (self.versioned or isinstance(error, UNSEEN_ERRORS))
        if late and not isinstance(reading, Unreadable) and self._as_before(reading):
            async with self.requests.permit.suspended():
                with self._waiting() as say:
                    say("reading again after a refusal", str(error), most=self.lag)
                    await self.run.clock.sleep(self.lag)
            reading = await self.requests.read()
        return reading

    async def moved(self, error: Conflict | NotFound, reading: Reading | None = None) -> Outcome | None:
        """Read and continue after an error that says that live is in another state than the write expected.

        If the reading shows the same state as before, "not found" is not about the resource and counts as a refusal. So
        does a conflict on a platform without versions.
        """
        reading = reading or await self.after_refusal(error)
        self.doubt_refusal(self.state.stage(), reading)
        # A 404 may be about something other than the resource, such as a thing that the request names.
        refusal = isinstance(error, NotFound) or not self.versioned
        if not refusal:
            return self.rebase(reading, error)
        if isinstance(reading, Unreadable):
            return self._refused(self.state.stage(), error, reading)
        if self._as_before(reading):
            outcome = self.state.end(Status.FAILED, str(error), details=error.messages)
            return _doubtful(outcome) if self.state.in_doubt else outcome
        if isinstance(reading, Live) and self.state.live and not self.state.replaced(reading):
            stage = self.state.stage()
            if self.state.shows(stage, reading):
                return self.state.check(stage, reading)
            self.state.count_fields(stage, reading)
        return self.rebase(reading, error)

    def _as_before(self, reading: Live | Missing) -> bool:
        live = self.state.live
        now = reading if isinstance(reading, Live) else None
        # The version counts as well: the fields may be the same again after two changes by others.
        same = now is None or live is None or (now.remote_id, now.version) == (live.remote_id, live.version)
        return same and self.state.as_seen(reading)

    def accepted(self) -> None:
        """Note that the platform accepted a write, which ends a row of refusals."""
        self._refusals = 0

    def _note_refusal(self, error: Exception) -> None:
        """Note what a failure says about the target as a whole."""
        target = self.state.planned.identity.target
        match error:
            case NotAuthorised(code=code) if code not in self.kind.own_refusals:
                self.refused = CREDENTIALS_REFUSED.format(target)
            case Unavailable(down=True):
                self.refused = DOWN.format(target)
            # Without a status nothing was answered at all: that is about one request, not about the target's load.
            case Unavailable(status=int()):
                self.overloaded = OVERLOADED.format(target)

    def will_retry(self, error: PlatformError) -> bool:
        """Return whether the platform refuses a write temporarily and the run will retry it."""
        return isinstance(error, Unavailable) and error.after is not None and self._refusals + 1 < MOST_REFUSALS

    async def refused_write(
        self, stage: Sequence[PlannedAction], error: PlatformError, reading: Reading | None = None
    ) -> Outcome | None:
        """Continue after a write that the platform refused, temporarily or permanently.

        ``reading`` is what was read since the refusal, None if nothing was.
        """
        in_doubt = self.state.in_doubt
        if isinstance(error, Unavailable) and error.after is not None and self.will_retry(error):
            outcome = await self._wait(error, error.after)
        else:
            self._note_refusal(error)
            outcome = self._refused(stage, error, reading or await self.after_refusal(error))
        return _doubtful(outcome) if in_doubt and outcome is not None else outcome

    async def _wait(self, error: Unavailable, asked: float) -> Outcome | None:
        """Wait ``asked`` seconds before the write is prepared again; a request to stop ends the wait."""
        # A platform may ask for 0 seconds each time; the doubled minimum keeps the retries apart even then.
        seconds = max(asked, FIRST_WAIT * 2.0**self._refusals)
        if error.status != TOO_MANY_REQUESTS and self.state.live is None and not self.versioned:
            # A gateway may have answered although the platform behind it created the resource. Only a search prevents a
            # second creation, and it may take this long to show the first.
            seconds = max(seconds, self.lag)
        self._refusals += 1
        _LOG.info("%s: %s; retrying in %.1f s.", self.state.planned.identity, str(error).rstrip("."), seconds)
        # Not suspended(), which lets another resource start: the platform asks for fewer requests.
        self.requests.permit.release()
        with self._waiting() as say:
            retry = f"retry {self._refusals} of {MOST_REFUSALS - 1} in {seconds:.3g} s: {error}"
            say(cause_of(error.status), retry, most=seconds)
            await self.run.stop.sleep(self.run.clock, seconds)
        if self.run.stop.requested:
            return self.state.end(Status.SKIPPED, STOPPED_WAITING, details=[str(error)])
        # Others may have written during the wait, so the next attempt must read again.
        self.fresh = False
        return None

    def _waiting(self) -> AbstractContextManager[Say]:
        return waiting(self.run.on_event, self.state.planned.identity.on_target)

    def _refused(self, stage: Sequence[PlannedAction], error: PlatformError, reading: Reading) -> Outcome | None:
        details = error.messages or (error.code,)
        status = Status.DEFERRED if isinstance(error, Busy) else Status.FAILED
        self.doubt_refusal(stage, reading)
        # After these three errors the platform has certainly not looked at the content of the write.
        if isinstance(reading, Unreadable) and not isinstance(error, (Busy, *UNSEEN_ERRORS)):
            self.requests.settle(Ending.UNKNOWN, REFUSED_NOT_READ)
            details = (str(error), *details, str(reading.error))
            return self.state.end(Status.UNKNOWN, REFUSED_NOT_READ, details=details)
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
        """End a resource if not all of a refused stage is visible; the visible part counts as done."""
        details = error.messages or (error.code,)
        took_effect = self.state.took_effect(stage, reading)
        verified = self.state.verified(stage, reading)
        # A platform may apply some of the actions before it refuses the rest, and these are visible.
        self.state.count_fields(stage, reading)
        held = self.state.deferred(reading)
        if held is not None:
            # The message is about the state that holds it back.
            return self.state.held_back(held, error.messages or (str(error),))
        moved = [replace(r, note=REFUSED_AND_CHANGED) for r in verified.missed if took_effect and r.now != r.planned]
        if took_effect and verified.not_returned:
            fields = (*verified.not_returned, *moved)
            return self.state.end(Status.UNKNOWN, REFUSED_IN_PART, details=(str(error), *details), fields=fields)
        return self.state.end(status, str(error), details=details, fields=moved)


def _doubtful(outcome: Outcome) -> Outcome:
    """Return the outcome of a resource for which an earlier write may still take effect."""
    return replace(outcome, status=Status.UNKNOWN, message=WRITE_UNCERTAIN, details=(outcome.message, *outcome.details))

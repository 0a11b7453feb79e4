"""Wait for a process to end, and distinguish success, rejection and a time-out.

Its progress is read from the resource's states, because the answer to a request only says that it was accepted.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from trueup.apply.attempt import SHOWN, WRITE_UNCERTAIN, ResourceContext
from trueup.apply.requests import UNCERTAIN_ERRORS
from trueup.errors import PlatformError
from trueup.kinds.findings import report_lines
from trueup.kinds.processes import Process, ProcessProgress
from trueup.model.action import Delete, FieldAction, ProcessAction
from trueup.model.live import Lifecycle, Live, Missing, Reading, Unreadable
from trueup.model.plan import PlannedAction
from trueup.model.run import Ending, Outcome, Status
from trueup.model.wait import Say, waiting
from trueup.plan.masked import masked_paths

_LOG: Final = logging.getLogger("trueup.apply")

# Seconds between two readings: a preview takes seconds, a review hours.
_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 30.0
GROWTH: Final = 1.5

TIMED_OUT = "It is still {} after {:.0f} s. The platform continues; plan again later."
NOT_AWAITED = "It is {} on the platform, and this run does not wait for it to end. Plan again later."
_STOPPED = "It is {} on the platform. The run was asked to stop and does not wait for it to end. Plan again later."
NO_EFFECT = "The platform accepted it, but shows no effect after {:.0f} s."
VANISHED = "It was deleted while the platform processed it. Plan again."
UNKNOWN_STATE = "It has been in an undocumented state for {:.0f} s: {}. Check it on the platform."
REFUSED_AND_RUN = (
    "The platform refused it, but a {} has ended since. This request or another writer may have started it, and what "
    "the platform shows does not say which. Plan again."
)
NOT_READABLE = "It was sent, and its result could not be read."


@dataclass(frozen=True, slots=True)
class _Wait:
    """A wait for a process, which completes ``stage``. ``in_review``: a review by people must end as well.

    ``began`` is the clock's time in seconds, and ``before`` the lifecycle before the action was sent. ``unconfirmed``
    is the error of a request that was lost or refused: the process that shows may be another writer's.
    """

    context: ResourceContext
    stage: tuple[PlannedAction, ...]
    action: ProcessAction
    before: Lifecycle | None
    began: float
    in_review: bool = False
    unconfirmed: PlatformError | None = None

    def end(self, status: Status, message: str, details: Sequence[str] = ()) -> Outcome:
        """Return the outcome of the resource."""
        return self.explained(self.context.state.end(status, message, details=details))

    def explained(self, outcome: Outcome) -> Outcome:
        """Return an outcome with the error of the request if nothing has confirmed it."""
        if self.unconfirmed is None:
            return outcome
        return replace(outcome, details=(str(self.unconfirmed), *outcome.details))

    @property
    def elapsed(self) -> float:
        return self.context.run.clock.now() - self.began

    @property
    def row(self) -> Process:
        return self.context.kind.lifecycle.rows[type(self.action)]

    @property
    def cause(self) -> str:
        return f"{self.row.noun} {'in review' if self.in_review else 'pending'}"

    @property
    def limit(self) -> float:
        # An action that takes effect at once, such as a comment, only needs the time until the platform shows it.
        if self.row.seconds is None:
            return self.context.lag
        asked = self.context.run.options.wait_seconds
        return self.row.seconds if asked is None else asked


async def wait_for(  # noqa: PLR0913 - all but the context describe the awaited action
    context: ResourceContext,
    stage: tuple[PlannedAction, ...],
    action: ProcessAction,
    before: Lifecycle | None,
    answer: Live | None,
    *,
    reached: ProcessProgress | None = None,
    unconfirmed: PlatformError | None = None,
) -> Outcome | None:
    """Wait for an action that was accepted, or that shows, to end; return the outcome if that ends the resource.

    ``stage`` are the actions of its request, which are verified when it has ended. ``before`` is the state before it
    was sent, None if the resource was created with it. ``answer`` is what the platform returned when it accepted the
    action, None if it returned nothing. ``reached`` is the progress that a refusal reported, such as "already
    published". ``unconfirmed`` is the error of a request whose answer was lost, or that was refused although the
    process shows.
    """
    wait = _Wait(context, stage, action, before, context.run.clock.now(), unconfirmed=unconfirmed)
    async with context.requests.permit.suspended():
        return await _poll(wait, answer, reached)


def under_review(context: ResourceContext, reading: Reading) -> bool:
    """Return whether a reading shows that people at the platform are still reviewing the resource."""
    lifecycle = reading.lifecycle if isinstance(reading, Live) else None
    return lifecycle is not None and context.kind.lifecycle.in_review(lifecycle)


async def wait_for_people(context: ResourceContext, action: ProcessAction, reading: Reading) -> Outcome | None:
    """Wait for the review of an action of this run to end; return the outcome if that ends the resource."""
    wait = _Wait(context, (), action, None, context.run.clock.now(), in_review=True)
    async with context.requests.permit.suspended():
        return await _poll(wait, reading, None)


async def _poll(wait: _Wait, answer: Reading | None, reached: ProcessProgress | None) -> Outcome | None:
    with waiting(wait.context.run.on_event, wait.context.requests.wanted.identity.on_target) as say:
        return await _poll_saying(wait, answer, reached, say)


async def _poll_saying(
    wait: _Wait, answer: Reading | None, reached: ProcessProgress | None, say: Say
) -> Outcome | None:
    pause = _FIRST_PAUSE
    # An answer may show the state before the write, which says nothing about the progress.
    old = isinstance(answer, Live) and (answer.lifecycle == wait.before or _is_as_sent(wait.context, answer))
    reading = await wait.context.requests.look() if answer is None or old else answer
    while True:
        if isinstance(wait.action, Delete) and is_gone(wait.context, reading):
            wait.context.state.count_done(wait.stage[0])
            return None
        state = _state(wait, reading)
        # "Already done" names the present state, which a comparison with the state before cannot find.
        if reached is ProcessProgress.SUCCEEDED and isinstance(reading, Live):
            state = reached
        if state is ProcessProgress.SUCCEEDED or state is ProcessProgress.REJECTED:
            return _ended(wait, reading, state)
        outcome = _stop_waiting(wait, reading, state)
        if outcome is not None:
            return outcome
        say(wait.cause, _state_text(wait, reading), most=wait.limit)
        _LOG.info(
            "%s: waiting for %s, %s after %.0f s; next reading in %.1f s.",
            wait.context.requests.wanted.identity,
            type(wait.action).__name__,
            _state_text(wait, reading),
            wait.elapsed,
            pause,
        )
        await _sleep(wait, pause)
        pause = min(pause * GROWTH, _LONGEST_PAUSE)
        reading = await wait.context.requests.look()


def _is_as_sent(context: ResourceContext, answer: Live) -> bool:
    """Return whether an answer has the version with which the write was sent: a write raises it."""
    sent = context.state.live
    return sent is not None and sent.version is not None and sent.version == answer.version


def _state(wait: _Wait, reading: Reading) -> ProcessProgress:
    """Return the progress that a reading shows."""
    match reading:
        # One failed reading says nothing about the process; the time limit ends a series of them.
        case Unreadable():
            return ProcessProgress.RUNNING
        case Missing():
            return ProcessProgress.REJECTED
        case Live() if wait.context.state.replaced(reading):
            return ProcessProgress.REJECTED
        case Live(lifecycle=now):
            # Until the lag has passed, an unchanged state may only mean that the process has not started yet.
            if now is None or (now == wait.before and wait.elapsed < wait.context.lag):
                return ProcessProgress.RUNNING
            if wait.in_review and under_review(wait.context, reading):
                return ProcessProgress.RUNNING
            return wait.context.kind.lifecycle.progress(wait.action, before=wait.before or now, now=now, accepted=True)


def _ended(wait: _Wait, reading: Reading, state: ProcessProgress) -> Outcome | None:
    lost = isinstance(wait.unconfirmed, UNCERTAIN_ERRORS)
    if isinstance(reading, Live) and (state is ProcessProgress.SUCCEEDED or wait.context.state.replaced(reading)):
        if wait.unconfirmed is not None and state is ProcessProgress.SUCCEEDED:
            if not _shows_request(wait, reading):
                return wait.end(Status.UNKNOWN, WRITE_UNCERTAIN if lost else REFUSED_AND_RUN.format(wait.row.noun))
            if lost:
                wait.context.requests.settle(Ending.APPLIED, SHOWN)
        if state is ProcessProgress.SUCCEEDED and reading.lifecycle is not None:
            wait.context.notes += wait.row.assigned(wait.before, reading.lifecycle)
        outcome = wait.context.state.check(wait.stage, reading)
        return outcome and wait.explained(outcome)
    if not isinstance(reading, Live) or reading.lifecycle is None:
        return wait.end(Status.UNKNOWN, VANISHED)
    details = report_lines(wait.row.report(reading.lifecycle))
    if wait.unconfirmed is not None and not lost:
        return wait.end(Status.UNKNOWN, REFUSED_AND_RUN.format(wait.row.noun), details)
    return wait.end(Status.FAILED, wait.row.failure(reading.lifecycle).format(_state_text(wait, reading)), details)


def _shows_request(wait: _Wait, live: Live) -> bool:
    """Return whether a reading shows what the request with the process changed; of masked values it shows nothing."""
    state, kind = wait.context.state, wait.context.kind
    if kind.lifecycle.carries([wait.action]):
        # It publishes what the draft has: another writer's process shows in another content.
        return state.as_seen(live) and not state.carries_more(live)
    masked = masked_paths(kind)
    changes = [planned.action for planned in wait.stage if isinstance(planned.action, FieldAction)]
    visible = any(action.path not in masked for action in changes)
    verified = state.verified(wait.stage, live)
    return (visible or not changes) and not (verified.missed or verified.unkept)


def _stop_waiting(wait: _Wait, reading: Reading, state: ProcessProgress) -> Outcome | None:
    """Return the outcome if the run does not wait any longer, else None."""
    shown = _state_text(wait, reading)

    def end(status: Status, message: str, details: Sequence[str] = ()) -> Outcome:
        later = wait.context.state.later(wait.action) if status is Status.DEFERRED else None
        return wait.end(status, f"{message} {later.message}" if later else message, details)

    running = state is ProcessProgress.RUNNING and isinstance(reading, Live)
    if wait.context.run.stop.requested:
        return end(Status.DEFERRED, _STOPPED.format(shown))
    # An action that takes effect at once is confirmed even if the run waits for nothing.
    if running and not wait.context.run.options.wait and wait.row.seconds is not None:
        return end(Status.DEFERRED, NOT_AWAITED.format(shown))
    if wait.elapsed < wait.limit:
        return None
    match state:
        case ProcessProgress.UNDECIDED:
            return end(Status.UNKNOWN, UNKNOWN_STATE.format(wait.elapsed, shown))
        case ProcessProgress.NOT_TAKEN if wait.unconfirmed is not None:
            return end(Status.UNKNOWN, WRITE_UNCERTAIN)
        case ProcessProgress.NOT_TAKEN:
            return end(Status.FAILED, NO_EFFECT.format(wait.elapsed))
        case _ if isinstance(reading, Unreadable):
            return end(Status.UNKNOWN, NOT_READABLE, details=[str(reading.error)])
        case _:
            return end(Status.DEFERRED, TIMED_OUT.format(shown, wait.elapsed))


async def _sleep(wait: _Wait, seconds: float) -> None:
    """Sleep for this many seconds, until the time for this process is over or until a stop is requested."""
    seconds = max(min(seconds, wait.limit - wait.elapsed), 0)
    await wait.context.run.stop.sleep(wait.context.run.clock, seconds)


def _state_text(wait: _Wait, reading: Reading) -> str:
    """Return the platform's word for the state that the action changes."""
    if not isinstance(reading, Live) or reading.lifecycle is None:
        return "not readable"
    return wait.row.state(reading.lifecycle)


def is_gone(context: ResourceContext, reading: Reading) -> bool:
    """Return whether the resource is gone; one that was created in its place has another id."""
    return isinstance(reading, Missing) or context.state.replaced(reading)

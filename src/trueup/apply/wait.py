"""Await the end of a preview or a publish: success, rejection and running out of time are three endings.

That a certification has begun is the end of its publish. It is awaited only where something is to follow it.

Polling backs off. While it waits, the resource lends its slot to others. A request to stop ends the wait and not the
process: that goes on at the platform, and the next plan sees how it ended.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from trueup.apply.events import Waiting
from trueup.apply.ground import Ground
from trueup.kinds.connector.progress import Progress, progress
from trueup.kinds.connector.states import CERTIFYING, Preview
from trueup.kinds.connector.words import listed_again, report_lines
from trueup.model.action import AddComment, ProcessAction, Publish, RequestPreview, Unlist
from trueup.model.live import Lifecycle, Live, Missing, Reading, ReportEntry, Unreadable
from trueup.model.outcome import Outcome, Status
from trueup.model.plan import PlannedAction

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 30.0
GROWTH: Final = 1.5

_MOST: Final[dict[type[ProcessAction], float]] = {RequestPreview: 30 * 60.0, Publish: 20 * 60.0}
"""How long previews and publishing take at most in practice, in seconds (``connect-api.md`` section 11)."""

PREVIEW_REJECTED = "The platform rejected the preview: {}."
PREVIEW_CALLED_OFF = (
    "The platform rejected the preview or called it off: {} again, and no report says why. The next apply asks anew."
)
PUBLISH_FAILED = "The platform failed to publish it: {}."
TIMED_OUT = "It is still {} after {:.0f} s. It goes on at the platform; plan again later."
NOT_AWAITED = "It is {} at the platform, and this run does not wait for its end. Plan again later."
STOPPED = "It is {} at the platform; the run was asked to stop and does not wait for its end. Plan again later."
NO_EFFECT = "The platform accepted it, and {:.0f} s later it still shows no effect."
VANISHED = "It is not found any more since it is being processed: it was deleted. Plan again."
UNKNOWN_STATE = "It has been in a state for {:.0f} s that is not documented: {}. Look at it on the platform."
NOT_READABLE = "The platform accepted it, but how it ended could not be read."


@dataclass(frozen=True, slots=True)
class _Wait:
    """Hold one wait: its end completes ``stage``; ``by_people``: a certification is to end too."""

    ground: Ground
    stage: tuple[PlannedAction, ...]
    action: ProcessAction
    before: Lifecycle | None
    began: float
    by_people: bool = False

    @property
    def elapsed(self) -> float:
        return self.ground.means.clock.now() - self.began

    @property
    def most(self) -> float:
        usual = _MOST.get(type(self.action), self.ground.lag)
        asked = self.ground.means.options.wait_seconds
        return usual if asked is None or type(self.action) not in _MOST else asked


async def wait_for(  # noqa: PLR0913 - all but the ground describe the one action that is awaited
    ground: Ground,
    planned: PlannedAction,
    action: ProcessAction,
    before: Lifecycle,
    answer: Live | None,
    *,
    reached: Progress | None = None,
) -> Outcome | None:
    """Await the end of an action that was taken; return the outcome when that ends the resource.

    ``before`` is the state before it was sent. ``answer`` is what the platform showed when it took it, None when it
    showed nothing. ``reached`` is what a refusal said about it.
    """
    wait = _Wait(ground, (planned,), action, before, ground.means.clock.now())
    async with ground.requests.slot.lent():
        return await _poll(wait, answer, reached)


def certifying(reading: Reading) -> bool:
    """Say whether a reading shows that the certification has not ended."""
    return isinstance(reading, Live) and reading.lifecycle is not None and reading.lifecycle.status in CERTIFYING


async def wait_for_people(ground: Ground, reading: Reading) -> Outcome | None:
    """Await the end of a certification that this run began; return the outcome when that ends the resource."""
    action = Publish(certification=True)
    wait = _Wait(ground, (), action, None, ground.means.clock.now(), by_people=True)
    async with ground.requests.slot.lent():
        return await _poll(wait, reading, None)


async def _poll(wait: _Wait, answer: Reading | None, reached: Progress | None) -> Outcome | None:
    pause = FIRST_PAUSE
    # An answer may show the state before the write, which tells nothing of how far it has come.
    old = isinstance(answer, Live) and answer.lifecycle == wait.before
    reading = await wait.ground.requests.look() if answer is None or old else answer
    while True:
        state = _state(wait, reading)
        if reached is Progress.SUCCEEDED and isinstance(reading, Live):
            state = reached
        if state is Progress.SUCCEEDED or state is Progress.REJECTED:
            return _over(wait, reading, state)
        outcome = _given_up(wait, reading, state)
        if outcome is not None:
            return outcome
        wait.ground.means.on_event(
            Waiting(wait.ground.requests.wanted.identity, wait.action, _words(wait, reading), wait.elapsed)
        )
        await _pass(wait, pause)
        pause = min(pause * GROWTH, LONGEST_PAUSE)
        reading = await wait.ground.requests.look()


def _state(wait: _Wait, reading: Reading) -> Progress:
    """Say how far it has come; a state that is as it was before may only not have begun to change."""
    match reading:
        case Unreadable():
            return Progress.RUNNING
        case Missing():
            return Progress.REJECTED
        case Live() if wait.ground.progress.replaced(reading):
            return Progress.REJECTED
        case Live(lifecycle=now):
            if now is None or (now == wait.before and wait.elapsed < wait.ground.lag):
                return Progress.RUNNING
            if wait.by_people and now.status in CERTIFYING:
                return Progress.RUNNING
            return progress(wait.action, before=wait.before or now, now=now, accepted=True)


def _over(wait: _Wait, reading: Reading, state: Progress) -> Outcome | None:
    if isinstance(reading, Live) and (state is Progress.SUCCEEDED or wait.ground.progress.replaced(reading)):
        return wait.ground.progress.check(wait.stage, reading)
    if not isinstance(reading, Live) or reading.lifecycle is None:
        return wait.ground.progress.end(Status.UNKNOWN, VANISHED)
    details = report_lines(_report(wait.action, reading.lifecycle))
    told = _rejection(wait.action, reading.lifecycle).format(_words(wait, reading))
    return wait.ground.progress.end(Status.FAILED, told, details=details)


def _rejection(action: ProcessAction, now: Lifecycle) -> str:
    if not isinstance(action, RequestPreview):
        return PUBLISH_FAILED
    return PREVIEW_CALLED_OFF if now.previewable == Preview.NONE else PREVIEW_REJECTED


def _given_up(wait: _Wait, reading: Reading, state: Progress) -> Outcome | None:
    """Return the outcome when there is nothing more to wait for, or no more time."""
    words = _words(wait, reading)

    def end(status: Status, message: str, details: Sequence[str] = ()) -> Outcome:
        unlists = wait.action == Publish(certification=True) and wait.ground.progress.unlists
        later = f" {listed_again().message}" if unlists and status is Status.DEFERRED else ""
        return wait.ground.progress.end(status, message + later, details=details)

    running = state is Progress.RUNNING and isinstance(reading, Live)
    if wait.ground.means.stop.requested:
        return end(Status.DEFERRED, STOPPED.format(words))
    if running and not wait.ground.means.options.wait and type(wait.action) in _MOST:
        return end(Status.DEFERRED, NOT_AWAITED.format(words))
    if wait.elapsed < wait.most:
        return None
    match state:
        case Progress.UNDECIDED:
            return end(Status.UNKNOWN, UNKNOWN_STATE.format(wait.elapsed, words))
        case Progress.NOT_TAKEN:
            return end(Status.FAILED, NO_EFFECT.format(wait.elapsed))
        case _ if isinstance(reading, Unreadable):
            return end(Status.UNKNOWN, NOT_READABLE, details=[str(reading.error)])
        case _:
            return end(Status.DEFERRED, TIMED_OUT.format(words, wait.elapsed))


async def _pass(wait: _Wait, seconds: float) -> None:
    """Let time pass, but no longer than until somebody asks to stop or the time is up."""
    seconds = max(min(seconds, wait.most - wait.elapsed), 0)
    await wait.ground.means.stop.sleep(wait.ground.means.clock, seconds)


def _words(wait: _Wait, reading: Reading) -> str:
    """Return the platform's own word for the state that the action moves."""
    if not isinstance(reading, Live) or reading.lifecycle is None:
        return "not readable"
    match wait.action:
        case RequestPreview():
            return f"isPreviewable {reading.lifecycle.previewable}"
        case Publish() | Unlist() | AddComment():
            return f"status {reading.lifecycle.status}"
        case _:
            return "under way"


def _report(action: ProcessAction, lifecycle: Lifecycle) -> tuple[ReportEntry, ...]:
    return lifecycle.preview_report if isinstance(action, RequestPreview) else lifecycle.publish_report

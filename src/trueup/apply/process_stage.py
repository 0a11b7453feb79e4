"""Send one process action, await its end, and tell success, rejection and running out of time apart.

A process is sent for content that people approved, so it goes out only after a fresh reading that still shows that
content. Its own progress is read off the draft's states: what the platform answers to the request only says that it
was taken.
"""

from dataclasses import replace

from trueup.apply.ground import DONE_ALL_THE_SAME, UNSETTLED, Ground
from trueup.apply.requests import LOST
from trueup.apply.wait import certifying, wait_for, wait_for_people
from trueup.errors import Busy, Conflict, NotAuthorised, NotFound, PlatformError, Unavailable
from trueup.kinds.connector.progress import Progress, belies, progress, refusal
from trueup.model.action import Delete, ProcessAction
from trueup.model.live import Lifecycle, Live, Missing, Reading, Unreadable
from trueup.model.outcome import Outcome, Status
from trueup.model.plan import PlannedAction
from trueup.model.run import Ending

STILL_THERE = (
    "The platform accepted the deletion, and the resource is still there. It may have been archived instead: look at "
    "it on the platform, and take the tombstone away if that is what was wanted."
)
REFUSED_AND_GONE = "It was refused, and the resource is gone: by this request, or by others."
NOT_CONFIRMED = "The platform accepted the deletion, but reading could not confirm it."


async def send_process(ground: Ground) -> Outcome | None:
    """Send the next process action; return the outcome when that ends the resource."""
    (planned,) = ground.progress.stage()
    action = planned.action
    assert isinstance(action, ProcessAction), "a stage holds one process action or none"
    reading = await ground.requests.read()
    if ground.progress.follows_certification and certifying(reading):
        return await wait_for_people(ground, reading)
    if not isinstance(reading, Live) or not _is_current(ground, reading):
        return ground.rebase(reading)
    before = reading.lifecycle
    try:
        answer = await ground.requests.send(reading, [action])
    except LOST as error:
        return await _settle(ground, planned, action, before, error)
    except PlatformError as error:
        return await _refused(ground, planned, action, before, error)
    if before is None or isinstance(action, Delete):
        return await _confirm_deletion(ground, planned)
    return await wait_for(ground, planned, action, before, answer)


def _is_current(ground: Ground, live: Live) -> bool:
    known = ground.progress.live
    same = known is not None and known.version == live.version and ground.progress.as_seen(live)
    return same and not ground.progress.carries_more(live)


async def _refused(
    ground: Ground, planned: PlannedAction, action: ProcessAction, before: Lifecycle | None, error: PlatformError
) -> Outcome | None:
    """Handle a refusal, which may say that the aim is reached already or will be."""
    reached = refusal(action, error.code)
    if isinstance(action, Delete) and not isinstance(error, Conflict | Busy | Unavailable):
        return await _refused_deletion(ground, planned, error)
    if reached is not None and before is not None:
        reading = await ground.requests.read()
        if not (isinstance(reading, Live) and reading.lifecycle and belies(action, reading.lifecycle)):
            answer = reading if isinstance(reading, Live) else None
            return await wait_for(ground, planned, action, before, answer, reached=reached)
    if isinstance(error, Conflict | NotFound):
        return await ground.moved(error)
    if before is None or isinstance(error, Busy | NotAuthorised | Unavailable):
        return await ground.refused_write([planned], error)
    reading = await ground.requests.read()
    if _taken(action, before, reading) in {Progress.SUCCEEDED, Progress.RUNNING} and isinstance(reading, Live):
        ground.requests.settle(Ending.UNKNOWN, DONE_ALL_THE_SAME)
        return await wait_for(ground, planned, action, before, reading)
    return await ground.refused_write([planned], error, reading)


async def _settle(
    ground: Ground, planned: PlannedAction, action: ProcessAction, before: Lifecycle | None, error: PlatformError
) -> Outcome | None:
    """Find out by reading whether an action was taken whose answer was lost."""
    patience = 0 if ground.versioned else ground.lag

    def taken(reading: Reading) -> Progress:
        if isinstance(action, Delete) and _is_gone(ground, reading):
            return Progress.SUCCEEDED
        return _taken(action, before, reading)

    reading = await ground.requests.read_until(lambda r: taken(r) is not Progress.NOT_TAKEN, patience)
    ground.progress.lose([planned])
    if isinstance(reading, Unreadable):
        return ground.progress.end(Status.UNKNOWN, UNSETTLED, details=[str(error), str(reading.error)])
    match taken(reading):
        case Progress.NOT_TAKEN:
            return ground.not_taken(reading, error)
        case Progress.UNDECIDED:
            return ground.progress.end(Status.UNKNOWN, UNSETTLED, details=[str(error)])
        case _:
            ground.requests.settle(Ending.APPLIED, "A reading shows it.")
    if before is None or isinstance(action, Delete) or isinstance(reading, Missing):
        ground.progress.take(planned)
        return None
    return await wait_for(ground, planned, action, before, reading)


def _taken(action: ProcessAction, before: Lifecycle | None, reading: Reading) -> Progress:
    match reading:
        case Live(lifecycle=now) if before is not None and now is not None:
            return progress(action, before=before, now=now, accepted=False)
        case Live() | Missing() | Unreadable():
            return Progress.NOT_TAKEN


async def _refused_deletion(ground: Ground, planned: PlannedAction, error: PlatformError) -> Outcome | None:
    """Find out by reading whether what the platform did not delete now is there at all.

    Others may have deleted it a moment before, or the platform itself, although it refused.
    """
    # A search may still show what others have just deleted.
    patience = 0 if ground.versioned or isinstance(error, NotAuthorised) else ground.lag
    reading = await ground.requests.read_until(lambda r: _is_gone(ground, r), patience)
    if _is_gone(ground, reading):
        ground.requests.settle(Ending.UNKNOWN, REFUSED_AND_GONE)
        ground.progress.take(planned)
        return None
    return await ground.refused_write([planned], error, reading)


def _is_gone(ground: Ground, reading: Reading) -> bool:
    """Say whether it is gone; what somebody else created in its place is another one."""
    return isinstance(reading, Missing) or ground.progress.replaced(reading)


async def _confirm_deletion(ground: Ground, planned: PlannedAction) -> Outcome | None:
    reading = await ground.requests.read_until(lambda r: _is_gone(ground, r), ground.lag)
    if _is_gone(ground, reading):
        ground.progress.take(planned)
        return None
    if isinstance(reading, Unreadable):
        return replace(ground.progress.end(Status.UNKNOWN, NOT_CONFIRMED), details=(str(reading.error),))
    return ground.progress.end(Status.FAILED, STILL_THERE)

"""Send one process action, await its end, and tell success, rejection and running out of time apart.

A process is sent for content that people approved, so it goes out only after a fresh reading that still shows that
content. Its own progress is read off the draft's states: what the platform answers to the request only says that it
was taken.
"""

from dataclasses import replace

from trueup.apply.attempt import DONE_ALL_THE_SAME, UNSETTLED, Ground
from trueup.apply.requests import LOST
from trueup.apply.wait import under_review, wait_for, wait_for_people
from trueup.errors import Busy, Conflict, NotFound, PlatformError
from trueup.kinds.processes import Progress
from trueup.model.action import Delete, ProcessAction
from trueup.model.live import Lifecycle, Live, Missing, Reading, Unreadable
from trueup.model.outcome import Outcome, Status
from trueup.model.plan import PlannedAction
from trueup.model.run import Ending

STILL_THERE = (
    "The platform accepted the deletion, and the resource is still there. It may have been archived instead: look at "
    "it on the platform, and take the tombstone away if that is what was wanted."
)
NOT_CONFIRMED = "The platform accepted the deletion, but reading could not confirm it."


async def send_process(ground: Ground) -> Outcome | None:
    """Send the next process action; return the outcome when that ends the resource."""
    (planned,) = ground.progress.stage()
    action = planned.action
    assert isinstance(action, ProcessAction), "a stage holds one process action or none"
    reading = await ground.requests.read()
    earlier = ground.progress.awaited
    if earlier is not None and under_review(ground, reading):
        return await wait_for_people(ground, earlier, reading)
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
    """Account for a refusal: its aim may be reached already, and a platform may carry out what it refuses."""
    rules = ground.kind.lifecycle
    reached = rules.refusal(action, error.code)
    if reached is not None and before is not None and not isinstance(action, Delete):
        reading = await ground.requests.read()
        if not (isinstance(reading, Live) and reading.lifecycle and rules.belies(action, reading.lifecycle)):
            _doubt(ground, action, before, reading)
            answer = reading if isinstance(reading, Live) else None
            return await wait_for(ground, planned, action, before, answer, reached=reached)
    if ground.puts_off(error):
        return await ground.refused_write([planned], error)
    reading = await ground.after_refusal(error)
    taken = _doubt(ground, action, before, reading)
    # What shows after a conflict, or while the platform is busy, others may have begun, with content of theirs.
    if isinstance(error, Conflict) or (isinstance(error, NotFound) and not taken):
        return await ground.moved(error, reading)
    if not taken or (isinstance(error, Busy) and rules.carries([action])):
        return await ground.refused_write([planned], error, reading)
    if before is None or isinstance(action, Delete):
        ground.progress.take(planned)
        return None
    return await wait_for(ground, planned, action, before, reading if isinstance(reading, Live) else None)


def _doubt(ground: Ground, action: ProcessAction, before: Lifecycle | None, reading: Reading) -> bool:
    """Return whether a refused action shows, and then put on record that it may have been carried out."""
    taken = _taken(ground, action, before, reading) in {Progress.SUCCEEDED, Progress.RUNNING}
    if taken:
        ground.requests.settle(Ending.UNKNOWN, DONE_ALL_THE_SAME)
    return taken


async def _settle(
    ground: Ground, planned: PlannedAction, action: ProcessAction, before: Lifecycle | None, error: PlatformError
) -> Outcome | None:
    """Find out by reading whether an action was taken whose answer was lost."""
    patience = 0 if ground.versioned else ground.lag
    reading = await ground.requests.read_until(
        lambda r: _taken(ground, action, before, r) is not Progress.NOT_TAKEN, patience
    )
    ground.progress.lose([planned])
    if isinstance(reading, Unreadable):
        return ground.progress.end(Status.UNKNOWN, UNSETTLED, details=[str(error), str(reading.error)])
    match _taken(ground, action, before, reading):
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


def _taken(ground: Ground, action: ProcessAction, before: Lifecycle | None, reading: Reading) -> Progress:
    if isinstance(action, Delete):
        return Progress.SUCCEEDED if _is_gone(ground, reading) else Progress.NOT_TAKEN
    if ground.progress.replaced(reading):
        return Progress.NOT_TAKEN
    match reading:
        case Live(lifecycle=now) if before is not None and now is not None:
            return ground.kind.lifecycle.progress(action, before=before, now=now, accepted=False)
        case Live() | Missing() | Unreadable():
            return Progress.NOT_TAKEN


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

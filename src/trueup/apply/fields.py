"""Send one stage of field actions, or the creation, and find out what became of it.

Any answer but a plain success leads to a fresh reading, and the reading decides: go on, stop, or say that it is not
known. No request is ever repeated without a reading in between.
"""

from collections.abc import Sequence

from trueup.apply.attempt import WRITE_UNCERTAIN, ResourceContext
from trueup.apply.requests import UNCERTAIN_ERRORS
from trueup.apply.state import DELETED_MEANWHILE
from trueup.errors import Conflict, NotFound, PlatformError
from trueup.model.action import Action, Create, FieldAction
from trueup.model.live import Live, Missing, Reading, Unreadable
from trueup.model.plan import PlannedAction
from trueup.model.run import Ending, Outcome, Status

NOT_SHOWN = "The platform accepted the creation, but does not show the resource yet."
NOT_READ_BACK = "The platform accepted it, but it could not be read back."
_NOT_THERE = "The answer to the creation was lost, and the resource does not show. It is not created again in this run."
UNTOLD = "The answer was lost, and the platform does not return the fields that would tell. Plan again."


async def send_fields(ground: ResourceContext) -> Outcome | None:
    """Send the next stage; return the outcome when that ends the resource."""
    # A version guards an update. Nothing guards a creation but the platform's own word that keys are unique.
    guarded = ground.versioned and ground.progress.live is not None
    if not (guarded or ground.fresh):
        outcome = await _precondition(ground)
        if outcome is not None or not ground.progress.todo or not isinstance(_next(ground), FieldAction | Create):
            # What is left, if anything, is a process: that has a turn of its own, and is awaited.
            return outcome
    ground.fresh = False
    stage = ground.progress.stage()
    try:
        answer = await ground.requests.send(ground.progress.live, [planned.action for planned in stage])
    except (Conflict, NotFound) as error:
        return await ground.moved(error)
    except UNCERTAIN_ERRORS as error:
        return await _settle(ground, stage, error)
    except PlatformError as error:
        return await ground.refused_write(stage, error)
    ground.taken()
    # An answer may show the state before the write (connect-api.md section 9, row 14), and only reading tells.
    if answer is None or any(report.planned == report.now for report in ground.progress.verified(stage, answer).missed):
        return await _read_back(ground, stage)
    return ground.progress.check(stage, answer)


def _next(ground: ResourceContext) -> Action:
    return ground.progress.todo[0].action


async def _precondition(ground: ResourceContext) -> Outcome | None:
    """Read right before the write and check that all is as seen, as there is no version by which the platform would."""
    reading = await _look(ground)
    if not isinstance(reading, Unreadable) and ground.progress.as_seen(reading):
        return None
    return ground.rebase(reading)


async def _look(ground: ResourceContext) -> Reading:
    if ground.progress.live is None and ground.requests.unsettled:
        # An earlier run may have created it a moment ago: give it the time that the platform may need to show it.
        return await ground.requests.read_until(lambda reading: isinstance(reading, Live), ground.lag)
    return await ground.requests.read()


async def _read_back(ground: ResourceContext, stage: Sequence[PlannedAction]) -> Outcome | None:
    """Verify an accepted write by reading, as its answer did not show that it was done.

    One reading is enough of a platform with versions, which shows what it has taken.
    """
    patience = 0 if ground.versioned else ground.lag
    reading = await ground.requests.read_until(lambda r: _holds(ground, stage, r), patience)
    ground.fresh = True
    match reading:
        case Live():
            return ground.progress.check(stage, reading)
        case Missing():
            return ground.progress.end(Status.UNKNOWN, DELETED_MEANWHILE if ground.progress.live else NOT_SHOWN)
        case Unreadable(error):
            return ground.progress.end(Status.UNKNOWN, NOT_READ_BACK, details=[str(error)])


async def _settle(ground: ResourceContext, stage: Sequence[PlannedAction], error: PlatformError) -> Outcome | None:
    """Find out by reading what became of a write whose answer was lost."""
    # Where there is a version, a write that is still under way cannot do harm later: it or its repetition fails.
    patience = 0 if ground.versioned else ground.lag
    reading = await ground.requests.read_until(lambda r: _holds(ground, stage, r), patience)
    ground.progress.lose(stage)
    ground.fresh = ground.versioned
    match reading:
        case Unreadable(problem):
            return ground.progress.end(Status.UNKNOWN, WRITE_UNCERTAIN, details=[str(error), str(problem)])
        case Missing() if ground.progress.live is None and not ground.versioned:
            # Nothing there forbids a second creation: it is not for this run to try.
            return ground.progress.end(Status.UNKNOWN, _NOT_THERE, details=[str(error)])
        case Live() if _holds(ground, stage, reading):
            verified = ground.progress.verified(stage, reading)
            if verified.unseen:
                return ground.progress.end(Status.UNKNOWN, UNTOLD, details=[str(error)], fields=verified.unseen)
            ground.requests.settle(Ending.APPLIED, "A reading shows it.")
            return ground.progress.check(stage, reading)
        case Live() | Missing():
            return ground.not_taken(reading, error)


def _holds(ground: ResourceContext, stage: Sequence[PlannedAction], reading: Reading) -> bool:
    if not isinstance(reading, Live) or ground.progress.replaced(reading):
        return False
    return not ground.progress.verified(stage, reading).missed

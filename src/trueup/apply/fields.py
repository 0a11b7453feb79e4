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
NOT_VERIFIABLE = "The answer was lost, and the platform does not return the fields that would tell. Plan again."


async def send_fields(context: ResourceContext) -> Outcome | None:
    """Send the next stage; return the outcome when that ends the resource."""
    # A version guards an update. Nothing guards a creation but the platform's own word that keys are unique.
    guarded = context.versioned and context.state.live is not None
    if not (guarded or context.fresh):
        outcome = await _precondition(context)
        if outcome is not None or not context.state.todo or not isinstance(_next(context), FieldAction | Create):
            # What is left, if anything, is a process: that has a turn of its own, and is awaited.
            return outcome
    context.fresh = False
    stage = context.state.stage()
    try:
        answer = await context.requests.send(context.state.live, [planned.action for planned in stage])
    except (Conflict, NotFound) as error:
        return await context.moved(error)
    except UNCERTAIN_ERRORS as error:
        return await _settle(context, stage, error)
    except PlatformError as error:
        return await context.refused_write(stage, error)
    context.taken()
    # An answer may show the state before the write (connect-api.md section 9, row 14), and only reading tells.
    if answer is None or any(report.planned == report.now for report in context.state.verified(stage, answer).missed):
        return await _read_back(context, stage)
    return context.state.check(stage, answer)


def _next(context: ResourceContext) -> Action:
    return context.state.todo[0].action


async def _precondition(context: ResourceContext) -> Outcome | None:
    """Read right before the write and check that all is as seen, as there is no version by which the platform would."""
    reading = await _look(context)
    if not isinstance(reading, Unreadable) and context.state.as_seen(reading):
        return None
    return context.rebase(reading)


async def _look(context: ResourceContext) -> Reading:
    if context.state.live is None and context.requests.unsettled:
        # An earlier run may have created it a moment ago: give it the time that the platform may need to show it.
        return await context.requests.read_until(lambda reading: isinstance(reading, Live), context.lag)
    return await context.requests.read()


async def _read_back(context: ResourceContext, stage: Sequence[PlannedAction]) -> Outcome | None:
    """Verify an accepted write by reading, as its answer did not show that it was done.

    One reading is enough of a platform with versions, which shows what it has taken.
    """
    patience = 0 if context.versioned else context.lag
    reading = await context.requests.read_until(lambda r: _holds(context, stage, r), patience)
    context.fresh = True
    match reading:
        case Live():
            return context.state.check(stage, reading)
        case Missing():
            return context.state.end(Status.UNKNOWN, DELETED_MEANWHILE if context.state.live else NOT_SHOWN)
        case Unreadable(error):
            return context.state.end(Status.UNKNOWN, NOT_READ_BACK, details=[str(error)])


async def _settle(context: ResourceContext, stage: Sequence[PlannedAction], error: PlatformError) -> Outcome | None:
    """Find out by reading what became of a write whose answer was lost."""
    # Where there is a version, a write that is still under way cannot do harm later: it or its repetition fails.
    patience = 0 if context.versioned else context.lag
    reading = await context.requests.read_until(lambda r: _holds(context, stage, r), patience)
    context.state.lose(stage)
    context.fresh = context.versioned
    match reading:
        case Unreadable(problem):
            return context.state.end(Status.UNKNOWN, WRITE_UNCERTAIN, details=[str(error), str(problem)])
        case Missing() if context.state.live is None and not context.versioned:
            # Nothing there forbids a second creation: it is not for this run to try.
            return context.state.end(Status.UNKNOWN, _NOT_THERE, details=[str(error)])
        case Live() if _holds(context, stage, reading):
            verified = context.state.verified(stage, reading)
            if verified.unseen:
                return context.state.end(Status.UNKNOWN, NOT_VERIFIABLE, details=[str(error)], fields=verified.unseen)
            context.requests.settle(Ending.APPLIED, "A reading shows it.")
            return context.state.check(stage, reading)
        case Live() | Missing():
            return context.not_taken(reading, error)


def _holds(context: ResourceContext, stage: Sequence[PlannedAction], reading: Reading) -> bool:
    if not isinstance(reading, Live) or context.state.replaced(reading):
        return False
    return not context.state.verified(stage, reading).missed

"""Send one stage of field actions, or the creation, and determine its result.

After any answer other than a plain success the resource is read again, and the reading decides: continue, stop, or
report that the result is not known. No request is repeated without a reading in between.
"""

from collections.abc import Sequence

from trueup.apply.attempt import SHOWN, WRITE_UNCERTAIN, ResourceContext
from trueup.apply.processes import joined_process, refused_process, shown_progress
from trueup.apply.requests import UNCERTAIN_ERRORS
from trueup.apply.state import DELETED_MEANWHILE
from trueup.apply.wait import wait_for
from trueup.errors import Conflict, NoBody, NotFound, PlatformError
from trueup.kinds.processes import ProcessProgress
from trueup.model.action import Action, Create, FieldAction
from trueup.model.live import Live, Missing, Reading, Unreadable
from trueup.model.plan import PlannedAction
from trueup.model.run import Ending, Outcome, Status

NOT_SHOWN = "The platform accepted the creation, but does not show the resource yet."
NOT_READ_BACK = "The platform accepted it, but it could not be read back."
_NOT_THERE = (
    "The answer to the creation was lost, and the resource is not visible. It is not created again in this run."
)
NOT_VERIFIABLE = (
    "The answer was lost, and the platform does not return the fields that would show whether the change was made. "
    "Plan again."
)


async def send_fields(context: ResourceContext) -> Outcome | None:
    """Send the next stage; return the outcome if that ends the resource."""
    # A version guards an update. A creation is guarded only where the platform enforces unique keys.
    guarded = context.versioned and context.state.live is not None
    if not (guarded or context.fresh):
        outcome = await _precondition(context)
        if outcome is not None or not context.state.todo or not isinstance(_next(context), FieldAction | Create):
            # What remains, if anything, is a process, which is sent by send_process.
            return outcome
    # A reading guards one write only: the next stage needs its own.
    context.fresh = False
    stage = context.state.stage()
    before = context.state.lifecycle
    try:
        answer = await context.requests.send(context.state.live, [planned.action for planned in stage])
    except UNCERTAIN_ERRORS as error:
        return await _settle(context, stage, error)
    except PlatformError as error:
        return await _refused(context, stage, error)
    context.accepted()
    process = joined_process(stage)
    if process is not None:
        # What the platform shows is judged when the process has ended.
        return await wait_for(context, stage, process, before, answer)
    # An answer may show the state before the write (connect-api.md section 9, row 14); only a reading shows the result.
    if answer is None or any(report.planned == report.now for report in context.state.verified(stage, answer).missed):
        return await _read_back(context, stage)
    return context.state.check(stage, answer)


def _next(context: ResourceContext) -> Action:
    return context.state.todo[0].action


async def _precondition(context: ResourceContext) -> Outcome | None:
    """Read right before the write and compare with the last reading, since the platform checks no version."""
    reading = await _look(context)
    if not isinstance(reading, Unreadable) and context.state.as_seen(reading):
        return None
    return context.rebase(reading)


async def _look(context: ResourceContext) -> Reading:
    if context.state.live is None and context.requests.unsettled:
        # An earlier run may have created it a moment ago, and the platform may take ``lag`` seconds to show it.
        return await context.requests.read_until(lambda reading: isinstance(reading, Live), context.lag)
    return await context.requests.read()


async def _read_back(context: ResourceContext, stage: Sequence[PlannedAction]) -> Outcome | None:
    """Verify an accepted write by reading, because its answer did not show the change.

    One reading is enough on a platform with versions, which shows every accepted write at once.
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


async def _refused(context: ResourceContext, stage: tuple[PlannedAction, ...], error: PlatformError) -> Outcome | None:
    process, before = joined_process(stage), context.state.lifecycle
    if process is not None and before is not None:
        return await refused_process(context, stage, process, before, error)
    return await (
        context.moved(error) if isinstance(error, Conflict | NotFound) else context.refused_write(stage, error)
    )


async def _settle(context: ResourceContext, stage: tuple[PlannedAction, ...], error: PlatformError) -> Outcome | None:
    """Determine by reading the result of a write whose answer was lost."""
    # With a version, a request that is still in transit can do no harm: either it or its retry fails.
    patience = 0 if context.versioned else context.lag
    reading = await context.requests.read_until(lambda r: _holds(context, stage, r), patience)
    # Noted before the reading is judged: if the change shows later, it is known to be this run's and not another's.
    context.state.lose(stage)
    context.fresh = context.versioned
    match reading:
        case Unreadable(problem):
            return context.state.end(Status.UNKNOWN, WRITE_UNCERTAIN, details=[str(error), str(problem)])
        case Missing() if context.state.live is None and not context.versioned:
            # The platform would accept a second creation, so this run does not try it.
            return context.state.end(Status.UNKNOWN, _NOT_THERE, details=[str(error)])
        case Live() if _holds(context, stage, reading):
            if (process := joined_process(stage)) is not None:
                # An answer without a body has confirmed the request.
                confirmed = isinstance(error, NoBody)
                if confirmed:
                    context.requests.settle(Ending.APPLIED, SHOWN)
                unconfirmed, before = None if confirmed else error, context.state.lifecycle
                return await wait_for(context, stage, process, before, reading, unconfirmed=unconfirmed)
            verified = context.state.verified(stage, reading)
            if verified.not_returned:
                return context.state.end(
                    Status.UNKNOWN, NOT_VERIFIABLE, details=[str(error)], fields=verified.not_returned
                )
            context.requests.settle(Ending.APPLIED, SHOWN)
            return context.state.check(stage, reading)
        case Live() | Missing():
            return context.not_visible(reading, error)


def _holds(context: ResourceContext, stage: Sequence[PlannedAction], reading: Reading) -> bool:
    if not isinstance(reading, Live) or context.state.replaced(reading):
        return False
    process, before = joined_process(stage), context.state.lifecycle
    if process is not None and before is not None and reading.lifecycle is not None:
        # The values may change before or after the process, so its start shows that the request was accepted.
        return shown_progress(context, process, before, reading) is not ProcessProgress.NOT_TAKEN
    return not context.state.verified(stage, reading).missed

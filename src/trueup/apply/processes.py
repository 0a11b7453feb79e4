"""Send one process action, and determine its result.

A process is sent for content that people approved, so it is sent only after a fresh reading that still shows that
content.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from trueup.apply.attempt import DONE_DESPITE_REFUSAL, SHOWN, WRITE_UNCERTAIN, ResourceContext
from trueup.apply.requests import UNCERTAIN_ERRORS
from trueup.apply.wait import REFUSED_AND_RUN, is_gone, under_review, wait_for, wait_for_people
from trueup.errors import Busy, Conflict, NoBody, NotFound, PlatformError
from trueup.kinds.processes import LifecycleRules, ProcessProgress
from trueup.model.action import Delete, ProcessAction
from trueup.model.live import Lifecycle, Live, Missing, Reading, Unreadable
from trueup.model.plan import PlannedAction
from trueup.model.run import Ending, Outcome, Status

STILL_THERE = (
    "The platform accepted the deletion, but the resource still exists. It may have been archived instead: check it on "
    "the platform, and remove the tombstone if archiving is what you want."
)
NOT_CONFIRMED = "The platform accepted the deletion, but reading could not confirm it."


def joined_process(stage: Sequence[PlannedAction]) -> ProcessAction | None:
    """Return the process that is part of a request with other actions, None if there is none."""
    last = stage[-1].action
    return last if len(stage) > 1 and isinstance(last, ProcessAction) else None


async def send_process(context: ResourceContext) -> Outcome | None:
    """Send the next process action; return the outcome if that ends the resource."""
    (planned,) = context.state.stage()
    action = planned.action
    assert isinstance(action, ProcessAction), "a stage holds one process action or none"
    # Read even where a version guards the write: the wait needs the state before it, and unmanaged fields are compared.
    reading = await context.requests.read()
    earlier = context.state.awaited
    if earlier is not None and under_review(context, reading):
        return await wait_for_people(context, earlier, reading)
    if not isinstance(reading, Live) or not _is_current(context, reading):
        return context.rebase(reading)
    before = reading.lifecycle
    try:
        answer = await context.requests.send(reading, [action])
    except UNCERTAIN_ERRORS as error:
        if not (isinstance(error, NoBody) and isinstance(action, Delete)):
            return await _settle(context, planned, action, before, error)
        # Any 2xx accepts a deletion, and nothing guards a second one.
        context.requests.settle(Ending.APPLIED, str(error))
        answer = None
    except PlatformError as error:
        return await refused_process(context, (planned,), action, before, error)
    if before is None or (isinstance(action, Delete) and Delete not in context.kind.lifecycle.rows):
        return await _confirm_deletion(context, planned)
    return await wait_for(context, (planned,), action, before, answer)


def _is_current(context: ResourceContext, live: Live) -> bool:
    known = context.state.live
    same = known is not None and known.version == live.version and context.state.as_seen(live)
    return same and not context.state.carries_more(live)


async def refused_process(
    context: ResourceContext,
    stage: tuple[PlannedAction, ...],
    action: ProcessAction,
    before: Lifecycle | None,
    error: PlatformError,
) -> Outcome | None:
    """Continue after the refusal of a request with a process, which may have been done before or begin nevertheless.

    ``stage`` are the actions of the request, and ``before`` is the state in which it was sent.
    """
    rules = context.kind.lifecycle
    reached = rules.refusal(action, error.code)
    if reached is not None and before is not None and not isinstance(action, Delete):
        reading = await context.requests.read()
        # A code such as "already published" is believed unless the resource shows the contrary.
        if not (isinstance(reading, Live) and reading.lifecycle and rules.contradicts(action, reading.lifecycle)):
            _record(context, shown_progress(context, action, before, reading), before, reading)
            answer = reading if isinstance(reading, Live) else None
            return await wait_for(context, stage, action, before, answer, reached=reached)
    # A temporary refusal needs no reading here, since the retry starts with one.
    if context.will_retry(error):
        return await context.refused_write(stage, error)
    reading = await context.after_refusal(error)
    joins, has_content = rules.joins(action), _has_content(rules, action)
    progress = shown_progress(context, action, before, reading)
    # After a conflict, the rollout that shows is another writer's, with its values.
    if not (joins and isinstance(error, Conflict)):
        _record(context, progress, before, reading)
    elif progress is ProcessProgress.REJECTED and context.state.took_effect(stage, reading):
        # It shows the values of this request, and each rollout restarts what serves customers.
        context.requests.settle(Ending.UNKNOWN, DONE_DESPITE_REFUSAL)
        message = REFUSED_AND_RUN.format(rules.rows[type(action)].noun)
        return context.state.end(Status.UNKNOWN, message, details=[str(error)])
    begun = progress in _TAKEN or (joins and progress is not ProcessProgress.NOT_TAKEN)
    if isinstance(error, Conflict) or (isinstance(error, NotFound) and not begun):
        return await context.moved(error, reading)
    # While the platform is busy, the process that shows may be another writer's, with its content.
    if not begun or (isinstance(error, Busy) and has_content):
        return await context.refused_write(stage, error, reading)
    if not isinstance(reading, Live) or context.state.replaced(reading):
        context.state.count_done(stage[-1])
        return None
    return await wait_for(context, stage, action, before, reading, unconfirmed=error if has_content else None)


def _has_content(rules: LifecycleRules, action: ProcessAction) -> bool:
    """Return whether a process takes content along, so that another writer's process may lead to something else."""
    return rules.joins(action) or rules.carries([action])


_TAKEN: Final = frozenset({ProcessProgress.SUCCEEDED, ProcessProgress.RUNNING})


def _record(context: ResourceContext, progress: ProcessProgress, before: Lifecycle | None, reading: Reading) -> None:
    """Record what a reading shows of a refused process: that it may have been this run's, or that it was not begun."""
    if progress in _TAKEN:
        context.requests.settle(Ending.UNKNOWN, DONE_DESPITE_REFUSAL)
    elif isinstance(reading, Live) and reading.lifecycle == before and not context.state.replaced(reading):
        context.requests.settle_refusal()


async def _settle(
    context: ResourceContext,
    planned: PlannedAction,
    action: ProcessAction,
    before: Lifecycle | None,
    error: PlatformError,
) -> Outcome | None:
    """Determine by reading whether an action took effect whose answer was lost."""
    # A platform with versions shows every accepted write at once.
    patience = 0 if context.versioned else context.lag
    reading = await context.requests.read_until(
        lambda r: shown_progress(context, action, before, r) is not ProcessProgress.NOT_TAKEN, patience
    )
    context.state.lose([planned])
    if isinstance(reading, Unreadable):
        return context.state.end(Status.UNKNOWN, WRITE_UNCERTAIN, details=[str(error), str(reading.error)])
    progress = shown_progress(context, action, before, reading)
    if progress is ProcessProgress.NOT_TAKEN:
        return context.not_visible(reading, error)
    if progress is ProcessProgress.UNDECIDED:
        return context.state.end(Status.UNKNOWN, WRITE_UNCERTAIN, details=[str(error)])
    # What has content may be another writer's process; its end decides. An answer without a body is confirmed.
    confirmed = isinstance(error, NoBody) or not _has_content(context.kind.lifecycle, action)
    if confirmed:
        context.requests.settle(Ending.APPLIED, SHOWN)
    if not isinstance(reading, Live) or context.state.replaced(reading):
        context.state.count_done(planned)
        return None
    return await wait_for(context, (planned,), action, before, reading, unconfirmed=None if confirmed else error)


def shown_progress(
    context: ResourceContext, action: ProcessAction, before: Lifecycle | None, reading: Reading
) -> ProcessProgress:
    """Return the progress that a reading shows of an action that the platform has not confirmed."""
    if isinstance(action, Delete) and is_gone(context, reading):
        return ProcessProgress.SUCCEEDED
    if context.state.replaced(reading) or type(action) not in context.kind.lifecycle.rows:
        return ProcessProgress.NOT_TAKEN
    match reading:
        # accepted=False: the same state as before means that the action was not taken, not that it has yet to start.
        case Live(lifecycle=now) if before is not None and now is not None:
            return context.kind.lifecycle.progress(action, before=before, now=now, accepted=False)
        case Live() | Missing() | Unreadable():
            return ProcessProgress.NOT_TAKEN


async def _confirm_deletion(context: ResourceContext, planned: PlannedAction) -> Outcome | None:
    reading = await context.requests.read_until(lambda r: is_gone(context, r), context.lag)
    if is_gone(context, reading):
        context.state.count_done(planned)
        return None
    if isinstance(reading, Unreadable):
        return replace(context.state.end(Status.UNKNOWN, NOT_CONFIRMED), details=(str(reading.error),))
    return context.state.end(Status.FAILED, STILL_THERE)

"""Apply a plan: its resources concurrently and independently, so that one failure neither stops nor hides others."""

import asyncio
import logging
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from trueup.apply.batching import batching
from trueup.apply.context import DEFAULT_OPTIONS, ApplyContext, ApplyOptions, Finished, OnEvent, Started
from trueup.apply.interrupt import StopSignal
from trueup.apply.journal import Journal, JournalFailed
from trueup.apply.permits import Permit, Permits
from trueup.apply.resource import ResourceRun
from trueup.errors import TrueupError, UsageError
from trueup.faults import fault_text
from trueup.model.clock import Clock
from trueup.model.identity import Identity
from trueup.model.plan import Plan, ResourcePlan, Verdict
from trueup.model.reader import Reader
from trueup.model.run import Outcome, Status
from trueup.model.wait import ignore
from trueup.model.writer import Writer
from trueup.plan.desired import held_by
from trueup.plan.digest import SENT

__all__ = ["ApplyOptions", "StopSignal", "apply_plan"]

_LOG: Final = logging.getLogger("trueup.apply")

NOT_ON_RECORD = "The results of its requests could not be recorded. Plan again."
_STOPPED = "Not started: the run was asked to stop."
NOT_STARTED = "Not started: {}"
_NEEDS = "{}, on which it depends, ended as {}."
_STAYS = "{}, which depends on it, ended as {}."

_REACHED = frozenset({Status.APPLIED, Status.REBASED, Status.UNCHANGED})
"""Statuses of a resource after which those that wait for it begin."""

_HELD = {
    Verdict.UNCHANGED: Status.UNCHANGED,
    Verdict.BLOCKED: Status.BLOCKED,
    Verdict.DEFERRED: Status.DEFERRED,
    Verdict.UNREADABLE: Status.FAILED,
}
"""The status of a resource for which nothing is sent, by its verdict."""


async def apply_plan(  # noqa: PLR0913 - each is a seam that tests replace
    plan: Plan,
    *,
    readers: Mapping[str, Reader],
    writers: Mapping[str, Writer],
    journal: Journal,
    clock: Clock,
    options: ApplyOptions = DEFAULT_OPTIONS,
    on_event: OnEvent | None = None,
    stop: StopSignal | None = None,
    withheld: Sequence[Outcome] = (),
) -> tuple[Outcome, ...]:
    """Apply ``plan`` and return one outcome for each of its resources, in the plan's order.

    ``withheld`` are the outcomes of resources for which nothing may be sent; they are recorded as they are.
    Raises :class:`~trueup.errors.UsageError` before anything is sent if the plan is for a target that ``readers`` or
    ``writers`` do not have. Everything that happens to a resource afterwards is in its outcome.
    """
    _refuse_other_targets(plan, readers.keys() & writers.keys())
    context = ApplyContext(
        readers=readers,
        writers={name: batching(writer, size=options.batch, clock=clock) for name, writer in writers.items()},
        journal=journal,
        clock=clock,
        options=options,
        on_event=on_event or ignore,
        stop=stop or StopSignal(),
        permits=Permits(options.concurrency),
    )
    run = _Run(context, withheld, plan.resources)
    journal.begin(plan)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(run.one(planned)) for planned in plan.resources]
        watch = group.create_task(_cancel_all(context.stop, tasks))
        # wait() and not gather(): it raises nothing, so that every task ends before the watcher is cancelled.
        if tasks:
            await asyncio.wait(tasks)
        watch.cancel()
    outcomes = tuple(task.result() for task in tasks)
    try:
        await journal.flushed()
        journal.finish()
    except JournalFailed as error:
        # The outcomes must be reported even now, since the journal does not have them.
        return tuple(_noted(outcome, str(error)) if outcome.requests else outcome for outcome in outcomes)
    return outcomes


def _noted(outcome: Outcome, detail: str) -> Outcome:
    return outcome if detail in outcome.details else replace(outcome, details=(*outcome.details, detail))


async def _cancel_all(stop: StopSignal, tasks: Iterable[asyncio.Task[Outcome]]) -> None:
    """Cancel all tasks once an immediate stop is requested; each still returns an outcome."""
    await stop.wait_at_once()
    for task in tasks:
        task.cancel()


def _refuse_other_targets(plan: Plan, known: Collection[str]) -> None:
    needed = {planned.identity.target for planned in plan.resources if planned.verdict in SENT}
    unknown = sorted(needed.difference(known))
    if unknown:
        raise UsageError(f"The plan is for targets that are not configured here: {', '.join(unknown)}.")


class _Run:
    """The state that the resources of one run share."""

    def __init__(self, context: ApplyContext, withheld: Iterable[Outcome], resources: Iterable[ResourcePlan]) -> None:
        self._context = context
        self._withheld = {outcome.identity: outcome for outcome in withheld}
        self._refused: dict[str, str] = {}
        self._changed = Counter[str]()
        self._wrote: set[Identity] = set()
        self._statuses: dict[Identity, Status] = {}
        self._ended = {planned.identity: asyncio.Event() for planned in resources}

    async def one(self, planned: ResourcePlan) -> Outcome:
        """Apply one resource when the limits and those before it allow it, and record how it ended."""
        outcome = await self._one(planned)
        self._statuses[planned.identity] = outcome.status
        self._ended[planned.identity].set()
        return outcome

    async def _one(self, planned: ResourcePlan) -> Outcome:
        outcome = self._withheld.get(planned.identity)
        if outcome is None:
            outcome = _held_back(planned) if planned.verdict not in SENT else await self._in_turn(planned)
        _LOG.info("%s: %s. %s", outcome.identity, outcome.status, outcome.message)
        try:
            self._context.journal.outcome(outcome)
            # Without a request there is nothing that a crash could make unknown, and a flush takes milliseconds.
            if outcome.requests:
                await self._flushed()
            self._context.on_event(Finished(outcome))
        except JournalFailed as error:
            outcome = _noted(outcome, str(error))
            if outcome.identity in self._wrote:
                outcome = replace(outcome, status=Status.UNKNOWN, message=outcome.message or NOT_ON_RECORD)
            self._context.on_event(Finished(outcome))
        except Exception as error:  # noqa: BLE001 - the others must continue, and the outcome must be reported
            outcome = _noted(outcome, fault_text(error, "applying a resource"))
        return outcome

    async def _flushed(self) -> None:
        """Wait until all records are on the disk, so that nothing is reported that a crash could lose."""
        try:
            await self._context.journal.flushed()
        except asyncio.CancelledError:
            # After an immediate stop the cancellation has done its work, and the outcome is still to be reported.
            if not self._context.stop.at_once:
                raise

    async def _in_turn(self, planned: ResourcePlan) -> Outcome:
        try:
            unmet = await self._unmet(planned)
            if unmet:
                return _untouched(planned, Status.SKIPPED, NOT_STARTED.format(unmet))
            async with self._context.permits.started() as permit:
                return await self._apply(planned, permit)
        except asyncio.CancelledError:
            if not self._context.stop.at_once:
                raise
            return _untouched(planned, Status.SKIPPED, _STOPPED)

    async def _unmet(self, planned: ResourcePlan) -> str:
        """Wait for the resources that come first; return why this one cannot begin, empty if it can."""
        # A plan of a selection may name resources that are not in it.
        for identity in (identity for identity in planned.after if identity in self._ended):
            await self._ended[identity].wait()
            if self._statuses[identity] not in _REACHED:
                words = _STAYS if planned.verdict is Verdict.DELETE else _NEEDS
                return words.format(identity, self._statuses[identity])
        return ""

    async def _apply(self, planned: ResourcePlan, permit: Permit) -> Outcome:
        target = planned.identity.target
        if self._context.stop.requested:
            return _untouched(planned, Status.SKIPPED, _STOPPED)
        if target in self._refused:
            return _untouched(planned, Status.SKIPPED, NOT_STARTED.format(self._refused[target]))
        run, changed = ResourceRun(planned, self._context, permit), self._changed[target]
        outcome = await self._guarded(run, planned.identity)
        self._changed[target] += bool(outcome.done)
        # A target that accepted changes of other resources meanwhile is not overloaded.
        refused = run.refused or (run.overloaded if self._changed[target] == changed else "")
        # The first reason counts: later ones are often its consequences.
        if refused:
            self._refused.setdefault(target, refused)
        if run.wrote:
            self._wrote.add(planned.identity)
        return outcome

    async def _guarded(self, run: ResourceRun, identity: Identity) -> Outcome:
        """Run one resource; an exception ends only this one, and the others continue."""
        try:
            self._context.on_event(Started(identity))
            return await run.run()
        except asyncio.CancelledError:
            if not self._context.stop.at_once:
                raise
            return run.cancelled()
        except TrueupError as error:
            return run.fault(str(error))
        except Exception as error:  # noqa: BLE001 - the outermost boundary of a resource: the others must continue
            return run.fault(fault_text(error, "applying a resource"))


def _held_back(planned: ResourcePlan) -> Outcome:
    return _untouched(planned, _HELD[planned.verdict], planned.error or held_by(planned))


def _untouched(planned: ResourcePlan, status: Status, message: str) -> Outcome:
    return Outcome(
        identity=planned.identity,
        status=status,
        position=planned.position,
        message=message,
        left=tuple(action.action for action in planned.actions),
    )

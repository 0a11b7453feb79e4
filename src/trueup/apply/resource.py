"""Apply the plan of one resource, stage by stage. Each stage has a precondition and is verified before the next."""

from dataclasses import replace

from trueup.apply.attempt import ResourceContext
from trueup.apply.context import ApplyContext
from trueup.apply.fields import send_fields
from trueup.apply.permits import Permit
from trueup.apply.processes import send_process
from trueup.model.action import ProcessAction
from trueup.model.plan import ResourcePlan
from trueup.model.run import Outcome, Status

STOPPED_IMMEDIATELY = "The run was stopped immediately."
_STOPPED = "The run was asked to stop before this was done."
IN_PROGRESS = "A request was in progress, and it is not known whether it took effect. Plan again."


class ResourceRun:
    """The apply of one resource; an object is used once."""

    def __init__(self, planned: ResourcePlan, run: ApplyContext, permit: Permit) -> None:
        self._context = ResourceContext(planned, run, permit)

    @property
    def refused(self) -> str:
        """Return the reason to send nothing more to the target, empty if there is none."""
        return self._context.refused

    @property
    def overloaded(self) -> str:
        """Return the message that the target accepts no changes now, empty if it does."""
        return self._context.overloaded

    async def run(self) -> Outcome:
        """Apply all stages and return the outcome."""
        # An unguarded creation needs no reading here: send_fields searches for the resource right before it.
        guarded = self._context.state.live is not None or self._context.versioned
        # No version guards what this one takes over from another, for example the code to which a deployment moves.
        state = self._context.state
        takes_over = state.planned.after or self._context.kind.dependencies.needs(
            [planned.action for planned in state.todo]
        )
        looks = (self._context.run.options.saved or bool(takes_over)) and guarded
        outcome = await self._context.look_again() if looks else None
        while outcome is None and self._context.state.todo:
            outcome = await self._turn()
            self._context.requests.open = False
        return self._counted(outcome or self._finished())

    def _finished(self) -> Outcome:
        """Return the outcome when nothing is left to do, with what the processes led to."""
        before = self._context.run.journal.applied_before(self._context.requests.wanted.identity)
        outcome, live = self._context.state.finish(before), self._context.state.live
        results = self._context.kind.lifecycle.results(outcome.done, live) if live is not None else ""
        return outcome if outcome.message else replace(outcome, message=results)

    @property
    def wrote(self) -> bool:
        """Return whether a write was sent."""
        return self._context.requests.wrote

    def fault(self, message: str) -> Outcome:
        """Return the outcome after an error that is not the platform's, such as a bug or a full disk."""
        return self._counted(self._cut_short(Status.FAILED, message))

    def cancelled(self) -> Outcome:
        """Return the outcome of a resource whose task was cancelled."""
        return self._counted(self._cut_short(Status.SKIPPED, STOPPED_IMMEDIATELY))

    def _cut_short(self, status: Status, message: str) -> Outcome:
        """Return the outcome of a resource that ends early: unknown while a request may still take effect."""
        if self._context.requests.open or self._context.state.in_doubt:
            return self._context.state.end(Status.UNKNOWN, f"{message} {IN_PROGRESS}")
        return self._context.state.end(status, message)

    async def _turn(self) -> Outcome | None:
        if not isinstance(self._context.state.todo[0].action, ProcessAction):
            # A request to stop does not separate the field stages of a resource: some are only valid with the next one.
            return await send_fields(self._context)
        if self._context.run.stop.requested:
            return self._cut_short(Status.SKIPPED, _STOPPED)
        return await send_process(self._context)

    def _counted(self, outcome: Outcome) -> Outcome:
        # Only where the platform's support may be asked: other outcomes follow from what was read.
        asks = outcome.status in {Status.FAILED, Status.UNKNOWN}
        failed = self._context.requests.failed if asks else ""
        details = (*outcome.details, *self._context.notes)
        return replace(outcome, requests=self._context.requests.count, correlation_id=failed, details=details)

"""Apply the plan of one resource: stage by stage, each under its precondition and verified before the next."""

from dataclasses import replace

from trueup.apply.attempt import ResourceContext
from trueup.apply.context import ApplyContext
from trueup.apply.fields import send_fields
from trueup.apply.processes import send_process
from trueup.apply.permits import Permit
from trueup.model.action import ProcessAction
from trueup.model.plan import ResourcePlan
from trueup.model.run import Outcome, Status

STOPPED_IMMEDIATELY = "The run was stopped at once."
_STOPPED = "The run was asked to stop before this was done."
IN_PROGRESS = "A request was under way, and whether it took effect is not known. Plan again."


class ResourceRun:
    """Apply one resource; use once."""

    def __init__(self, planned: ResourcePlan, run: ApplyContext, permit: Permit) -> None:
        self._context = ResourceContext(planned, run, permit)

    @property
    def refused(self) -> str:
        """Return why nothing more need be asked of the target, empty while something may."""
        return self._context.refused

    @property
    def overloaded(self) -> str:
        """Return that the target takes no changes now, empty when it may."""
        return self._context.overloaded

    async def run(self) -> Outcome:
        """Do what is to be done and return how it ended."""
        # Where nothing guards a creation, it is looked for right before in any case, and as long as that takes.
        guarded = self._context.state.live is not None or self._context.versioned
        looks = self._context.run.options.saved and guarded
        outcome = await self._context.look_again() if looks else None
        while outcome is None and self._context.state.todo:
            outcome = await self._turn()
            self._context.requests.open = False
        before = self._context.run.journal.applied_before(self._context.requests.wanted.identity)
        return self._counted(outcome or self._context.state.finish(before))

    @property
    def wrote(self) -> bool:
        """Say whether a write was sent."""
        return self._context.requests.wrote

    def fault(self, message: str) -> Outcome:
        """Return the outcome of a run that broke off because something else than the platform failed."""
        return self._counted(self._cut_short(Status.FAILED, message))

    def cancelled(self) -> Outcome:
        """Return the outcome of a run that was stopped in the middle."""
        return self._counted(self._cut_short(Status.SKIPPED, STOPPED_IMMEDIATELY))

    def _cut_short(self, status: Status, message: str) -> Outcome:
        """Return the outcome of a resource that ends before its time: unknown while a request may still take effect."""
        if self._context.requests.open or self._context.state.in_doubt:
            return self._context.state.end(Status.UNKNOWN, f"{message} {IN_PROGRESS}")
        return self._context.state.end(status, message)

    async def _turn(self) -> Outcome | None:
        if not isinstance(self._context.state.todo[0].action, ProcessAction):
            # Field stages of one resource belong together: some only make sense with the next.
            return await send_fields(self._context)
        if self._context.run.stop.requested:
            return self._cut_short(Status.SKIPPED, _STOPPED)
        return await send_process(self._context)

    def _counted(self, outcome: Outcome) -> Outcome:
        return replace(outcome, requests=self._context.requests.count)

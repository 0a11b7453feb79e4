"""Apply the plan of one resource: stage by stage, each under its precondition and verified before the next."""

from dataclasses import replace

from trueup.apply.attempt import ResourceContext
from trueup.apply.context import ApplyContext
from trueup.apply.fields import send_fields
from trueup.apply.processes import send_process
from trueup.apply.slots import Permit
from trueup.model.action import ProcessAction
from trueup.model.plan import ResourcePlan
from trueup.model.run import Outcome, Status

BROKEN_OFF = "The run was stopped at once."
_STOPPED = "The run was asked to stop before this was done."
UNDER_WAY = "A request was under way, and whether it took effect is not known. Plan again."


class ResourceRun:
    """Apply one resource; use once."""

    def __init__(self, planned: ResourcePlan, means: ApplyContext, slot: Permit) -> None:
        self._ground = ResourceContext(planned, means, slot)

    @property
    def refused(self) -> str:
        """Return why nothing more need be asked of the target, empty while something may."""
        return self._ground.refused

    @property
    def overloaded(self) -> str:
        """Return that the target takes no changes now, empty when it may."""
        return self._ground.overloaded

    async def run(self) -> Outcome:
        """Do what is to be done and return how it ended."""
        # Where nothing guards a creation, it is looked for right before in any case, and as long as that takes.
        guarded = self._ground.progress.live is not None or self._ground.versioned
        looks = self._ground.means.options.saved and guarded
        outcome = await self._ground.look_again() if looks else None
        while outcome is None and self._ground.progress.todo:
            outcome = await self._turn()
            self._ground.requests.open = False
        before = self._ground.means.journal.applied_before(self._ground.requests.wanted.identity)
        return self._counted(outcome or self._ground.progress.finish(before))

    @property
    def wrote(self) -> bool:
        """Say whether a write was sent."""
        return self._ground.requests.wrote

    def fault(self, message: str) -> Outcome:
        """Return the outcome of a run that broke off because something else than the platform failed."""
        return self._counted(self._cut_short(Status.FAILED, message))

    def broken_off(self) -> Outcome:
        """Return the outcome of a run that was stopped in the middle."""
        return self._counted(self._cut_short(Status.SKIPPED, BROKEN_OFF))

    def _cut_short(self, status: Status, message: str) -> Outcome:
        """Return the outcome of a resource that ends before its time: unknown while a request may still take effect."""
        if self._ground.requests.open or self._ground.progress.in_doubt:
            return self._ground.progress.end(Status.UNKNOWN, f"{message} {UNDER_WAY}")
        return self._ground.progress.end(status, message)

    async def _turn(self) -> Outcome | None:
        if not isinstance(self._ground.progress.todo[0].action, ProcessAction):
            # Field stages of one resource belong together: some only make sense with the next.
            return await send_fields(self._ground)
        if self._ground.means.stop.requested:
            return self._cut_short(Status.SKIPPED, _STOPPED)
        return await send_process(self._ground)

    def _counted(self, outcome: Outcome) -> Outcome:
        return replace(outcome, requests=self._ground.requests.count)

"""Plan or take a saved plan, show it, ask, apply it: the run behind the apply command."""

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trueup.apply.file_journal import FileJournal
from trueup.apply.lock import locked
from trueup.apply.options import ApplyOptions
from trueup.apply.run import apply_plan
from trueup.apply.stop import StopSignal, stop_on_signals
from trueup.cli.options import Common
from trueup.cli.output import style_for
from trueup.cli.progress import progress_for
from trueup.cli.session import Scope, open_world, plan_scope
from trueup.cli.state import runs_folder, state_folder
from trueup.errors import Interrupted
from trueup.model.outcome import Outcome
from trueup.model.plan import Plan, Verdict
from trueup.platforms.clock import SystemClock
from trueup.report.plan import plan_tree
from trueup.report.text import render_text

if TYPE_CHECKING:
    from trueup.platforms.open import Platforms

ACTS = frozenset({Verdict.CREATE, Verdict.UPDATE, Verdict.DELETE})
"""Verdicts for which an apply sends something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """Hold what an apply did; ``interrupted`` when it was asked to stop before its end."""

    plan: Plan
    outcomes: tuple[Outcome, ...]
    interrupted: bool


async def plan_and_apply(
    scope: Scope, common: Common, *, saved: Plan | None, options: ApplyOptions, yes: bool
) -> Applied:
    """Apply a saved plan, or plan first; the lock is held from the first read to the last write.

    Raises Interrupted when the user does not agree, Refused when another apply holds the lock or a safety rule forbids
    the plan; nothing has been sent then.
    """
    with locked(state_folder(scope.project)):
        async with open_world(scope) as platforms:
            plan = saved if saved is not None else await _planned(scope, common, platforms)
            _show(plan, common)
            if not yes:
                _ask(plan)
            return await _applied(plan, scope, common, platforms, options)


async def _planned(scope: Scope, common: Common, platforms: "Platforms") -> Plan:
    with progress_for(common) as progress:
        return await plan_scope(scope, common, platforms, progress)


async def _applied(plan: Plan, scope: Scope, common: Common, platforms: "Platforms", options: ApplyOptions) -> Applied:
    stop = StopSignal()
    with stop_on_signals(stop), progress_for(common) as progress:
        outcomes = await apply_plan(
            plan,
            readers=platforms.readers,
            writers=platforms.writers,
            journal=FileJournal(runs_folder(scope.project)),
            clock=SystemClock(),
            options=options,
            on_event=progress.event,
            stop=stop,
        )
    return Applied(plan=plan, outcomes=outcomes, interrupted=stop.requested)


def _show(plan: Plan, common: Common) -> None:
    """Print the plan before anything is done: in text it is part of the result, in other formats it is talk."""
    stream = sys.stdout if common.form == "text" else sys.stderr
    if stream is sys.stderr and common.quiet:
        return
    style = style_for(common, stream)
    stream.write(render_text(plan_tree(plan), width=style.width, color=style.color, verbose=style.verbose))
    stream.flush()


def _ask(plan: Plan) -> None:
    """Ask on the terminal whether to go on; only the word yes does. Raises Interrupted on anything else."""
    if not any(resource.verdict in ACTS for resource in plan.resources):
        return
    sys.stderr.write("\nApply these actions? Only 'yes' goes on: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() != "yes":
        message = "Nothing was applied."
        raise Interrupted(message)

"""Plan or take a saved plan, show it, ask, apply it: the run behind the apply command."""

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trueup.apply.context import ApplyOptions
from trueup.apply.interrupt import StopSignal, locked, stop_on_signals
from trueup.apply.journal import JournalFailed
from trueup.apply.journal_file import FileJournal
from trueup.apply.run import apply_plan
from trueup.cli.files import say_unsettled
from trueup.cli.options import Rules, RunOptions
from trueup.cli.output import style_for
from trueup.cli.progress import progress_for
from trueup.cli.session import Scope, open_world, plan_scope
from trueup.cli.signals import hold
from trueup.cli.working_directory import input_line
from trueup.errors import Interrupted, Refused
from trueup.model.plan import Plan, Verdict
from trueup.model.run import Outcome
from trueup.plan.safety import enforce
from trueup.plan.saved import check_digest, with_memory
from trueup.plan.three_way import hold_conflicts
from trueup.platforms.settings import SystemClock
from trueup.report.plan import plan_tree
from trueup.report.text import render_text

if TYPE_CHECKING:
    from trueup.platforms.open import Platforms

ACTS = frozenset({Verdict.CREATE, Verdict.UPDATE, Verdict.DELETE})
"""Verdicts for which an apply sends something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """Hold what an apply did; ``error`` is why it did nothing, or that it was asked to stop before its end.

    Without outcomes and without an error, the user did not agree.
    """

    plan: Plan
    outcomes: tuple[Outcome, ...] | None
    error: Refused | Interrupted | JournalFailed | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyRequest:
    """Hold what is to be applied and how.

    ``saved`` is a plan that was made before, ``yes`` says not to ask, ``overwrite`` that live gives way where both
    sides changed since the base. ``digest`` is the hash that the plan must have, None for any.
    """

    scope: Scope
    common: RunOptions
    rules: Rules
    options: ApplyOptions
    saved: Plan | None
    yes: bool
    overwrite: bool = False
    digest: str | None = None


async def plan_and_apply(order: ApplyRequest) -> Applied:
    """Apply a saved plan, or plan first; the lock is held from the first read to the last write.

    When a safety rule forbids the plan or the user does not agree, nothing is sent and the answer has no outcomes.
    Raises Refused when another apply holds the lock, PlanOutdated when the plan has not the hash that was asked for.
    """
    with locked(order.scope.kept.folder):
        say_unsettled(order.scope.kept, order.common)
        async with open_world(order.scope, order.rules.of_http()) as platforms:
            plan = _recalled(order.saved, order) if order.saved is not None else await _planned(order, platforms)
            plan = plan if order.overwrite else hold_conflicts(plan)
            _show(plan, order.common)
            try:
                enforce(plan, order.rules.of_safety(all_valid=order.scope.valid))
                if not (order.yes or _agreed(plan)):
                    return Applied(plan=plan, outcomes=None, error=None)
            except (Refused, Interrupted) as error:
                return Applied(plan=plan, outcomes=None, error=error)
            _part(plan, order.common)
            return await _applied(plan, order, platforms)


def _recalled(saved: Plan, order: ApplyRequest) -> Plan:
    return with_memory(saved, order.scope.kept.left.memory)


async def _planned(order: ApplyRequest, platforms: "Platforms") -> Plan:
    with progress_for(order.common) as progress:
        plan = await plan_scope(order.scope, order.common, order.rules, platforms, progress)
    if order.digest is not None:
        check_digest(plan, order.digest)
    return plan


async def _applied(plan: Plan, order: ApplyRequest, platforms: "Platforms") -> Applied:
    stop = StopSignal()
    try:
        with stop_on_signals(stop), progress_for(order.common) as progress:
            outcomes = await apply_plan(
                plan,
                readers=platforms.readers,
                writers=platforms.writers,
                journal=FileJournal(order.scope.kept.journals, left=order.scope.kept.left),
                clock=SystemClock(),
                options=order.options,
                on_event=progress.event,
                stop=stop,
            )
            # What was done must be reported, whatever comes from here on.
            hold()
    except JournalFailed as error:
        # The run could not begin: the plan is still part of the report.
        return Applied(plan=plan, outcomes=None, error=error)
    stopped = Interrupted("Stopped before the end: what was under way has ended, nothing new was begun.")
    return Applied(plan=plan, outcomes=outcomes, error=stopped if stop.requested else None)


def _show(plan: Plan, common: RunOptions) -> None:
    """Print the plan before anything is done: in text it is part of the result, in other formats it is talk."""
    stream = sys.stdout if common.form == "text" else sys.stderr
    if stream is sys.stderr and common.quiet:
        return
    style = style_for(common, stream)
    stream.write(render_text(plan_tree(plan), width=style.width, color=style.color, verbose=style.verbose))
    stream.flush()


def _part(plan: Plan, common: RunOptions) -> None:
    """Leave a line free between a plan and what becomes of it, where both are the result."""
    if common.form == "text" and _acts(plan):
        sys.stdout.write("\n")
        sys.stdout.flush()


def _acts(plan: Plan) -> bool:
    return any(resource.verdict in ACTS for resource in plan.resources)


def _agreed(plan: Plan) -> bool:
    """Ask on the terminal whether to go on, if anything is to be done; only the word yes agrees.

    Raises Interrupted when a signal comes meanwhile.
    """
    if not _acts(plan):
        return True
    try:
        sys.stderr.write("\nApply these actions? Only 'yes' goes on: ")
        sys.stderr.flush()
        answer = input_line()
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        raise Interrupted("Interrupted at the question. Nothing was applied.") from None
    if not answer.endswith("\n"):
        # The input has ended, and with it the line of the question is still open.
        sys.stderr.write("\n")
    return answer.strip() == "yes"

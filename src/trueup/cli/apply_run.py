"""The run of the apply command: plan or use a saved plan, show it, ask, apply it."""

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trueup.apply.context import ApplyOptions
from trueup.apply.interrupt import StopSignal, locked, stop_on_signals
from trueup.apply.journal import JournalFailed
from trueup.apply.journal_file import FileJournal
from trueup.apply.run import apply_plan
from trueup.cli.files import warn_unsettled_writes
from trueup.cli.invocation import find_invocation
from trueup.cli.options import RunOptions
from trueup.cli.output import style_for
from trueup.cli.progress import ProgressLine, progress_for
from trueup.cli.rules import Rules
from trueup.cli.session import Scope, open_used_targets, plan_scope
from trueup.cli.signals import hold
from trueup.cli.working_directory import here, input_line
from trueup.errors import Interrupted, InvalidInput, Refused
from trueup.model.plan import Plan, Verdict
from trueup.model.run import Outcome
from trueup.plan.approval import Approval, Split, split
from trueup.plan.safety import enforce
from trueup.plan.saved import check_digest, with_memory
from trueup.plan.three_way import hold_conflicts
from trueup.plan.whole import with_resources
from trueup.platforms.credentials import credential_variables
from trueup.platforms.secured import SecretSource, missing_secrets
from trueup.platforms.settings import SystemClock
from trueup.report.plan import plan_tree
from trueup.report.text import render_text

if TYPE_CHECKING:
    from trueup.platforms.open import Platforms

ACTS = frozenset({Verdict.CREATE, Verdict.UPDATE, Verdict.DELETE})
"""Verdicts of resources for which an apply sends requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The result of an apply; ``error`` is why it did nothing, or that it was stopped early.

    ``plan`` and ``outcomes`` are about all resources, including those that were not approved.
    With neither outcomes nor an error, the user answered no.
    """

    plan: Plan
    outcomes: tuple[Outcome, ...] | None
    error: Refused | Interrupted | JournalFailed | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyRequest:
    """What to apply, and the options of the apply.

    ``saved`` is a plan that was made before. With ``yes``, the user is not asked. With ``overwrite``, the manifest wins
    where both sides changed since the base. ``digest`` is the hash that the plan must have, None for any.
    ``approval`` limits a new plan to what approved plans show, None if nothing does. ``arguments`` are those of the
    command line, for the journal.
    """

    scope: Scope
    common: RunOptions
    rules: Rules
    options: ApplyOptions
    saved: Plan | None
    yes: bool
    overwrite: bool = False
    digest: str | None = None
    approval: Approval | None = None
    arguments: tuple[str, ...] = ()


async def plan_and_apply(request: ApplyRequest) -> Applied:
    """Apply a saved plan, or plan and apply; the lock is held from the first read to the last write.

    When a safety rule forbids the plan or the user answers no, nothing is sent and the result has no outcomes. Raises
    Refused when another apply holds the lock, PlanOutdated when the plan does not have the requested hash, InvalidInput
    when secrets cannot be found.
    """
    # Before live state and journals are read: another apply may still change both.
    with locked(request.scope.state.folder):
        warn_unsettled_writes(request.scope.state, request.common)
        progress = progress_for(request.common, SystemClock())
        async with open_used_targets(request.scope, progress.watched(request.rules.of_http())) as platforms:
            plan = (
                _with_last_applied(request.saved, request)
                if request.saved is not None
                else await _planned(request, platforms, progress)
            )
            # Before conflicts are held: live that moved ends as stale, also where the manifest changed as well.
            part = Split(plan=plan) if request.approval is None else split(plan, request.approval)
            # Here, not while planning: a saved plan is made without --on-conflict.
            ready = part.plan if request.overwrite else hold_conflicts(part.plan)
            whole = ready if request.approval is None else _whole(plan, ready)
            # Where something is left, a plan without changes would say that live matches, or that nothing is selected.
            if not part.left or any(r.verdict is not Verdict.UNCHANGED for r in ready.resources):
                _show(ready, request.common)
            try:
                # A hash alone approves the whole plan.
                approved = None if request.digest and request.approval is None else part.deletions
                safety = request.rules.of_safety(all_valid=request.scope.valid, approved=approved)
                # After the plan was shown, so that a refusal can be understood; before the question, which cannot help.
                enforce(ready, safety, whole=whole)
                _check_secrets(ready, request.scope)
                if not (request.yes or _agreed(ready)):
                    return Applied(plan=whole, outcomes=None, error=None)
            except (Refused, Interrupted) as error:
                return Applied(plan=whole, outcomes=None, error=error)
            _part(ready, request.common)
            return await _applied(whole, part.left, request, platforms, progress)


def _check_secrets(plan: Plan, scope: Scope) -> None:
    """Raise InvalidInput with every secret that the plan would send and that cannot be found."""
    secrets = SecretSource(os.environ, scope.project.root, frozenset(credential_variables(scope.project.targets)))
    missing = missing_secrets(plan, secrets, {manifest.identity: manifest.positions for manifest in scope.manifests})
    if missing:
        raise InvalidInput(missing)


def _whole(plan: Plan, ready: Plan) -> Plan:
    """Return ``plan`` with the resources of ``ready``, a part of it in which conflicts are held."""
    held = {resource.identity: resource for resource in ready.resources}
    return with_resources(plan, tuple(held.get(resource.identity, resource) for resource in plan.resources))


def _with_last_applied(saved: Plan, request: ApplyRequest) -> Plan:
    return with_memory(saved, request.scope.state.left_over.memory)


async def _planned(request: ApplyRequest, platforms: "Platforms", progress: ProgressLine) -> Plan:
    async with progress.shown():
        plan = await plan_scope(request.scope, request.common, request.rules, platforms, progress)
    if request.digest is not None and request.approval is None:
        check_digest(plan, request.digest)
    return plan


async def _applied(
    plan: Plan, withheld: tuple[Outcome, ...], request: ApplyRequest, platforms: "Platforms", progress: ProgressLine
) -> Applied:
    stop = StopSignal()
    try:
        with stop_on_signals(stop):
            async with progress.shown():
                outcomes = await apply_plan(
                    plan,
                    readers=platforms.readers,
                    writers=platforms.writers,
                    journal=_journal(request),
                    clock=progress.clock,
                    options=request.options,
                    on_event=progress.event,
                    stop=stop,
                    withheld=withheld,
                )
                # From now on a signal must not interrupt: what was sent has to be reported.
                hold()
    except JournalFailed as error:
        # Nothing was sent. The plan is still part of the report.
        return Applied(plan=plan, outcomes=None, error=error)
    # Signals during the writes do not raise: the journal and the report have to be completed.
    stopped = Interrupted("Stopped early: writes in progress were finished, and no new ones were started.")
    return Applied(plan=plan, outcomes=outcomes, error=stopped if stop.requested else None)


def _journal(request: ApplyRequest) -> FileJournal:
    state, targets = request.scope.state, request.scope.project.targets
    invocation = find_invocation(os.environ, here(), request.arguments, targets)
    return FileJournal(state.journals, summary=state.left_over, invocation=invocation)


def _show(plan: Plan, common: RunOptions) -> None:
    """Print the plan before it is applied: in text it is part of the result, in other formats a message."""
    # In other formats, standard output has one document and nothing else.
    stream = sys.stdout if common.form == "text" else sys.stderr
    if stream is sys.stderr and common.quiet:
        return
    style = style_for(common, stream)
    stream.write(render_text(plan_tree(plan), width=style.width, color=style.color, verbose=style.verbose))
    stream.flush()


def _part(plan: Plan, common: RunOptions) -> None:
    """Print an empty line between the plan and its outcomes, where both are on standard output."""
    if common.form == "text" and _acts(plan):
        sys.stdout.write("\n")
        sys.stdout.flush()


def _acts(plan: Plan) -> bool:
    return any(resource.verdict in ACTS for resource in plan.resources)


def _agreed(plan: Plan) -> bool:
    """Return whether the user typed yes, or whether there is nothing to apply.

    Raises Interrupted when a signal arrives at the question.
    """
    if not _acts(plan):
        return True
    try:
        sys.stderr.write("\nApply these actions? Type yes to continue: ")
        sys.stderr.flush()
        # Not input(): a signal that arrives just before it would be handled only after the next line.
        answer = input_line()
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        raise Interrupted("Interrupted at the question. Nothing was applied.") from None
    if not answer.endswith("\n"):
        # The input ended without a line break, so the question's line is still open.
        sys.stderr.write("\n")
    return answer.strip() == "yes"

"""The command ``plan``: show what would be done."""

from typing import TYPE_CHECKING

import click

from trueup.cli.options import (
    FILE,
    FORMATS,
    RunOptions,
    allow_option,
    applied_option,
    base_option,
    changed_option,
    file_options,
    manifest_options,
    output_options,
)
from trueup.cli.rules import Rules, rule_options, rules_from

if TYPE_CHECKING:
    from pathlib import Path

    from trueup.cli.output import CommandEnd
    from trueup.cli.session import Scope
    from trueup.model.plan import Plan


@click.command(
    "plan",
    epilog="""\b
Examples:
  trueup plan                              # everything that trueup.yaml names
  trueup plan connectors/tax.yaml --detailed-exitcode
  trueup plan --select team=tax --format markdown
  trueup plan --base HEAD~1                # shows your changes, drift, or both
  trueup plan --changed-since origin/main  # only what a pull request touches
  trueup plan --out plan.json              # for: trueup show, and trueup apply --plan
  trueup plan examples/quickstart --sandbox""",
)
@manifest_options()
@base_option
@applied_option
@changed_option
@allow_option
@click.option("--detailed-exitcode", is_flag=True, help="End with status 2 when changes are pending.")
@click.option(
    "--out",
    metavar="FILE",
    type=FILE,
    help="Save the plan for apply --plan FILE. It contains no secrets.",
)
@rule_options()
@file_options()
@output_options(*FORMATS)
def command(*, detailed_exitcode: bool, **given: object) -> "CommandEnd":
    """Show what would be done to make live match the manifests. Changes nothing.

    Status 0 when the plan could be made, 1 when a target could not be read, 3 when manifests are invalid or ask for
    something that a platform cannot do, and with --detailed-exitcode 2 when changes are pending.
    """
    import sys

    from trueup.cli.event_loop import run_loop
    from trueup.cli.exit_codes import Exit, most_severe, status_of_diagnostics, status_of_plan
    from trueup.cli.files import save_plan, warn_unsettled_writes
    from trueup.cli.output import ended
    from trueup.cli.session import read_scope
    from trueup.plan.safety import refusals
    from trueup.report.result import Result

    rules = rules_from(given)
    # Parsed first, so that an invalid limit is an error before anything is read.
    safety = rules.of_safety(all_valid=True)
    common = RunOptions.of(given)
    scope = read_scope(common)
    if not (scope.valid or common.keep_going):
        return ended(common, Result(command="plan", status=Exit.INVALID, diagnostics=scope.diagnostics))
    warn_unsettled_writes(scope.state, common)
    plan = run_loop(_make_plan(scope, common, rules))
    if common.out is not None:
        save_plan(plan, common.out)
        if not common.quiet:
            sys.stderr.write(f"{_saved(common.out)}\n")
    # Only a message: a plan that an apply would refuse is still worth reading.
    if not common.quiet:
        sys.stderr.writelines(f"An apply would be refused: {refusal.message}\n" for refusal in refusals(plan, safety))
    status = most_severe([status_of_diagnostics(scope.diagnostics), status_of_plan(plan, detailed=detailed_exitcode)])
    return ended(common, Result(command="plan", status=status, diagnostics=scope.diagnostics, plan=plan))


def _saved(file: "Path") -> str:
    """Return the sentences that say what was saved, and how to read and apply it."""
    import shlex

    from trueup.report.safe_text import visible

    name = shlex.quote(str(file))
    return visible(f"Saved the plan as {file}. Read it: trueup show {name}. Apply it: trueup apply --plan {name}")


async def _make_plan(scope: "Scope", common: RunOptions, rules: Rules) -> "Plan":
    """Read live state and plan; show progress."""
    from trueup.cli.progress import progress_for
    from trueup.cli.session import open_used_targets, plan_scope
    from trueup.platforms.settings import SystemClock

    progress = progress_for(common, SystemClock())
    async with progress.shown(), open_used_targets(scope, progress.watched()) as platforms:
        return await plan_scope(scope, common, rules, platforms, progress)

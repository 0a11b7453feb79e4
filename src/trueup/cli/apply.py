"""Make live match the manifests."""

import sys
from typing import TYPE_CHECKING

import click

from trueup.cli.options import FORMATS, Common, manifest_options, output_options

if TYPE_CHECKING:
    from trueup.cli.session import Scope
    from trueup.model.outcome import Outcome
    from trueup.model.plan import Plan


@click.command(
    "apply",
    epilog="""\b
Examples:
  trueup apply                             # plan, show, ask, apply
  trueup apply --yes --format json > report.json
  trueup apply certifications/ --concurrency 2""",
)
@manifest_options()
@click.option("-y", "--yes", is_flag=True, help="Apply without asking.")
@click.option(
    "--concurrency",
    type=click.IntRange(1, 32),
    default=4,
    show_default=True,
    help="How many resources are written side by side.",
)
@output_options(*FORMATS)
def command(yes: bool, concurrency: int, **given: object) -> int:  # noqa: FBT001 - click passes flags so
    """Plan, show the plan, ask, and make live match the manifests.

    Every write carries the version it was planned from. When live has moved, trueup reads again and goes on only if
    the actions are the same; otherwise the resource ends stale and nothing is overwritten. One failure does not stop
    the rest. The exit status is computed from how each resource ended.
    """
    import asyncio

    from trueup.cli.exits import Exit, first, of_diagnostics, of_outcomes
    from trueup.cli.output import Result, emit_for
    from trueup.cli.session import read_scope
    from trueup.errors import UsageError

    common = Common(**given)  # type: ignore[arg-type]  # click hands over what the options declare
    if not yes and not sys.stdin.isatty():
        message = "There is no terminal to ask on. Give --yes to apply without asking, or use plan to look only."
        raise UsageError(message)
    scope = read_scope(common)
    if not (scope.valid or common.keep_going):
        return emit_for(common, Result(command="apply", status=Exit.INVALID, diagnostics=scope.diagnostics))
    plan, outcomes = asyncio.run(_plan_and_apply(scope, common, concurrency=concurrency, yes=yes))
    status = first([of_diagnostics(scope.diagnostics), of_outcomes(outcomes)])
    return emit_for(
        common, Result(command="apply", status=status, diagnostics=scope.diagnostics, plan=plan, outcomes=outcomes)
    )


async def _plan_and_apply(
    scope: "Scope", common: Common, *, concurrency: int, yes: bool
) -> tuple["Plan", tuple["Outcome", ...]]:
    from trueup.apply.journal import MemoryJournal
    from trueup.apply.run import ApplyOptions, apply_plan
    from trueup.cli.progress import progress_for
    from trueup.cli.session import open_world, plan_scope
    from trueup.platforms.clock import SystemClock

    async with open_world(scope) as platforms:
        with progress_for(common) as progress:
            plan = await plan_scope(scope, common, platforms, progress)
        _show(plan, common)
        if not yes:
            _ask(plan)
        with progress_for(common) as progress:
            outcomes = await apply_plan(
                plan,
                readers=platforms.readers,
                writers=platforms.writers,
                journal=MemoryJournal(),
                clock=SystemClock(),
                options=ApplyOptions(concurrency=concurrency),
                on_event=progress.event,
            )
    return plan, outcomes


def _show(plan: "Plan", common: Common) -> None:
    """Print the plan before anything is done: in text it is part of the result, in other formats it is talk."""
    from trueup.cli.output import style_for
    from trueup.report.plan import plan_tree
    from trueup.report.text import render_text

    stream = sys.stdout if common.form == "text" else sys.stderr
    if stream is sys.stderr and common.quiet:
        return
    style = style_for(common, stream)
    stream.write(render_text(plan_tree(plan), width=style.width, color=style.color, verbose=style.verbose))
    stream.flush()


def _ask(plan: "Plan") -> None:
    """Ask on the terminal whether to go on; only the word yes does. Raises Interrupted on anything else."""
    from trueup.errors import Interrupted
    from trueup.model.plan import Verdict

    if not any(resource.verdict in {Verdict.CREATE, Verdict.UPDATE, Verdict.DELETE} for resource in plan.resources):
        return
    sys.stderr.write("\nApply these actions? Only 'yes' goes on: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() != "yes":
        message = "Nothing was applied."
        raise Interrupted(message)

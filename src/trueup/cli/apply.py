"""Make live match the manifests."""

import sys
from dataclasses import replace
from pathlib import Path

import click

from trueup.cli.options import FORMATS, Common, manifest_options, output_options


@click.command(
    "apply",
    epilog="""\b
Examples:
  trueup apply                             # plan, show, ask, apply
  trueup apply --yes --format json > report.json
  trueup plan --out plan.json && trueup apply --plan plan.json --yes
  trueup apply certifications/ --concurrency 2""",
)
@manifest_options()
@click.option(
    "--plan",
    "plan_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Apply exactly this saved plan (from plan --out) instead of planning.",
)
@click.option(
    "--manifests",
    metavar="PATH",
    multiple=True,
    help="With --plan: where its manifests are. Default: the project's globs.",
)
@click.option("-y", "--yes", is_flag=True, help="Apply without asking.")
@click.option(
    "--concurrency",
    type=click.IntRange(1, 32),
    default=4,
    show_default=True,
    help="How many resources are written side by side.",
)
@output_options(*FORMATS)
def command(*, plan_file: Path | None, manifests: tuple[str, ...], yes: bool, concurrency: int, **given: object) -> int:
    """Plan, show the plan, ask, and make live match the manifests.

    Every write carries the version it was planned from. When live has moved, trueup reads again and goes on only with
    actions that the plan showed; otherwise the resource ends stale and nothing is overwritten. One failure does not
    stop the rest. The exit status is computed from how each resource ended. Each request is on record before it is
    sent: see trueup runs.
    """
    import asyncio

    from trueup.apply.options import ApplyOptions
    from trueup.cli.applying import plan_and_apply
    from trueup.cli.exits import Exit, first, of_diagnostics, of_outcomes
    from trueup.cli.output import Result, emit_for
    from trueup.cli.session import read_scope
    from trueup.cli.state import read_plan, say_unsettled
    from trueup.plan.saved import check_manifests

    common = _manifests_of_plan(Common(**given), plan_file, manifests)  # type: ignore[arg-type]  # click's own values
    _check_terminal(yes=yes)
    saved = None if plan_file is None else read_plan(plan_file)
    scope = read_scope(common)
    if not (scope.valid or common.keep_going):
        return emit_for(common, Result(command="apply", status=Exit.INVALID, diagnostics=scope.diagnostics))
    if saved is not None:
        check_manifests(saved, scope.manifests)
    say_unsettled(scope.project, common)
    done = asyncio.run(
        plan_and_apply(scope, common, saved=saved, options=ApplyOptions(concurrency=concurrency), yes=yes)
    )
    fitting = [of_diagnostics(scope.diagnostics), of_outcomes(done.outcomes)]
    fitting += [Exit.INTERRUPTED] if done.interrupted else []
    return emit_for(
        common,
        Result(
            command="apply",
            status=first(fitting),
            diagnostics=scope.diagnostics,
            plan=done.plan,
            outcomes=done.outcomes,
        ),
    )


def _check_terminal(*, yes: bool) -> None:
    """Refuse to start what would have to ask where nobody can answer."""
    from trueup.errors import UsageError

    if not yes and not sys.stdin.isatty():
        message = "There is no terminal to ask on. Give --yes to apply without asking, or use plan to look only."
        raise UsageError(message)


def _manifests_of_plan(common: Common, plan_file: Path | None, manifests: tuple[str, ...]) -> Common:
    """Return the options with the manifests that a saved plan is checked against in the place of PATHs."""
    from trueup.errors import UsageError

    if plan_file is None and manifests:
        message = "--manifests goes with --plan; without a saved plan, name the files as PATHs."
        raise UsageError(message)
    if plan_file is not None and (common.paths or common.select or common.targets):
        message = "A saved plan is applied as it is: --plan takes no PATHs, --select or --target. Use --manifests."
        raise UsageError(message)
    return common if plan_file is None else replace(common, paths=manifests)

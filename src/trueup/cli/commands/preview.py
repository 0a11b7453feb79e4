"""The command ``preview``: plan a change against the manifests of another commit instead of live."""

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from trueup.cli.options import (
    FORMATS,
    RunOptions,
    applied_option,
    base_option,
    changed_option,
    manifest_options,
    output_options,
)

if TYPE_CHECKING:
    from trueup.cli.output import CommandEnd
    from trueup.cli.session import Scope
    from trueup.model.plan import Plan


@click.command(
    "preview",
    epilog="""\b
Examples:
  trueup preview --base origin/main        # what this branch would do
  trueup preview --base HEAD --format markdown""",
)
@manifest_options()
@base_option
@applied_option
@changed_option
@click.option("--detailed-exitcode", is_flag=True, help="End with status 2 when changes are pending.")
@output_options(*FORMATS)
def command(*, detailed_exitcode: bool, **given: object) -> "CommandEnd":
    """Show what a change would do if live matched --base.

    The change is the difference between the base and the manifests here. No platform and no credentials are needed.
    Only git is read, so that it is safe to run on changes by strangers. It does not know the real live state: fields
    that the base does not manage count as unset, and drift is not seen. The statuses are those of plan.
    """
    from trueup.cli.event_loop import run_loop
    from trueup.cli.exit_codes import Exit, most_severe, status_of_diagnostics, status_of_plan
    from trueup.cli.output import ended
    from trueup.cli.session import read_scope
    from trueup.errors import UsageError
    from trueup.model.plan import Verdict
    from trueup.report.result import Result

    common = RunOptions.of(given)
    # Checked here: in the shared options, --base is optional.
    if common.base is None:
        message = "Name the commit to compare with, as in: trueup preview --base origin/main"
        raise UsageError(message)
    scope = read_scope(common, live=False)
    if not (scope.valid or common.keep_going):
        return ended(common, Result(command="preview", status=Exit.INVALID, diagnostics=scope.diagnostics))
    plan = run_loop(_preview(scope))
    # An unreadable base is no failure: otherwise, a change that corrects the base could never pass.
    readable = replace(plan, resources=tuple(r for r in plan.resources if r.verdict is not Verdict.UNREADABLE))
    status = most_severe(
        [status_of_diagnostics(scope.diagnostics), status_of_plan(readable, detailed=detailed_exitcode)]
    )
    return ended(common, Result(command="preview", status=status, diagnostics=scope.diagnostics, plan=plan))


async def _preview(scope: "Scope") -> "Plan":
    from trueup.cli.logs import log_plan
    from trueup.cli.selection import places_of
    from trueup.plan.build import build_plan
    from trueup.plan.preview import BaseReader

    assert scope.since is not None  # there is a base
    base = BaseReader.of(scope.since)
    targets = {manifest.identity.target for manifest in scope.manifests}
    plan = await build_plan(
        scope.manifests, dict.fromkeys(targets, base), since=scope.since, places=places_of(scope.project)
    )
    # Manifests have no live version that an apply could check.
    resources = tuple(replace(resource, precondition=None) for resource in plan.resources)
    shown = replace(plan, resources=resources, gone=scope.gone)
    log_plan(shown)
    return shown

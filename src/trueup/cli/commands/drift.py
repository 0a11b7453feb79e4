"""The command ``drift``: show what was changed live, outside of the manifests."""

from typing import TYPE_CHECKING

import click

from trueup.cli.options import (
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

if TYPE_CHECKING:
    from trueup.cli.output import CommandEnd
    from trueup.cli.session import Scope
    from trueup.model.plan import Drift


@click.command(
    "drift",
    epilog="""\b
Examples:
  trueup drift --detailed-exitcode         # on a schedule: status 2 when live has changed
  trueup drift --base origin/main          # on a branch: without your own changes
  trueup drift --applied records.json      # without what is merged and not yet applied
  trueup drift --format markdown > drift.md""",
)
@manifest_options()
@base_option
@applied_option
@changed_option
@allow_option
@click.option("--detailed-exitcode", is_flag=True, help="End with status 2 when live has drifted.")
@file_options()
@output_options(*FORMATS)
def command(*, detailed_exitcode: bool, **given: object) -> "CommandEnd":
    """Show what was changed live, outside of the manifests.

    Each difference is shown from the desired to the live value. Changes nothing.
    Without --base, the desired values are those of the manifests here. With --base, they are those of that commit, so
    that your own changes since then are not shown. With --applied, what is merged and not yet applied is shown apart,
    and is no drift. Status 0 when live could be read, 1 when not, 3 when manifests are invalid, and with
    --detailed-exitcode 2 when something has drifted.
    """
    from trueup.cli.exit_codes import Exit, most_severe, status_of_diagnostics, status_of_drift
    from trueup.cli.output import ended
    from trueup.report.result import Result

    common = RunOptions.of(given)
    scope, drift = read_drift(common)
    if drift is None:
        return ended(common, Result(command="drift", status=Exit.INVALID, diagnostics=scope.diagnostics))
    status = most_severe([status_of_diagnostics(scope.diagnostics), status_of_drift(drift, detailed=detailed_exitcode)])
    return ended(common, Result(command="drift", status=status, diagnostics=scope.diagnostics, drift=drift))


def read_drift(common: RunOptions) -> "tuple[Scope, Drift | None]":
    """Read manifests and live state; return the drift, or None when manifests are invalid. Shows progress."""
    from trueup.cli.event_loop import run_loop
    from trueup.cli.session import read_scope

    scope = read_scope(common)
    if not (scope.valid or common.keep_going):
        return scope, None
    return scope, run_loop(_find_drift(scope, common))


async def _find_drift(scope: "Scope", common: RunOptions) -> "Drift":
    from trueup.cli.logs import log_drift
    from trueup.cli.progress import progress_for
    from trueup.cli.session import open_used_targets
    from trueup.plan.drift import find_drift
    from trueup.platforms.settings import SystemClock

    progress = progress_for(common, SystemClock())
    async with progress.shown(), open_used_targets(scope, progress.watched()) as platforms:
        drift = await find_drift(scope.manifests, platforms.readers, on_read=progress.read, since=scope.since)
    log_drift(drift)
    return drift

"""The command ``status``: show the live states of resources, once or until nothing is under way."""

from typing import TYPE_CHECKING

import click

from trueup.cli.options import (
    FORMATS,
    RunOptions,
    Seconds,
    allow_option,
    changed_option,
    manifest_options,
    output_options,
)

if TYPE_CHECKING:
    from trueup.cli.output import CommandEnd
    from trueup.cli.session import Scope
    from trueup.model.overview import Overview


@click.command(
    "status",
    epilog="""\b
Examples:
  trueup status                            # every resource that has a manifest
  trueup status --select team=tax --watch  # until nothing of it is under way
  trueup status --target shop --unmanaged  # also what has no manifest
  trueup status --format json | jq '.status.resources[] | select(.live.condition == "failed")'""",
)
@manifest_options()
@changed_option
@allow_option
@click.option(
    "--unmanaged", is_flag=True, help="Also show live resources without a manifest, where a platform lists them."
)
@click.option("--watch", is_flag=True, help="Read again until nothing is under way, and show what changes.")
@click.option(
    "--interval",
    metavar="SECONDS",
    type=Seconds(1, 3600),
    default=10,
    show_default=True,
    help="With --watch: how long to wait between two readings.",
)
@output_options(*FORMATS)
def command(*, unmanaged: bool, watch: bool, interval: float, **given: object) -> "CommandEnd":
    """Show what runs live, what is under way, and what failed.

    Tags, versions and times are those of the platform; where it shows none, the column is empty. Nothing is compared
    with the manifests, and nothing is changed. With --watch, changes are shown on standard error until no preview
    build, publication, rollout or removal is under way; a review by people is not waited for.

    Status 0; 1 when the last process of a resource failed or it could not be read; 5 when one ended with problems; 3
    when manifests are invalid. Ctrl-C ends with 130.
    """
    import sys

    from trueup.cli.event_loop import run_loop
    from trueup.cli.exit_codes import Exit, most_severe, status_of_diagnostics, status_of_overview
    from trueup.cli.output import ended, style_for
    from trueup.cli.session import read_scope
    from trueup.report.overview import overview_to_json, rendered_overview
    from trueup.report.result import Result

    common = RunOptions.of(given)
    _check(common, unmanaged=unmanaged)
    scope = read_scope(common)
    if not (scope.valid or common.keep_going):
        return ended(common, Result(command="status", status=Exit.INVALID, diagnostics=scope.diagnostics))
    overview = run_loop(_read(scope, common, unmanaged=unmanaged, interval=interval if watch else None))
    out = style_for(common, sys.stdout)
    shown = rendered_overview(
        overview, markdown=common.form == "markdown", width=out.width, color=out.color, verbose=out.verbose
    )
    result = Result(
        command="status",
        status=most_severe([status_of_diagnostics(scope.diagnostics), status_of_overview(overview)]),
        diagnostics=scope.diagnostics,
        # The document has the states themselves.
        summary="" if common.form == "json" else shown,
        also={"status": overview_to_json(overview)},
    )
    return ended(common, result)


def _check(common: RunOptions, *, unmanaged: bool) -> None:
    """Raise UsageError for a selection by what only manifests have."""
    from trueup.errors import UsageError

    if unmanaged and (common.paths or common.select or common.shard or common.changed_since):
        message = "--unmanaged shows all resources of a target: it takes no PATH, --select, --shard or --changed-since."
        raise UsageError(message)


async def _read(scope: "Scope", common: RunOptions, *, unmanaged: bool, interval: float | None) -> "Overview":
    """Return the live states, with ``interval`` (seconds) those when nothing is under way anymore."""
    from dataclasses import replace
    from datetime import UTC, datetime

    from trueup.cli.progress import progress_for
    from trueup.cli.session import open_targets
    from trueup.cli.watch import running_apply, watch_display, watched
    from trueup.plan.overview import read_overview, with_unmanaged
    from trueup.platforms.settings import SystemClock

    used = {manifest.identity.target for manifest in scope.manifests}
    targets = {
        name: target
        for name, target in scope.project.targets.items()
        if name in used or (unmanaged and (not common.targets or name in common.targets))
    }
    clock = SystemClock()
    progress = progress_for(common, clock)
    known = {manifest.identity for manifest in scope.manifests}
    async with open_targets(scope.project, targets, scope.permit, progress.watched()) as platforms:

        async def read() -> "Overview":
            at = datetime.now(UTC).isoformat(timespec="seconds")
            # Before the reading: an apply that ends meanwhile has then left what is read.
            run = running_apply(scope.state.journals)
            found = await read_overview(scope.manifests, platforms.readers, at=at, on_read=progress.read)
            found = replace(found, run=run)
            return await with_unmanaged(found, targets, platforms.surveyors, known) if unmanaged else found

        if interval is None:
            async with progress.shown():
                return await read()
        with watch_display(common, interval) as show:
            return await watched(read, clock=clock, interval=interval, show=show)

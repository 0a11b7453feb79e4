"""The command ``runs``: list recorded applies, or show one."""

from typing import TYPE_CHECKING

import click

from trueup.cli.completers import files, runs
from trueup.cli.options import FORMATS, output_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trueup.apply.seal import Journals
    from trueup.cli.output import CommandEnd
    from trueup.model.run import Run
    from trueup.report.tree import ReportTree

_PROJECT = click.option(
    "--project",
    metavar="FILE",
    shell_complete=files,
    help="Project file. Default: trueup.yaml in the working directory or above it.",
)


@click.group(
    "runs",
    invoke_without_command=True,
    # Older versions of click do not show that the subcommand is optional.
    subcommand_metavar="[COMMAND] [ARGS]...",
    epilog="""\b
Examples:
  trueup runs                              # all recorded runs, newest first
  trueup runs show 20260501T120000.250000Z-3fa2c1
  trueup runs show 3fa2c1 --verbose""",
)
@_PROJECT
@output_options(*FORMATS)
@click.pass_context
def command(
    ctx: click.Context, /, *, project: str | None, form: str, color: str, verbose: bool, **_: object
) -> "CommandEnd | None":
    """List earlier applies, or show everything that one sent.

    A run that did not finish, or that does not know whether a write was accepted, is marked as unsettled until a later
    run records how those resources ended. A run whose journal this user did not write is marked as not sealed: no plan
    relies on it.
    """
    # click runs the group's function before a subcommand, too.
    if ctx.invoked_subcommand is not None:
        return None
    from trueup.apply.history import list_runs
    from trueup.report.runs import runs_tree

    found = list_runs(_journals(project))
    return _ending(runs_tree(found), found, form=form, color=color, verbose=verbose)


@command.command(
    "show",
    epilog="""\b
Examples:
  trueup runs show 3fa2c1                  # the end of an id
  trueup runs show 3fa2c1 --format json""",
)
@click.argument("run_id", metavar="ID", shell_complete=runs)
@_PROJECT
@output_options(*FORMATS)
def show(*, run_id: str, project: str | None, form: str, color: str, verbose: bool, **_: object) -> "CommandEnd | None":
    """Show one run: each request, how it ended, and what is unknown.

    ID is a run's id, or a beginning or an end of it that no other run shares.
    """
    from trueup.apply.history import show_run
    from trueup.report.runs import run_tree

    run = show_run(_journals(project), run_id)
    return _ending(run_tree(run), [run], form=form, color=color, verbose=verbose)


def _journals(project: str | None) -> "Journals":
    from trueup.cli.files import ProjectState
    from trueup.cli.session import find_root

    return ProjectState(find_root(project)).journals


def _ending(tree: "ReportTree", runs: "Sequence[Run]", *, form: str, color: str, verbose: bool) -> "CommandEnd":
    import sys

    from trueup.cli.output import CommandEnd, style
    from trueup.report.result import Result

    return CommandEnd(
        result=Result(command="runs", status=0, tree=tree, runs=runs),
        form=form,
        out=style(color, sys.stdout, verbose=verbose),
    )

"""Run inside a GitHub workflow: what the steps of the action call, one after the other."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from trueup.github.steps import Step

EPILOG = """\b
Examples:
  TRUEUP_INPUT_COMMAND=plan trueup github run
  GITHUB_TOKEN=... TRUEUP_DOCUMENT=... trueup github comment"""


@click.group("github", epilog=EPILOG)
@click.option("--debug", is_flag=True, help="Log each decision and each request, and show the traceback of a fault.")
def command(*, debug: bool) -> None:
    """Run as a step of a GitHub workflow; see the action.

    Everything is taken from the environment: what a runner sets, and the inputs of the action as TRUEUP_INPUT_NAME.
    run does the work and writes outputs, annotations and the job's summary; comment brings the pull request's comment
    up to date; issue does the same for the issue about drift; finish ends with the status of the run.
    """
    if debug:
        from trueup.cli.logs import show_log

        show_log(debug=True)


@command.command("run")
def run() -> int:
    """Run the command that the inputs ask for; ends with 0, as finish tells how it went."""
    from trueup.cli.github_run import run_step

    return run_step(_step())


@command.command("comment")
def comment() -> int:
    """Bring the comment on the pull request up to date; never fails because of it."""
    from trueup.cli.github_post import comment_step

    return comment_step(_step())


@command.command("issue")
def issue() -> int:
    """Open, update or close the issue about drift; never fails because of it."""
    from trueup.cli.github_post import issue_step

    return issue_step(_step())


@command.command("finish")
def finish() -> int:
    """End with the status of the run: changes are no failure unless the inputs say so."""
    from trueup.cli.exit_codes import Exit

    step = _step()
    env, status = step.env, step.env.get("TRUEUP_STATUS", "")
    if status not in {str(int(known)) for known in Exit}:
        step.annotate("error", "TRUEUP_STATUS is not set to a status of trueup. See the log of the step that ran it.")
        return Exit.FAILED
    # Changes that are pending are a failure only where the inputs say so; then there is a reason.
    return int(status) if env.get("TRUEUP_REASON") else Exit.DONE


def _step() -> "Step":
    import os
    import sys

    from trueup.cli.streams import bare
    from trueup.cli.working_directory import here
    from trueup.github.steps import Step

    return Step(env=os.environ, cwd=here(), out=bare(sys.stdout))

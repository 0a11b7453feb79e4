"""The command ``github``: the steps that the action runs in a GitHub workflow, in their order."""

import os
import sys
from collections.abc import Callable
from importlib import import_module

import click

from trueup.cli.streams import bare
from trueup.cli.working_directory import here
from trueup.github.folder import VARIABLE, StepFolder
from trueup.github.workflow import WorkflowStep

STEPS = {
    "begin": "Look up what the run needs on GitHub, and record that an apply begins.",
    "run": "Run the command of the inputs. Ends with 0; finish returns its status.",
    "end": "Report on pull requests, issue and records. A failure is only a notice.",
    "finish": "End with the status of the run; pending changes fail only if the inputs say so.",
    "comment": "Do what a comment on a pull request or an issue asks for.",
}
"""The steps and what each does; each is the function ``step`` of the module of its name in ``cli/github``."""

EPILOG = """\b
Examples:
  GITHUB_TOKEN=... TRUEUP_INPUT_COMMAND=plan trueup github begin
  TRUEUP_FOLDER=... trueup github run"""


@click.group("github", epilog=EPILOG)
@click.option("--debug", is_flag=True, help="Log decisions and requests; show a traceback when trueup itself fails.")
def command(*, debug: bool) -> None:
    """Run as a step of a GitHub workflow; see the action.

    All settings come from the environment: the variables of the runner, and the inputs of the action as
    TRUEUP_INPUT_NAME. begin writes them to a folder, and the other steps read them there: TRUEUP_FOLDER names it. begin
    and end use GitHub's API, with GITHUB_TOKEN; run has the credentials of the platforms, and no token.
    """
    if debug:
        from trueup.cli.logs import show_log

        show_log(debug=True)


def _callback(name: str) -> Callable[[], int]:
    def run() -> int:
        # Imported only when it runs: the last step needs almost nothing.
        found: int = import_module(f"trueup.cli.github.{name}").perform(_step())
        return found

    return run


for _name, _help in STEPS.items():
    command.command(_name, help=_help)(_callback(_name))


def _step() -> WorkflowStep:
    """Return the step of this process, with the inputs that the first step wrote."""
    env = dict(os.environ)
    if env.get(VARIABLE):
        env |= StepFolder.of(env).read_inputs()
    return WorkflowStep(env=env, cwd=here(), out=bare(sys.stdout))

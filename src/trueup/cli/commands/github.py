"""The command ``github``: the steps that the action runs in a GitHub workflow, in their order."""

import io
import os
import secrets
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import gettempdir, mkdtemp

import click

from trueup.cli.exit_codes import Exit
from trueup.cli.files import check_written
from trueup.cli.github.early import end_early
from trueup.cli.main import execute
from trueup.cli.output import final
from trueup.cli.signals import end
from trueup.cli.streams import bare
from trueup.cli.working_directory import here
from trueup.errors import TrueupError
from trueup.github.budget import render_page
from trueup.github.context import Context, read_context
from trueup.github.inputs import Inputs, arguments, read_inputs
from trueup.github.page import address_of, failure_reason, outputs, page_of, with_commit
from trueup.github.workflow import MOST_BYTES, WorkflowStep, annotations, closing_line, stop_workflow_commands
from trueup.report.html import Link, render_html
from trueup.report.result import Result
from trueup.report.result_tree import tree_of
from trueup.report.text import render_text

_WIDTH = 120
"""Columns of a run's log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """The files and the result of a run."""

    report: Result
    document: Path
    plan: Path


def run_step(step: WorkflowStep) -> int:
    """Run what the inputs ask for. Ends with 0: the outputs carry the status, so that later steps still run."""
    try:
        inputs = read_inputs(step.env)
        context = read_context(step.env, step.cwd)
        _check_folder(inputs, step)
        ran = _run(inputs, step)
    except TrueupError as error:
        end_early(step, error)
        return Exit.DONE
    reason = failure_reason(ran.report, inputs)
    _log(ran.report, context, step)
    page = page_of(ran.report, context, with_commit(inputs, ran.report), reason=reason)
    step.summarise(render_page(page, MOST_BYTES))
    if line := closing_line(ran.report, reason=reason, error=page.error):
        step.annotate("error", line)
    page_file = ran.document.with_name("report.html")
    html = render_html(
        tree_of(ran.report),
        command=ran.report.command,
        diagnostics=ran.report.diagnostics,
        error=page.error,
        digest=ran.report.plan.digest if ran.report.plan is not None else "",
        origin=(
            Link(f"Commit {context.head[:12]} of {context.repository}", context.commit_url),
            Link(f"run {context.run}", context.run_url),
        ),
        address=lambda place: address_of(place, context.line_url),
    )
    page_file.write_text(html, encoding="utf-8")
    # An output is set even when it is empty: the steps that follow read it by name.
    paths = {"document-path": str(ran.document), "plan-path": str(ran.plan) if ran.plan.exists() else ""}
    paths["report-path"] = str(page_file)
    step.set_outputs({**outputs(ran.report), **paths, "failure-reason": reason})
    return Exit.DONE


def _check_folder(inputs: Inputs, step: WorkflowStep) -> None:
    """Refuse a working directory behind a symlink out of the checkout; raises what ``check_written`` raises."""
    if workspace := step.env.get("GITHUB_WORKSPACE"):
        folder = Path(workspace)
        check_written([folder / inputs.working_directory], file=None, cwd=folder)


def _run(inputs: Inputs, step: WorkflowStep) -> Ran:
    """Run the command of the inputs."""
    # A folder of its own: a job can run the action twice, and fixed names would mix the files of both.
    folder = Path(mkdtemp(prefix="trueup-", dir=step.env.get("RUNNER_TEMP") or gettempdir()))
    document, plan = folder / "document.json", folder / "plan.json"
    report = _captured(arguments(_with_documents(inputs), out=str(plan)), document, step)
    return Ran(report=report, document=document, plan=plan)


def _with_documents(inputs: Inputs) -> Inputs:
    """Replace folders by the documents in them for merge; other commands read folders themselves."""
    if inputs.command != "merge":
        return inputs
    # Artifacts of shards are downloaded into one folder each.
    found = [sorted(Path(path).rglob("*.json")) if Path(path).is_dir() else [Path(path)] for path in inputs.paths]
    return replace(inputs, paths=tuple(str(file) for files in found for file in files))


def _captured(words: list[str], document: Path, step: WorkflowStep) -> Result:
    """Run a command line and write its document to a file; its messages go to the log as plain text."""
    # Workflow commands are stopped meanwhile: a text of a platform could be one. The token must be unpredictable.
    with (
        stop_workflow_commands(step.out, token=secrets.token_hex),
        redirect_stderr(step.out),
        redirect_stdout(io.StringIO()),
    ):
        result, rendering = final(execute(words))
    end()
    document.write_text(rendering.text, encoding="utf-8")
    return replace(result, file=str(document))


def _log(report: Result, context: Context, step: WorkflowStep) -> None:
    """Print the plan or its outcomes, then annotations at the lines of the files."""
    if (tree := tree_of(report)) is not None:
        with stop_workflow_commands(step.out):
            step.log(render_text(tree, width=_WIDTH, color=False, verbose=False))
    step.out.write(annotations(report, context))


EPILOG = """\b
Examples:
  TRUEUP_INPUT_COMMAND=plan trueup github run
  GITHUB_TOKEN=... TRUEUP_DOCUMENT=... trueup github comment"""


@click.group("github", epilog=EPILOG)
@click.option("--debug", is_flag=True, help="Log decisions and requests; show a traceback when trueup itself fails.")
def command(*, debug: bool) -> None:
    """Run as a step of a GitHub workflow; see the action.

    All settings come from the environment: the variables of the runner, and the inputs of the action as
    TRUEUP_INPUT_NAME. run does the work and writes outputs, annotations and the job's summary; end closes the
    records of an apply and updates comments and the issue about drift; comment and issue do one of these; finish ends
    with the status of the run.
    """
    if debug:
        from trueup.cli.logs import show_log

        show_log(debug=True)


@command.command("begin")
def begin_command() -> int:
    """Look up what the run needs on GitHub, and record that an apply begins."""
    from trueup.cli.github.begin import step

    return step(_step())


@command.command("run")
def run_command() -> int:
    """Run the command of the inputs. Ends with 0; finish returns its status."""
    return run_step(_step())


@command.command("comment")
def comment() -> int:
    """Update the comment on the pull request. A failure is only a notice."""
    from trueup.cli.github.end import comment_step

    return comment_step(_step())


@command.command("issue")
def issue() -> int:
    """Open, update or close the issue about drift. A failure is only a notice."""
    from trueup.cli.github.end import issue_step

    return issue_step(_step())


@command.command("end")
def end_command() -> int:
    """Close the records of an apply, update comments and the issue. A failure is only a notice."""
    from trueup.cli.github.end import step

    return step(_step())


@command.command("finish")
def finish_command() -> int:
    """End with the status of the run; pending changes fail only if the inputs say so."""
    step = _step()
    env, status = step.env, step.env.get("TRUEUP_STATUS", "")
    if status not in {str(int(known)) for known in Exit}:
        step.annotate("error", "TRUEUP_STATUS is not an exit status of trueup. See the log of the step that ran it.")
        return Exit.FAILED
    # run gives a reason only for what counts as a failure.
    return int(status) if env.get("TRUEUP_REASON") else Exit.DONE


def _step() -> WorkflowStep:
    return WorkflowStep(env=os.environ, cwd=here(), out=bare(sys.stdout))

"""The command ``github``: the steps that the action runs in a GitHub workflow, in their order."""

import io
import os
import secrets
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import gettempdir, mkdtemp

import click

from trueup.cli.exit_codes import Exit
from trueup.cli.files import check_written, read_plan
from trueup.cli.github.connection import open_rest
from trueup.cli.github.early import end_early
from trueup.cli.main import execute
from trueup.cli.output import final
from trueup.cli.signals import end
from trueup.cli.streams import bare
from trueup.cli.working_directory import here
from trueup.errors import TrueupError
from trueup.faults import fault_text
from trueup.github.budget import render_page
from trueup.github.comment import AUTHOR, Marker, NotPosted, Posted, Render, key_of, post_comment, post_issue
from trueup.github.context import Context, read_context
from trueup.github.inputs import Inputs, arguments, read_inputs, saved_plan_arguments
from trueup.github.page import DriftState, Page, address_of, drift_state, failure_reason, outputs, page_of, with_commit
from trueup.github.workflow import MOST_BYTES, WorkflowStep, annotations, closing_line, stop_workflow_commands
from trueup.model.plan import Plan
from trueup.plan.approval import departures
from trueup.plan.saved import check_digest, check_places
from trueup.report.document import read_document
from trueup.report.html import Link, render_html
from trueup.report.result import Result
from trueup.report.result_tree import tree_of
from trueup.report.safe_text import shorten, visible
from trueup.report.text import render_text

NOTHING = "The run produced no result. See its log for the reason."


def comment_step(step: WorkflowStep) -> int:
    """Update the comment on the pull request, also after a failure: a failed plan must not leave an old comment."""
    return _never_failing(step, "comment", _comment)


def _comment(step: WorkflowStep, inputs: Inputs, context: Context, marker: Marker) -> Posted | NotPosted | None:
    if inputs.comment == "off" or context.pull is None:
        return None
    with open_rest(step, context) as rest:
        return post_comment(
            rest,
            context,
            marker=marker,
            author=inputs.comment_author or AUTHOR,
            render=_renderer(step, context, inputs, _report(step, inputs), marker),
            recreate=inputs.comment == "recreate",
        )


def issue_step(step: WorkflowStep) -> int:
    """Open or update the issue about drift, and close it when there is no drift anymore.

    A run that failed before it could compare does neither: it does not know whether there is drift.
    """
    return _never_failing(step, "issue", _issue)


def _issue(step: WorkflowStep, inputs: Inputs, context: Context, marker: Marker) -> Posted | NotPosted | None:
    if not inputs.issue:
        return None
    report = _report(step, inputs)
    drift = drift_state(report)
    if drift is DriftState.UNKNOWN:
        step.log("The issue was not changed: this run could not compare all of live with git.\n")
        return None
    with open_rest(step, context) as rest:
        return post_issue(
            rest,
            context,
            marker=marker,
            author=inputs.comment_author or AUTHOR,
            title=issue_title(inputs),
            render=None if drift is DriftState.SAME else _renderer(step, context, inputs, report, marker),
        )


_Post = Callable[[WorkflowStep, Inputs, Context, Marker], Posted | NotPosted | None]


def _never_failing(step: WorkflowStep, what: str, post: _Post) -> int:
    """Post and report the result. An error is only a notice: a comment must not fail the job."""
    try:
        inputs, context = read_inputs(step.env), read_context(step.env, step.cwd)
        marker = Marker(what=what, key=key_of(*inputs.key_parts), run=context.run)
        posted = post(step, inputs, context, marker)
    except TrueupError as error:
        posted = NotPosted(str(error))
    except OSError as error:
        posted = NotPosted(f"{error.filename or 'A file'} cannot be read: {error.strerror}.")
    except Exception as error:  # noqa: BLE001 - a fault must not fail the job either
        posted = NotPosted(fault_text(error, f"posting the {what}"))
    # If the log or the outputs file cannot be written, there is no place left to report it.
    with suppress(OSError):
        if posted is not None:
            _report_posted(step, posted, what)
    return Exit.DONE


def issue_title(inputs: Inputs) -> str:
    """Return the title of the issue about drift; it contains no text from a platform."""
    name = inputs.comment_key or ", ".join(inputs.targets)
    return f"Live differs from git{f': {shorten(visible(name), 100)}' if name else ''}"


def _renderer(step: WorkflowStep, context: Context, inputs: Inputs, report: Result, marker: Marker) -> Render:
    """Return a function that writes the page about an earlier step's run within a budget of bytes."""
    page = replace(_page(step, context, inputs, report), marker=str(marker))
    return lambda budget: render_page(page, budget)


def _report(step: WorkflowStep, inputs: Inputs) -> Result:
    """Return the result of an earlier step's run, or one with an error when it left none."""
    file = step.env.get("TRUEUP_DOCUMENT", "")
    # The step that ran may have been killed before it wrote its document.
    if file and Path(file).is_file():
        return read_document(Path(file).read_text(encoding="utf-8", errors="replace"), file=file)
    summary = step.env.get("TRUEUP_SUMMARY", "") or NOTHING
    return Result(file="", command=inputs.command, status=1, error=TrueupError(summary))


def _page(step: WorkflowStep, context: Context, inputs: Inputs, report: Result) -> Page:
    reason = step.env.get("TRUEUP_REASON", "")
    if not report.file:
        return page_of(report, context, inputs, reason=reason or "plan-failed")
    # The steps share only files and the environment: the approved plan is read again to show what departs from it.
    departed = reason == "plan-changed" and report.command == "plan" and inputs.approved
    approved = read_plan(Path(inputs.approved)) if departed else None
    return page_of(report, context, with_commit(inputs, report), reason=reason, approved=approved)


def _report_posted(step: WorkflowStep, posted: Posted | NotPosted, what: str) -> None:
    match posted:
        case Posted(how, _, url):
            step.log(f"The {what} is {how}: {url}\n")
            step.set_outputs({f"{what}-url": url})
        case NotPosted(reason):
            step.annotate("notice", f"There is no {what}: {reason} The job's summary has the same content.")


_WIDTH = 120
"""Columns of a run's log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """The files and the result of a run; ``departed`` is the approved plan, if the run's own plan contains more."""

    report: Result
    document: Path
    plan: Path
    departed: Plan | None = None


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
    reason = failure_reason(ran.report, inputs, departed=ran.departed is not None)
    _log(ran.report, context, step)
    page = page_of(ran.report, context, with_commit(inputs, ran.report), reason=reason, approved=ran.departed)
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
    # The run itself succeeded: it planned, and then had nothing that it may apply.
    status = {"exit-code": str(int(Exit.STALE))} if ran.departed is not None else {}
    step.set_outputs({**outputs(ran.report), **status, **paths, "failure-reason": reason})
    return Exit.DONE


def _check_folder(inputs: Inputs, step: WorkflowStep) -> None:
    """Refuse a working directory behind a symlink out of the checkout; raises what ``check_written`` raises."""
    if workspace := step.env.get("GITHUB_WORKSPACE"):
        folder = Path(workspace)
        check_written([folder / inputs.working_directory], file=None, cwd=folder)


def _run(inputs: Inputs, step: WorkflowStep) -> Ran:
    """Run the command; for an approved plan, plan again and apply the new plan if the approved one covers it."""
    # A folder of its own: a job can run the action twice, and fixed names would mix the files of both.
    folder = Path(mkdtemp(prefix="trueup-", dir=step.env.get("RUNNER_TEMP") or gettempdir()))
    document, plan = folder / "document.json", folder / "plan.json"
    ran = partial(Ran, document=document, plan=plan)
    inputs = _with_documents(inputs)
    if not inputs.approved:
        return ran(report=_captured(arguments(inputs, out=str(plan)), document, step))
    approved = read_plan(Path(inputs.approved))
    if inputs.digest:
        check_digest(approved, inputs.digest)
    fresh = _captured(arguments(_planning(inputs), out=str(plan)), document, step)
    # A plan with unreadable resources cannot be compared with the approved one.
    if fresh.plan is None or fresh.status == Exit.FAILED:
        return ran(report=fresh)
    # Targets are compared first: "the resource differs" would not name the reason, a target that has moved.
    check_places(approved, {**approved.places, **fresh.plan.places})
    if departures(fresh.plan, approved):
        return ran(report=fresh, departed=approved)
    # Without the hash, which is that of the approved plan: the new plan may contain less.
    return ran(report=_captured(saved_plan_arguments(replace(inputs, digest=""), str(plan)), document, step))


def _planning(inputs: Inputs) -> Inputs:
    return replace(inputs, command="plan", approved="", digest="")


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
    TRUEUP_INPUT_NAME. run does the work and writes outputs, annotations and the job's summary; comment updates the
    comment on the pull request; issue updates the issue about drift; finish ends with the status of the run.
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
    return comment_step(_step())


@command.command("issue")
def issue() -> int:
    """Open, update or close the issue about drift. A failure is only a notice."""
    return issue_step(_step())


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

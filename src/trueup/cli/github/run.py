"""The step ``run``: do what the inputs ask for, and leave the result for the steps that follow and for artifacts."""

import io
import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Final

from trueup.cli.exit_codes import Exit
from trueup.cli.files import check_written
from trueup.cli.github.credentials import further_variables
from trueup.cli.github.early import end_early
from trueup.cli.github.kept import keep_plan
from trueup.cli.main import execute
from trueup.cli.output import final
from trueup.cli.signals import end
from trueup.errors import TrueupError
from trueup.git.objects import open_objects
from trueup.git.repository import open_repository
from trueup.github.artifacts import KEPT
from trueup.github.budget import render_page
from trueup.github.context import Context, read_context
from trueup.github.endings import superseded_line
from trueup.github.folder import StepFolder
from trueup.github.found import Found
from trueup.github.inputs import AUTO, Inputs, arguments, read_inputs, with_base
from trueup.github.key import KEPT_NAME
from trueup.github.page import address_of, failure_reason, outputs, page_of, with_commit
from trueup.github.workflow import MOST_BYTES, WorkflowStep, annotations, closing_line, stop_workflow_commands
from trueup.model.position import COMMIT_DIGITS
from trueup.report.html import Link, render_html
from trueup.report.markdown import prose
from trueup.report.result import Result
from trueup.report.result_tree import tree_of
from trueup.report.text import render_text

_WIDTH: Final = 120
"""Columns of a run's log."""


def perform(step: WorkflowStep) -> int:
    """Run what the inputs ask for. Ends with 0: the outputs carry the status, so that later steps still run."""
    try:
        folder = StepFolder.of(step.env)
        found = folder.read_found()
        inputs, context = read_inputs(step.env), read_context(step.env, step.cwd)
        _check_folder(inputs, step)
        if found.superseded:
            _end_superseded(step, inputs, found)
            return Exit.DONE
        approved = _approved(inputs, found, folder)
        if inputs.base == AUTO and _is_base_lost(context, step):
            step.annotate("warning", _BASE_LOST)
            # Without a base, changes of a commit look the same as changes that were made live.
            context, inputs = replace(context, before=""), replace(inputs, unapproved="stop")
        inputs = _resolved(inputs, context, found, folder)
        with further_variables(step, applies=inputs.command == "apply"):
            words = arguments(inputs, out=str(folder.plan), approved=approved)
            report = captured(words, folder.document, step)
        kept = keep_plan(report, inputs, context, folder, step)
    except TrueupError as error:
        end_early(step, error)
        return Exit.DONE
    reason = failure_reason(report, inputs)
    log_result(report, context, step)
    page = page_of(report, context, with_commit(inputs, report), reason=reason)
    step.summarise(render_page(page, MOST_BYTES))
    if line := closing_line(report, reason=reason, error=page.error):
        step.annotate("error", line)
    folder.report.write_text(_html(report, context, page.error), encoding="utf-8")
    pulls = [pull.number for pull in found.pulls] or [pull for pull in (context.pull,) if pull is not None]
    # An output is set even when it is empty: the steps that follow read it by name.
    step.set_outputs(
        {
            **outputs(report),
            "document-path": str(folder.document),
            "plan-path": str(folder.plan) if folder.plan.exists() else "",
            "report-path": str(folder.report),
            **kept,
            "pull-requests": json.dumps(pulls),
            "superseded": "",
            "failure-reason": reason,
        }
    )
    return Exit.DONE


def _check_folder(inputs: Inputs, step: WorkflowStep) -> None:
    """Refuse a working directory behind a symlink out of the checkout; raises what ``check_written`` raises."""
    if workspace := step.env.get("GITHUB_WORKSPACE"):
        folder = Path(workspace)
        check_written([folder / inputs.working_directory], file=None, cwd=folder)


_BASE_LOST: Final = (
    "The push rewrote the branch, and the commit before it is not in this clone. Nothing is compared with it, and what "
    "no approved plan shows is not applied."
)


def _is_base_lost(context: Context, step: WorkflowStep) -> bool:
    """Return whether the commit before a push is missing because nothing contains it anymore.

    No checkout can fetch it then. A shallow clone is something else: it can be deepened, and the run says so. Raises
    what ``open_repository`` raises.
    """
    if not (context.forced and context.before):
        return False
    with open_repository(step.cwd, step.env) as repository, open_objects(repository) as objects:
        return not (repository.shallow or objects.has(context.before))


def _end_superseded(step: WorkflowStep, inputs: Inputs, found: Found) -> None:
    """End a run that does nothing because a newer commit was applied; the step before has shown the notice."""
    line = superseded_line(inputs.command, found.superseded)
    step.summarise(f"## trueup {inputs.command}\n\n{prose(line)}\n")
    nothing = outputs(Result(command=inputs.command, status=Exit.DONE))
    step.set_outputs({**nothing, "summary": line, "superseded": found.superseded, "failure-reason": ""})


def _approved(inputs: Inputs, found: Found, folder: StepFolder) -> list[str]:
    """Return the files of the approved plans."""
    if inputs.approved == AUTO:
        return [str(folder.path / Path(name).name) for pull in found.pulls for name in pull.files]
    return list(_documents([line.strip() for line in inputs.approved.splitlines() if line.strip()]))


def _resolved(inputs: Inputs, context: Context, found: Found, folder: StepFolder) -> Inputs:
    """Return the inputs with what ``auto`` means in this run; raises what ``with_base`` raises."""
    inputs = with_base(inputs, context)
    if inputs.applied == AUTO:
        inputs = replace(inputs, applied=str(folder.records))
    if inputs.approved == AUTO and (found.complete or found.unread):
        # Every commit was planned: what no plan shows is then no change of a commit, but live that has changed. Or it
        # is not known what the plans show: GitHub's outage approves nothing, and a repeated run can find them.
        inputs = replace(inputs, unapproved="stop")
    if inputs.command == "merge":
        inputs = replace(inputs, paths=tuple(_documents(inputs.paths)))
    return inputs


def _documents(paths: Sequence[str]) -> Iterator[str]:
    """Yield the documents in folders, and other paths as they are; a document has no other JSON file beside it.

    Of a part that several attempts of a run have kept, only the newest is used.
    """
    for path in paths:
        if not Path(path).is_dir():
            yield path
            continue
        # Artifacts of shards are downloaded into one folder each.
        found = [file for file in sorted(Path(path).rglob("*.json")) if file.name != KEPT]
        attempts = [_attempt(file.parent.name) for file in found]
        newest = dict(sorted(attempt for attempt in attempts if attempt is not None))
        for file, attempt in zip(found, attempts, strict=True):
            if attempt is None or attempt[1] == newest[attempt[0]]:
                yield str(file)


def _attempt(name: str) -> tuple[str, int] | None:
    """Return the part that a folder of a downloaded artifact has and the attempt that kept it; None for another one."""
    return (name.rpartition("-")[0], int(found["attempt"])) if (found := KEPT_NAME.fullmatch(name)) else None


def captured(words: list[str], document: Path, step: WorkflowStep) -> Result:
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


def _html(report: Result, context: Context, error: str) -> str:
    return render_html(
        tree_of(report),
        command=report.command,
        diagnostics=report.diagnostics,
        error=error,
        digest=report.plan.digest if report.plan is not None else "",
        origin=(
            Link(f"Commit {context.head[:COMMIT_DIGITS]} of {context.repository}", context.commit_url),
            Link(f"run {context.run}", context.run_url),
        ),
        address=lambda place: address_of(place, context.line_url),
    )


def log_result(report: Result, context: Context, step: WorkflowStep) -> None:
    """Print the plan or its outcomes, then annotations at the lines of the files."""
    if (tree := tree_of(report)) is not None:
        with stop_workflow_commands(step.out):
            step.log(render_text(tree, width=_WIDTH, color=False, verbose=False))
    step.out.write(annotations(report, context))

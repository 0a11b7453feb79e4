"""Run a command for the action, and tell what came of it."""

import io
import secrets
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import gettempdir, mkdtemp

from trueup.cli.exit_codes import Exit, of_error
from trueup.cli.main import execute
from trueup.cli.output import final
from trueup.cli.signals import end
from trueup.cli.state import read_plan
from trueup.cli.writing import check_written
from trueup.errors import TrueupError
from trueup.github.annotations import annotations, closing
from trueup.github.budget import render_page
from trueup.github.compose import page_of
from trueup.github.context import Context, read_context
from trueup.github.inputs import Inputs, applying, arguments, read_inputs
from trueup.github.page import address_of
from trueup.github.steps import Step
from trueup.github.summary import MOST_BYTES
from trueup.github.told import failure_reason, outputs, with_commit
from trueup.github.workflow import without_commands
from trueup.model.plan import Plan
from trueup.plan.approval import departures
from trueup.plan.saved import check_digest, check_places
from trueup.report.html import Link, render_html
from trueup.report.result import Result
from trueup.report.result_tree import tree_of
from trueup.report.safe_text import visible
from trueup.report.text import render_text

WIDTH = 120
"""Columns of a run's log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """Hold what a run left: its document, and the approved plan that its own is not within."""

    report: Result
    document: Path
    plan: Path
    departed: Plan | None = None


def run_step(step: Step) -> int:
    """Run what the inputs ask for; the outputs say how it ended, so that the steps behind still run."""
    try:
        inputs = read_inputs(step.env)
        context = read_context(step.env, step.cwd)
        _check_folder(inputs, step)
        ran = _run(inputs, step)
    except TrueupError as error:
        step.annotate("error", str(error))
        step.give(
            {"exit-code": str(int(of_error(error))), "failure-reason": _early(error), "summary": visible(str(error))}
        )
        return Exit.DONE
    reason = failure_reason(ran.report, inputs, departed=ran.departed is not None)
    _log(ran.report, context, step)
    page = page_of(ran.report, context, with_commit(inputs, ran.report), reason=reason, approved=ran.departed)
    step.summarise(render_page(page, MOST_BYTES))
    if told := closing(ran.report, reason=reason, error=page.error):
        step.annotate("error", told)
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
    given = {"document-path": str(ran.document), "plan-path": str(ran.plan) if ran.plan.exists() else ""}
    given["report-path"] = str(page_file)
    status = {"exit-code": str(int(Exit.STALE))} if ran.departed is not None else {}
    step.give({**outputs(ran.report), **status, **given, "failure-reason": reason})
    return Exit.DONE


def _check_folder(inputs: Inputs, step: Step) -> None:
    """Refuse a working directory behind a link of the checkout that leads out; raises as check_written."""
    if workspace := step.env.get("GITHUB_WORKSPACE"):
        folder = Path(workspace)
        check_written([folder / inputs.working_directory], file=None, cwd=folder)


def _early(error: TrueupError) -> str:
    return {Exit.USAGE: "usage", Exit.INVALID: "invalid", Exit.STALE: "plan-changed"}.get(
        of_error(error), "plan-failed"
    )


def _run(inputs: Inputs, step: Step) -> Ran:
    """Run the command, or where a plan was approved, plan anew and apply that as far as the approved one covers it."""
    folder = Path(mkdtemp(prefix="trueup-", dir=step.env.get("RUNNER_TEMP") or gettempdir()))
    document, plan = folder / "document.json", folder / "plan.json"
    inputs = _spread(inputs)
    if not inputs.approved:
        return Ran(report=_captured(arguments(inputs, out=str(plan)), document, step), document=document, plan=plan)
    approved = read_plan(Path(inputs.approved))
    if inputs.digest:
        check_digest(approved, inputs.digest)
    fresh = _captured(arguments(_planning(inputs), out=str(plan)), document, step)
    if fresh.plan is None or fresh.status == Exit.FAILED:
        return Ran(report=fresh, document=document, plan=plan)
    # Checked first: that a resource is not the one that was approved would not say why.
    check_places(approved, {**approved.places, **fresh.plan.places})
    if departures(fresh.plan, approved):
        return Ran(report=fresh, document=document, plan=plan, departed=approved)
    return Ran(
        report=_captured(applying(replace(inputs, digest=""), str(plan)), document, step), document=document, plan=plan
    )


def _planning(inputs: Inputs) -> Inputs:
    return replace(inputs, command="plan", approved="", digest="")


def _spread(inputs: Inputs) -> Inputs:
    """Put the documents in the place of a folder that holds them; other commands read folders themselves."""
    if inputs.command != "merge":
        return inputs
    found = [sorted(Path(path).rglob("*.json")) if Path(path).is_dir() else [Path(path)] for path in inputs.paths]
    return replace(inputs, paths=tuple(str(file) for files in found for file in files))


def _captured(words: list[str], document: Path, step: Step) -> Result:
    """Run a command line and keep its document in a file; what it says meanwhile goes to the log, as mere text."""
    with without_commands(step.out, token=secrets.token_hex), redirect_stderr(step.out), redirect_stdout(io.StringIO()):
        result, rendering = final(execute(words))
    end()
    document.write_text(rendering.text, encoding="utf-8")
    return replace(result, file=str(document))


def _log(report: Result, context: Context, step: Step) -> None:
    """Print the plan or what became of it, then what is wrong at the lines of the files."""
    if (tree := tree_of(report)) is not None:
        with without_commands(step.out):
            step.say(render_text(tree, width=WIDTH, color=False, verbose=False))
    step.out.write(annotations(report, context))

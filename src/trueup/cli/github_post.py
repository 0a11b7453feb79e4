"""Show a run's result where people talk: on its pull request, or in an issue."""

from dataclasses import replace
from pathlib import Path

from trueup.cli.exits import Exit
from trueup.cli.state import read_plan
from trueup.errors import TrueupError
from trueup.github.budget import render_page
from trueup.github.comment import AUTHOR, Write, post_comment, post_issue
from trueup.github.compose import page_of
from trueup.github.context import Context, read_context
from trueup.github.inputs import Inputs, read_inputs
from trueup.github.marker import Marker, key_of
from trueup.github.page import Page
from trueup.github.rest import Rest
from trueup.github.steps import Step
from trueup.github.sticky import NotPosted, Posted
from trueup.report.recalled import Report, read_document
from trueup.report.visible import shorten, visible

NOTHING = "The run gave no result. Its log tells why."


def comment_step(step: Step) -> int:
    """Bring the comment on the pull request up to date, on failure too; a failed plan must not leave an old one."""
    try:
        inputs, context = read_inputs(step.env), read_context(step.env, step.cwd)
        if inputs.comment == "off" or context.pull is None:
            return Exit.DONE
        key = key_of(*inputs.key_parts)
        with _rest(step, context) as rest:
            posted = post_comment(
                rest,
                context,
                key=key,
                author=inputs.comment_author or AUTHOR,
                render=_write(step, context, inputs, Marker(what="comment", key=key, run=context.run)),
                recreate=inputs.comment == "recreate",
            )
    except TrueupError as error:
        posted = NotPosted(str(error))
    _tell(step, posted, "comment")
    return Exit.DONE


def issue_step(step: Step) -> int:
    """Open the issue about drift or bring it up to date; close it when there is none any more."""
    try:
        inputs, context = read_inputs(step.env), read_context(step.env, step.cwd)
        if not inputs.issue:
            return Exit.DONE
        key = key_of(*inputs.key_parts)
        page_writer = _write(step, context, inputs, Marker(what="issue", key=key, run=context.run))
        clean = step.env.get("TRUEUP_STATUS") == "0"
        with _rest(step, context) as rest:
            posted = post_issue(
                rest,
                context,
                key=key,
                author=inputs.comment_author or AUTHOR,
                title=issue_title(inputs),
                render=None if clean else page_writer,
            )
    except TrueupError as error:
        posted = NotPosted(str(error))
    if posted is not None:
        _tell(step, posted, "issue")
    return Exit.DONE


def issue_title(inputs: Inputs) -> str:
    """Return the title of the issue about drift, which no text of a platform is part of."""
    name = inputs.comment_key or ", ".join(inputs.targets)
    return f"Live differs from git{f': {shorten(visible(name), 100)}' if name else ''}"


def _rest(step: Step, context: Context) -> Rest:
    return Rest(context.api_url, step.env.get("GITHUB_TOKEN", ""))


def _write(step: Step, context: Context, inputs: Inputs, marker: Marker) -> Write:
    """Return what writes the page about the run of an earlier step, which may have left nothing."""
    page = replace(_page(step, context, inputs), marker=str(marker))
    return lambda budget: render_page(page, budget)


def _page(step: Step, context: Context, inputs: Inputs) -> Page:
    reason = step.env.get("TRUEUP_REASON", "")
    file = step.env.get("TRUEUP_DOCUMENT", "")
    if not file or not Path(file).is_file():
        told = step.env.get("TRUEUP_SUMMARY", "") or NOTHING
        empty = Report(file="", command=inputs.command, status=1, diagnostics=(), plan=None, outcomes=None, error=told)
        return page_of(empty, context, inputs, reason=reason or "plan-failed")
    report = read_document(Path(file).read_text(encoding="utf-8"), file=file)
    departed = reason == "plan-changed" and report.command == "plan" and inputs.approved
    approved = read_plan(Path(inputs.approved)) if departed else None
    return page_of(report, context, inputs, reason=reason, approved=approved)


def _tell(step: Step, posted: Posted | NotPosted, what: str) -> None:
    match posted:
        case Posted(how, _, url):
            step.out.write(f"The {what} is {how}: {url}\n")
            step.give({f"{what}-url": url})
        case NotPosted(reason):
            step.annotate("notice", f"There is no {what}: {reason} The job's summary holds the same.")

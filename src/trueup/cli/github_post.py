"""Show a run's result where people talk: on its pull request, or in an issue."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from trueup.cli.exit_codes import Exit
from trueup.cli.state import read_plan
from trueup.errors import TrueupError
from trueup.faults import fault_text
from trueup.github.api import Rest
from trueup.github.budget import render_page
from trueup.github.comment import AUTHOR, Write, post_comment, post_issue
from trueup.github.compose import page_of
from trueup.github.context import Context, read_context
from trueup.github.inputs import Inputs, read_inputs
from trueup.github.marker import Marker, key_of
from trueup.github.page import Page
from trueup.github.steps import Step
from trueup.github.sticky import NotPosted, Posted
from trueup.github.told import Standing, standing, with_commit
from trueup.platforms.proxy import proxy_to
from trueup.platforms.transport import SyncClient, ssl_context, sync_transport
from trueup.report.document import read_document
from trueup.report.result import Result
from trueup.report.safe_text import shorten, visible

NOTHING = "The run gave no result. Its log tells why."


def comment_step(step: Step) -> int:
    """Bring the comment on the pull request up to date, on failure too; a failed plan must not leave an old one."""
    return _never_failing(step, "comment", _comment)


def _comment(step: Step) -> Posted | NotPosted | None:
    inputs, context = read_inputs(step.env), read_context(step.env, step.cwd)
    if inputs.comment == "off" or context.pull is None:
        return None
    key = key_of(*inputs.key_parts)
    marker = Marker(what="comment", key=key, run=context.run)
    with _rest(step, context) as rest:
        return post_comment(
            rest,
            context,
            key=key,
            author=inputs.comment_author or AUTHOR,
            render=_write(step, context, inputs, _report(step, inputs), marker),
            recreate=inputs.comment == "recreate",
        )


def issue_step(step: Step) -> int:
    """Open the issue about drift or bring it up to date, and close it when there is none any more.

    A run that failed before it saw a difference does neither: it does not know.
    """
    return _never_failing(step, "issue", _issue)


def _issue(step: Step) -> Posted | NotPosted | None:
    inputs, context = read_inputs(step.env), read_context(step.env, step.cwd)
    if not inputs.issue:
        return None
    report = _report(step, inputs)
    how = standing(report)
    if how is Standing.UNKNOWN:
        step.say("The issue is left as it is: this run could not compare all of live with git.\n")
        return None
    key = key_of(*inputs.key_parts)
    marker = Marker(what="issue", key=key, run=context.run)
    with _rest(step, context) as rest:
        return post_issue(
            rest,
            context,
            key=key,
            author=inputs.comment_author or AUTHOR,
            title=issue_title(inputs),
            render=None if how is Standing.SAME else _write(step, context, inputs, report, marker),
        )


def _never_failing(step: Step, what: str, post: Callable[[Step], Posted | NotPosted | None]) -> int:
    """Post, and tell what came of it; whatever goes wrong is a notice, as the job is about something else."""
    try:
        posted = post(step)
    except TrueupError as error:
        posted = NotPosted(str(error))
    except OSError as error:
        posted = NotPosted(f"{error.filename or 'A file'} cannot be read: {error.strerror}.")
    except Exception as error:  # noqa: BLE001 - a fault must not fail the job either
        posted = NotPosted(fault_text(error, f"posting the {what}"))
    # A log or a file of outputs that cannot be written leaves no place to say it.
    with suppress(OSError):
        if posted is not None:
            _tell(step, posted, what)
    return Exit.DONE


def issue_title(inputs: Inputs) -> str:
    """Return the title of the issue about drift, which no text of a platform is part of."""
    name = inputs.comment_key or ", ".join(inputs.targets)
    return f"Live differs from git{f': {shorten(visible(name), 100)}' if name else ''}"


def _rest(step: Step, context: Context) -> Rest:
    transport = sync_transport(proxy_to(context.api_url, environ=step.env), ssl_context(step.env))
    open_client = partial(SyncClient, transport=transport)
    return Rest(context.api_url, step.env.get("GITHUB_TOKEN", "").strip(), open_client, sleep=step.sleep)


def _write(step: Step, context: Context, inputs: Inputs, report: Result, marker: Marker) -> Write:
    """Return what writes the page about the run of an earlier step."""
    page = replace(_page(step, context, inputs, report), marker=str(marker))
    return lambda budget: render_page(page, budget)


def _report(step: Step, inputs: Inputs) -> Result:
    """Return what the run of an earlier step left, which may be nothing."""
    file = step.env.get("TRUEUP_DOCUMENT", "")
    if file and Path(file).is_file():
        return read_document(Path(file).read_text(encoding="utf-8", errors="replace"), file=file)
    told = step.env.get("TRUEUP_SUMMARY", "") or NOTHING
    return Result(file="", command=inputs.command, status=1, error=TrueupError(told))


def _page(step: Step, context: Context, inputs: Inputs, report: Result) -> Page:
    reason = step.env.get("TRUEUP_REASON", "")
    if not report.file:
        return page_of(report, context, inputs, reason=reason or "plan-failed")
    departed = reason == "plan-changed" and report.command == "plan" and inputs.approved
    approved = read_plan(Path(inputs.approved)) if departed else None
    return page_of(report, context, with_commit(inputs, report), reason=reason, approved=approved)


def _tell(step: Step, posted: Posted | NotPosted, what: str) -> None:
    match posted:
        case Posted(how, _, url):
            step.say(f"The {what} is {how}: {url}\n")
            step.give({f"{what}-url": url})
        case NotPosted(reason):
            step.annotate("notice", f"There is no {what}: {reason} The job's summary holds the same.")

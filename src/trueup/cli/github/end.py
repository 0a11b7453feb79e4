"""The step after a run: close the records of an apply, and update comments and the issue about drift.

Nothing here fails the job. Each part is tried even if another one could not be done, and says why in a notice.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from trueup.cli.exit_codes import Exit
from trueup.cli.github.connection import NO_PUSHING_TOKEN, PUSHING_TOKEN, open_rest
from trueup.cli.github.scope import scope_and_folder
from trueup.errors import Severity, TrueupError, UsageError
from trueup.faults import fault_text
from trueup.github.api import Rest
from trueup.github.budget import render_page
from trueup.github.comment import AUTHOR, Marker, NotPosted, Posted, Render, post_comment, post_issue
from trueup.github.context import Context, read_context
from trueup.github.deployments import finish, left_behind, withdraw
from trueup.github.endings import AS_WANTED, ApplyEnding, End, WayBack, ending, headline, way_back
from trueup.github.folder import VARIABLE, StepFolder
from trueup.github.found import Found, FoundPull
from trueup.github.inputs import Inputs, addressing_inputs, read_inputs
from trueup.github.key import KeyScope, Subject, scope_key
from trueup.github.page import DriftState, drift_state, has_something_to_say, page_of, subject_name, with_commit
from trueup.github.repository_writes import follow_up
from trueup.github.workflow import WorkflowStep
from trueup.model.identity import Identity
from trueup.model.plan import ResourcePlan, Verdict
from trueup.plan.digest import SENT
from trueup.plan.records import Records, records_from_json
from trueup.report.document import read_document
from trueup.report.result import Result

NOTHING: Final = "The run produced no result. See its log for the reason."

_SUBJECTS: Final[Mapping[str, Subject]] = {"preview": "preview", "validate": "validate", "drift": "drift"}
"""The subject of a comment by command; those that plan or apply share one."""

_SENT_NOTHING: Final = frozenset({Exit.INVALID, Exit.STALE, Exit.REFUSED, Exit.USAGE})
"""Statuses of a run that ended before it sent anything, if it has no outcomes."""

_Results = Iterator[Posted | NotPosted | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    """A run that has ended, and what is known of it; ``folder`` is that of the project, for titles."""

    inputs: Inputs
    context: Context
    scope: KeyScope
    folder: str
    report: Result
    reason: str
    found: Found
    files: StepFolder | None

    @property
    def applies(self) -> bool:
        """Return whether this run applies what pull requests showed; their comments say how it ended."""
        return self.inputs.command == "apply" and self.context.pull is None

    @property
    def author(self) -> str:
        """Return the login that writes the texts."""
        return self.inputs.comment_author or AUTHOR


def perform(step: WorkflowStep) -> Exit:
    """Close the records, update the comments and the issue, and open what is left. Always ends with DONE."""
    for what, act in (("record", _close_records), ("comment", _comment), ("issue", _issue), ("follow-up", _follow_up)):
        _never_failing(step, what, act)
    return Exit.DONE


def _never_failing(step: WorkflowStep, what: str, act: Callable[[WorkflowStep], _Results]) -> None:
    """Act and report each result. An error is only a notice: a comment must not fail the job."""
    results: list[Posted | NotPosted | None] = []
    try:
        # One by one, so that what was posted before an error is reported.
        for one in act(step):
            results.append(one)  # noqa: PERF402 - the error must not lose the list
    except TrueupError as error:
        results.append(NotPosted(str(error)))
    except OSError as error:
        results.append(NotPosted(f"{error.filename or 'A file'} cannot be read: {error.strerror}."))
    except Exception as error:  # noqa: BLE001 - a fault must not fail the job either
        results.append(NotPosted(fault_text(error, f"posting the {what}")))
    # If the log or the outputs file cannot be written, there is no place left to report it.
    with suppress(OSError):
        _report_posted(step, what, results)


def _report_posted(step: WorkflowStep, what: str, results: list[Posted | NotPosted | None]) -> None:
    for one in results:
        match one:
            case Posted(how, _, url, note):
                step.log(f"The {what} is {how}: {url}\n")
                if note:
                    step.annotate("warning", note)
            case NotPosted(reason):
                step.annotate("notice", f"There is no {what}: {reason} The job's summary has the same content.")
    if urls := [one.url for one in results if isinstance(one, Posted)]:
        step.set_outputs({f"{what}-url": urls[0]})


def _read(step: WorkflowStep) -> _Ended:
    """Read what the earlier steps left; raises TrueupError for what cannot be read."""
    try:
        inputs = read_inputs(step.env)
    except UsageError:
        # The run has reported it. What the comment says about it must not stay unsaid.
        inputs = addressing_inputs(step.env)
    context = read_context(step.env, step.cwd)
    scope, folder = scope_and_folder(inputs, step.cwd, step.env)
    files = StepFolder.of(step.env) if step.env.get(VARIABLE) else None
    return _Ended(
        inputs=inputs,
        context=context,
        scope=scope,
        folder=folder,
        report=_report(step, inputs, files),
        reason=step.env.get("TRUEUP_REASON", ""),
        found=files.read_found() if files is not None and files.found.exists() else Found(),
        files=files,
    )


def _report(step: WorkflowStep, inputs: Inputs, files: StepFolder | None) -> Result:
    """Return the result of an earlier step's run, or one with an error when it left none."""
    file = step.env.get("TRUEUP_DOCUMENT", "") or (str(files.document) if files is not None else "")
    if file and Path(file).is_file():
        try:
            return read_document(Path(file).read_text(encoding="utf-8", errors="replace"), file=file)
        except TrueupError as error:
            # An old plan must not stay on the pull request only because nothing is known of the new one.
            return Result(command=inputs.command, status=1, error=error)
    summary = step.env.get("TRUEUP_SUMMARY", "") or NOTHING
    status = step.env.get("TRUEUP_STATUS", "")
    known = status in {str(int(one)) for one in Exit}
    return Result(command=inputs.command, status=int(status) if known else 1, error=TrueupError(summary))


def _close_records(step: WorkflowStep) -> _Results:
    if not step.env.get(VARIABLE):
        return
    ended = _read(step)
    if not ended.found.deployments or ended.files is None:
        return
    report, context, before = ended.report, ended.context, _records(ended.files)
    with open_rest(step, context) as rest:
        for target, number in ended.found.deployments.items():
            if report.outcomes is None and report.status in _SENT_NOTHING:
                withdraw(rest, context, number)
            # A run without a result, or without some of its manifests, stays an attempt: what it did is not known.
            elif report.outcomes is not None and not _is_invalid(report):
                left = [
                    o.identity for o in report.outcomes if o.identity.target == target and o.status not in AS_WANTED
                ]
                yield finish(rest, context, number, left_behind(before.targets.get(target), left))


def _is_invalid(report: Result) -> bool:
    return any(found.severity is Severity.ERROR for found in report.diagnostics)


def _records(files: StepFolder) -> Records:
    if not files.records.exists():
        return Records()
    return records_from_json(files.read(files.records), file=str(files.records))


def _comment(step: WorkflowStep) -> _Results:
    ended = _read(step)
    inputs, context = ended.inputs, ended.context
    if inputs.comment == "off" or inputs.is_part or not (ended.applies or context.pull):
        return
    if ended.applies and (ended.found.superseded or not ended.found.pulls):
        return
    with open_rest(step, context) as rest:
        if context.pull is not None:
            silent = inputs.comment == "changes" and not has_something_to_say(ended.report)
            render = _page(ended, ended.report, marker=_marker(ended, _subject(ended)))
            yield _post(rest, ended, context.pull, render, only_existing=silent)
            return
        shown = {pull.number: _shown(ended, pull) for pull in ended.found.pulls}
        every = frozenset(outcome.identity for outcome in ended.report.outcomes or ())
        # What no plan showed can belong to each pull request without a plan.
        others = every.difference(*filter(None, shown.values()))
        for pull in ended.found.pulls:
            of_pull = shown[pull.number]
            yield _post_ending(rest, ended, pull, others if of_pull is None else of_pull)


def _post_ending(rest: Rest, ended: _Ended, pull: FoundPull, shown: frozenset[Identity]) -> Posted | NotPosted | None:
    """Say on a pull request how the apply of these resources ended."""
    how = ending(ended.report, ended.inputs, reason=ended.reason, pull=pull, shown=shown)
    report = ended.report
    if report.outcomes is not None:
        report = replace(report, outcomes=tuple(o for o in report.outcomes if o.identity in shown))
    render = _page(ended, report, marker=_marker(ended, "plan"), how=how)
    # Without a comment there was nothing to show; only a bad ending is worth a new one.
    return _post(rest, ended, pull.number, render, only_existing=how.end is End.APPLIED)


def _shown(ended: _Ended, pull: FoundPull) -> frozenset[Identity] | None:
    """Return the resources that the kept plans of a pull request change, or would if they were not blocked.

    Return None without a plan.
    """
    if ended.files is None or not pull.files:
        return None
    try:
        results = [read_document((ended.files.path / name).read_text("utf-8"), file=name) for name in pull.files]
    except TrueupError:
        # The run has reported it; the comments of the other pull requests can still be updated.
        return None
    plans = [result.plan for result in results if result.plan is not None]
    return frozenset(r.identity for plan in plans for r in plan.resources if _is_of_pull(r))


def _is_of_pull(resource: ResourcePlan) -> bool:
    """Return whether a plan changes a resource, or is blocked there because of what the pull request did."""
    if resource.verdict is Verdict.BLOCKED:
        return resource.touched is not False
    return resource.verdict in SENT and bool(resource.actions)


def _post(rest: Rest, ended: _Ended, pull: int, render: Render, *, only_existing: bool) -> Posted | NotPosted | None:
    subject = "plan" if ended.applies else _subject(ended)
    return post_comment(
        rest,
        ended.context,
        pull=pull,
        marker=_marker(ended, subject),
        author=ended.author,
        render=render,
        # The comment with the plan becomes that with the ending.
        recreate=ended.inputs.comment == "recreate" and not ended.applies and not only_existing,
        only_existing=only_existing,
    )


def _subject(ended: _Ended) -> Subject:
    return _SUBJECTS.get(ended.inputs.command, "plan")


def _marker(ended: _Ended, subject: Subject, what: str = "comment") -> Marker:
    return Marker(what=what, key=scope_key(subject, ended.scope), run=ended.context.run)


def _issue(step: WorkflowStep) -> _Results:
    ended = _read(step)
    inputs, report = ended.inputs, ended.report
    if inputs.issue == "false" or inputs.is_part or ended.found.superseded:
        return
    state = drift_state(report)
    if state is DriftState.UNKNOWN:
        step.log("The issue was not changed: this run could not compare all of live with git.\n")
        return
    how = ending(report, inputs, reason=ended.reason) if ended.applies else None
    render = _page(ended, report, marker=_marker(ended, "drift", "issue"), how=how)
    with open_rest(step, ended.context) as rest:
        yield post_issue(
            rest,
            ended.context,
            marker=_marker(ended, "drift", "issue"),
            author=ended.author,
            title=issue_title(inputs, ended.folder),
            render=None if state is DriftState.SAME else render,
            only_existing=inputs.issue == "update",
        )


def _follow_up(step: WorkflowStep) -> _Results:
    """Open the pull request whose plan shows what an apply left, if a plan could send it."""
    ended = _read(step)
    if not (ended.inputs.follow_up and ended.applies) or ended.found.superseded:
        return
    how = ending(ended.report, ended.inputs)
    if WayBack.FOLLOW_UP not in how.steps:
        return
    if not step.env.get(PUSHING_TOKEN, "").strip():
        yield NotPosted(NO_PUSHING_TOKEN)
        return
    with open_rest(step, ended.context, token=PUSHING_TOKEN) as rest:
        key = scope_key("plan", ended.scope)
        yield follow_up(rest, ended.context, key=key, left=[str(identity) for identity in how.left])


def issue_title(inputs: Inputs, folder: str = "") -> str:
    """Return the title of the issue about drift; it contains no text from a platform."""
    name = subject_name(inputs, folder)
    return f"Drift: live was changed outside of git{f' ({name})' if name else ''}"


def _page(ended: _Ended, report: Result, *, marker: Marker, how: ApplyEnding | None = None) -> Render:
    """Return a function that writes the page about a run within a budget of bytes."""
    page = page_of(
        report,
        ended.context,
        with_commit(ended.inputs, report),
        reason=ended.reason or ("" if report.file else "plan-failed"),
        folder=ended.folder,
        state="" if how is None else headline(how),
        detail="" if how is None else how.detail,
        steps=() if how is None else way_back(how),
    )
    return lambda budget: render_page(replace(page, marker=str(marker)), budget)

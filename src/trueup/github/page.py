"""The page about a run, before it is fitted into a comment or a summary; and the action's outputs.

In order: the page, the outcome of a run as the action sees it (failure reason, drift state), the outputs.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from pathlib import PurePosixPath
from typing import Final

from trueup import __version__
from trueup.errors import Diagnostic, Severity
from trueup.github.context import Context
from trueup.github.inputs import Inputs, local_command
from trueup.github.merging import merging, refused_by_apply
from trueup.github.own_markdown import closed_markdown
from trueup.model.plan import Cause, Fate, Plan, Verdict
from trueup.model.position import COMMIT_DIGITS, Position
from trueup.model.run import Outcome, Status
from trueup.plan.digest import SENT
from trueup.report.diagnostics import summary
from trueup.report.markdown import Layout, code, prose
from trueup.report.result import Result
from trueup.report.result_tree import tree_of
from trueup.report.safe_text import shorten, visible
from trueup.report.tree import ReportTree

OPEN_LINES: Final = 12
"""Lines of the longest difference that is not folded."""

WIDEST_LINE: Final = 100
"""Columns of a line in a code block: as many as a comment on GitHub shows without scrolling sideways."""

_FOLDED: Final = Layout(fold_above=OPEN_LINES, break_at=WIDEST_LINE)

LineUrl = Callable[[str, int], str]
"""A function that returns the address of a line of a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The parts of a page in the order in which they are read.

    ``title``, ``header``, ``footer``, ``own_footer`` and ``more`` are Markdown, the other texts are plain.
    ``title`` is short. ``marker`` is the hidden first line, or empty. ``header`` and ``own_footer`` are the team's, all
    elements closed. ``state`` is how an apply ended, ``detail`` what is left of it, and ``steps`` what to do.
    ``digest`` is the plan hash. ``error`` is the reason why the run ended early, ``advice`` what to do about it.
    ``merging`` says what a merge does, and ``refusals`` why an apply would do nothing. ``footer`` has one
    sentence in each text, the most important first; ``more`` says where the whole report is.
    """

    title: str
    marker: str = ""
    header: str = ""
    tree: ReportTree | None = None
    digest: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()
    state: str = ""
    detail: str = ""
    steps: tuple[str, ...] = ()
    error: str = ""
    advice: str = ""
    merging: str = ""
    refusals: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    own_footer: str = ""
    more: str = ""
    layout: Layout = _FOLDED


def linked_layout(line_url: LineUrl) -> Layout:
    """Return a layout in which positions are links to the lines of the files."""
    return replace(_FOLDED, address=lambda place: address_of(place, line_url))


def address_of(place: Position, line_url: LineUrl) -> str:
    """Return the address of a position, empty for one outside of the repository."""
    # Standard input and files outside of the repository have no page on GitHub.
    path = PurePosixPath(place.file)
    if place.file == "-" or path.is_absolute() or ".." in path.parts:
        return ""
    return line_url(place.file, place.line)


LONGEST_NAME: Final = 200
"""Columns of the names in a title."""

RECORD_FAILED: Final = "record-failed"
"""The failure reason of an apply that did not begin because it could not be recorded."""

_ADVICE: Final = {
    "invalid": "Nothing was planned. Correct the manifests and push again.",
    "plan-failed": "The plan is incomplete. Fix the cause and run the job again.",
    "plan-changed": "Nothing was applied that the pull request did not show. Review the new plan and approve it.",
    "unapproved": "What was left was not shown before. Run the workflow by hand: it plans what is left.",
    RECORD_FAILED: "Nothing was sent. Correct the cause and run the job again.",
    "apply-failed": "Run the job again. It detects what is already done and repeats no write without reading first.",
    "refused": "Nothing was applied. The message names the input that would allow it.",
    "usage": "Correct the inputs of the action.",
    "interrupted": "Run the job again. It detects what is already done.",
}
"""What to do next, by failure reason."""


def page_of(  # noqa: PLR0913 - one keyword for each thing that the run does not say itself
    report: Result,
    context: Context,
    inputs: Inputs,
    *,
    reason: str,
    folder: str = "",
    state: str = "",
    detail: str = "",
    steps: tuple[str, ...] = (),
) -> Page:
    """Return the page about a run.

    ``folder`` names the project in the title where the repository has several. ``state``, ``detail`` and ``steps`` are
    those of an apply that ended.
    """
    return Page(
        title=_title(report, inputs, folder),
        header=closed_markdown(inputs.comment_header),
        tree=tree_of(report),
        # The hash of a preview is of no use: nothing can be applied with it.
        digest=report.plan.digest if report.plan is not None and report.command != "preview" else "",
        diagnostics=report.diagnostics,
        state=state,
        detail=detail,
        steps=steps,
        error=report.error_text,
        # An ending has its own next steps.
        advice="" if state else _ADVICE.get(reason, ""),
        merging=merging(report, context, inputs),
        refusals=refused_by_apply(report, inputs),
        footer=tuple(_footer(report, context, inputs)),
        own_footer=closed_markdown(inputs.comment_footer),
        more=f"The whole report is in [this run]({context.run_url}).",
        layout=linked_layout(context.line_url),
    )


def _title(report: Result, inputs: Inputs, folder: str) -> str:
    name = subject_name(inputs, folder)
    return f"trueup {prose(report.command or inputs.command)}{f': {prose(name)}' if name else ''}"


def subject_name(inputs: Inputs, folder: str) -> str:
    """Return the name by which people distinguish this subject from others, empty if there is only one."""
    parts = (folder, inputs.comment_key or ", ".join(inputs.targets))
    return shorten(visible(", ".join(part for part in parts if part)), LONGEST_NAME)


def _footer(report: Result, context: Context, inputs: Inputs) -> list[str]:
    lines = [
        f"Commit [{code(context.head[:COMMIT_DIGITS])}]({context.commit_url}), [run {context.run}]({context.run_url})."
    ]
    if report.plan is not None:
        lines.append(f"Plan hash {code(report.plan.digest)}.")
    # A developer does not have the documents that were merged, and after an apply live is another.
    if inputs.command not in {"merge", "apply"}:
        lines.append(f"To see the same on your machine: {code(local_command(inputs))}")
    return [*lines, f"trueup {__version__}"]


PENDING: Final = frozenset({*SENT, Verdict.DEFERRED})
"""Verdicts that mean pending changes."""

_DRIFTED: Final = frozenset({Fate.CHANGED, Fate.DELETED, Fate.RETURNED})
"""Fates of resources whose live state has drifted."""

REASONS: Final[Mapping[int, str]] = {4: "plan-changed", 6: "refused", 64: "usage", 130: "interrupted"}
"""Failure reasons by exit status, for statuses that mean the same for every command."""


class DriftState(Enum):
    """Whether live differs from git; ``UNKNOWN`` if the run could not compare all of it."""

    SAME = auto()
    DIFFERS = auto()
    UNKNOWN = auto()


def drift_state(report: Result) -> DriftState:
    """Return whether a run found that live was changed outside of git.

    What is merged and not yet applied is no drift, and neither is a change of the pull request. Without a base nothing
    is known about causes, so any difference counts.
    """
    if report.command == "preview" or (report.plan is None and report.drift is None):
        return DriftState.UNKNOWN
    # A failed run that saw a difference is still evidence of drift; one that saw none proves nothing.
    if _drifted(report):
        return DriftState.DIFFERS
    return DriftState.SAME if _compared_all(report) else DriftState.UNKNOWN


def _drifted(report: Result) -> bool:
    if report.drift is not None:
        return any(resource.fate in _DRIFTED for resource in report.drift.resources)
    if report.plan is None or report.status == 0:
        return False
    differing = [r for r in report.plan.resources if r.verdict in {*PENDING, Verdict.BLOCKED}]
    if report.plan.base is None:
        return bool(differing)
    return any(planned.cause in {None, Cause.DRIFT, Cause.BOTH} for r in differing for planned in r.actions)


def _compared_all(report: Result) -> bool:
    """Return whether everything was compared, and for an apply, whether nothing is left of it."""
    if report.drift is not None:
        return not any(r.fate in {Fate.UNKNOWN, Fate.UNREADABLE} for r in report.drift.resources)
    if report.plan is None or report.outcomes is not None:
        return report.status == 0
    invalid = any(found.severity is Severity.ERROR for found in report.diagnostics)
    return not invalid and not any(r.verdict is Verdict.UNREADABLE for r in report.plan.resources)


_NO_REASON: Final = frozenset({"expires-soon", "not-recorded", "record-not-here"})
"""Codes that are no reason for a comment: what every run has until the first recorded apply, and what comes with time
and not with the change."""


def has_something_to_say(report: Result) -> bool:
    """Return whether a page about a run has anything but "no changes" on it."""
    found = [diagnostic for diagnostic in report.diagnostics if diagnostic.code not in _NO_REASON]
    if report.error is not None or found or (report.plan is None and report.drift is None):
        return True
    if report.outcomes is not None:
        return any(outcome.status is not Status.UNCHANGED for outcome in report.outcomes)
    if report.drift is not None:
        return any(resource.fate is not Fate.SAME for resource in report.drift.resources)
    return report.plan is not None and any(
        resource.verdict is not Verdict.UNCHANGED or resource.findings for resource in report.plan.resources
    )


def with_commit(inputs: Inputs, report: Result) -> Inputs:
    """Return the inputs with the base as a commit hash: ``HEAD^1`` is another commit on a developer's machine."""
    compared = report.plan or report.drift
    if compared is None or compared.base is None or not inputs.base:
        return inputs
    return replace(inputs, base=compared.base.commit)


def failure_reason(report: Result, inputs: Inputs) -> str:
    """Return the output ``failure-reason``: one word for why the job fails, empty when it does not fail."""
    match report.status:
        case 0:
            return ""
        case 2:
            return "changes" if inputs.fail_on_changes else ""
        case 3:
            # Status 3 means invalid manifests or blocked resources; only the first have diagnostics of level error.
            invalid = any(found.severity is Severity.ERROR for found in report.diagnostics)
            if invalid:
                return "invalid"
            # Not the fault of this change: the page shows it, and the check stays green.
            if inputs.command == "plan" and report.plan is not None and not _blocked_here(report.plan):
                return ""
            # A shard with blocked resources has a result that can be merged; the job that merges all shards fails.
            return "" if inputs.is_part else "blocked"
        case 4 if _is_unapproved(report):
            return "unapproved"
        case status if status in REASONS:
            return REASONS[status]
        case _:
            return "apply-failed" if report.command == "apply" else "plan-failed"


def _is_unapproved(report: Result) -> bool:
    """Return whether an apply left only what no approved plan shows, and live had changed nowhere."""
    ended = {outcome.status for outcome in report.outcomes or ()}
    return Status.UNAPPROVED in ended and Status.STALE not in ended


def _blocked_here(plan: Plan) -> bool:
    """Return whether a resource is blocked whose manifest this change touched, or may have touched."""
    return any(r.verdict is Verdict.BLOCKED and r.touched is not False for r in plan.resources)


def one_line(report: Result) -> str:
    """Return the result of the run in one line that is safe to print anywhere."""
    tree = tree_of(report)
    if report.error_text:
        return visible(report.error_text)
    if tree is None:
        return summary(report.diagnostics) if report.diagnostics else "No problems."
    return visible("".join(span.text for span in tree.total)).strip()


def outputs(report: Result) -> dict[str, str]:
    """Return the action's outputs, by name, that follow from the result."""
    counts = _counts(report)
    drifted = sum(resource.fate in _DRIFTED for resource in report.drift.resources) if report.drift is not None else 0
    # A step reads all outputs by name, so every one is set, also those of other commands.
    ended, compared = report.outcomes or (), report.plan or report.drift
    return {
        "changes": str(drifted > 0 or any(counts[verdict] for verdict in PENDING)).lower(),
        **{verdict.value: str(counts[verdict]) for verdict in Verdict},
        "drifted": str(drifted),
        "applied": str(sum(outcome.status in {Status.APPLIED, Status.REBASED} for outcome in ended)),
        "failed": str(sum(map(_failed, ended))),
        "unapproved": str(sum(outcome.status is Status.UNAPPROVED for outcome in ended)),
        "pending": str(len({pending.identity for pending in compared.pending}) if compared is not None else 0),
        "digest": report.plan.digest if report.plan is not None else "",
        "summary": one_line(report),
        "exit-code": str(report.status),
    }


def _counts(report: Result) -> Counter[Verdict]:
    """Return the number of resources by verdict; of drift, only the fates that mean the same as a verdict."""
    if report.drift is not None:
        same = {Fate.SAME: Verdict.UNCHANGED, Fate.UNREADABLE: Verdict.UNREADABLE}
        return Counter(same[resource.fate] for resource in report.drift.resources if resource.fate in same)
    return Counter(resource.verdict for resource in report.plan.resources) if report.plan is not None else Counter()


def _failed(outcome: Outcome) -> bool:
    return outcome.status in {Status.FAILED, Status.UNKNOWN, Status.STALE}

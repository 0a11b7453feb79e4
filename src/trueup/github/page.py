"""Hold what a comment or a summary says, before anybody knows how much room it has."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from pathlib import PurePosixPath
from typing import Final

from trueup import __version__
from trueup.errors import Diagnostic, Severity
from trueup.github.context import Context
from trueup.github.inputs import Inputs, repeated
from trueup.model.identity import Identity
from trueup.model.plan import Fate, Plan, Verdict
from trueup.model.position import Position
from trueup.model.run import Outcome, Status
from trueup.plan.approval import departures
from trueup.plan.digest import SENT
from trueup.report.diagnostics import summary
from trueup.report.markdown import Layout, code, prose
from trueup.report.plan import plan_tree
from trueup.report.result import Result
from trueup.report.result_tree import tree_of
from trueup.report.safe_text import shorten, visible
from trueup.report.tree import ReportTree, Section

OPEN_LINES: Final = 12
"""Lines up to which a difference is shown without a click."""

_FOLDED: Final = Layout(fold_above=OPEN_LINES)

LineUrl = Callable[[str, int], str]
"""Return the address of a line of a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Hold the parts of a text in the order in which people read them.

    ``title`` is finished Markdown, and short. ``marker`` is the hidden first line, empty where none is needed.
    ``error`` is what ended the run early, ``advice`` what to do next. ``approved`` are sections that a pull request
    showed, where they are no longer what would be done. ``footer`` holds finished Markdown, one sentence
    each, the one that is worth most first; ``more`` says, in finished Markdown, where all of it can be read.
    """

    title: str
    marker: str = ""
    tree: ReportTree | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    approved: tuple[Section, ...] = ()
    error: str = ""
    advice: str = ""
    footer: tuple[str, ...] = ()
    more: str = ""
    layout: Layout = _FOLDED


def linked_layout(line_url: LineUrl) -> Layout:
    """Return a layout in which places lead to the lines of the files."""
    return Layout(address=lambda place: address_of(place, line_url), fold_above=OPEN_LINES)


def address_of(place: Position, line_url: LineUrl) -> str:
    """Return the address of a place, empty where it is not in a file of the repository."""
    path = PurePosixPath(place.file)
    if place.file == "-" or path.is_absolute() or ".." in path.parts:
        return ""
    return line_url(place.file, place.line)


LONGEST_NAME: Final = 200
"""Columns of a title's or a footer's names."""

_ADVICE: Final = {
    "invalid": "Nothing was planned. Correct the manifests and push again.",
    "plan-failed": "This says nothing about what would change. Run the job again once the cause is gone.",
    "plan-changed": "Nothing was applied that was not shown. Look at what it would be now, and approve that.",
    "apply-failed": "Run the job again: what was done is found done, and no write is repeated blindly.",
    "refused": "Nothing was applied. The message names the input that would allow it.",
    "usage": "Correct the inputs of the action.",
    "interrupted": "Run the job again: what was done is found done.",
}
"""What to do next, by the reason of a failure."""


def page_of(report: Result, context: Context, inputs: Inputs, *, reason: str, approved: Plan | None = None) -> Page:
    """Return the page about a run; ``approved`` is the plan that its own is not within."""
    departed = () if approved is None or report.plan is None else departures(report.plan, approved)
    return Page(
        title=_title(report, inputs),
        tree=tree_of(report),
        diagnostics=report.diagnostics,
        approved=_shown_before(approved, departed) if approved is not None else (),
        error=report.error_text or _told(departed),
        advice=_ADVICE.get(reason, ""),
        footer=tuple(_footer(report, context, inputs)),
        more=f"All of it is in the report of [this run]({context.run_url}).",
        layout=linked_layout(context.line_url),
    )


def _title(report: Result, inputs: Inputs) -> str:
    name = inputs.comment_key or ", ".join(inputs.targets)
    told = f": {prose(shorten(visible(name), LONGEST_NAME))}" if name else ""
    return f"trueup {prose(report.command or inputs.command)}{told}"


def _told(departed: Collection[Identity]) -> str:
    if not departed:
        return ""
    named = [f"{identity}" for identity in departed][:20]
    more = f" and {len(departed) - len(named):,} more" if len(departed) > len(named) else ""
    return f"Not what the pull request showed: {', '.join(named)}{more}. Nothing was applied."


def _shown_before(approved: Plan, departed: Collection[Identity]) -> tuple[Section, ...]:
    """Return what the approved plan said of the resources that now differ."""
    kept = tuple(resource for resource in approved.resources if resource.identity in departed)
    sections = plan_tree(replace(approved, resources=kept)).sections
    return tuple(replace(section, title=f"The pull request showed: {section.title.lower()}") for section in sections)


def _footer(report: Result, context: Context, inputs: Inputs) -> list[str]:
    lines = [f"Commit [{code(context.head[:12])}]({context.commit_url}), [run {context.run}]({context.run_url})."]
    if report.plan is not None:
        lines.append(f"Plan hash {code(report.plan.digest)}.")
    if inputs.command != "merge":
        lines.append(f"On your own machine: {code(repeated(inputs))}")
    return [*lines, f"trueup {__version__}"]


PENDING: Final = frozenset({*SENT, Verdict.DEFERRED})
"""Verdicts that leave something to do."""

_DRIFTED: Final = frozenset({Fate.CHANGED, Fate.DELETED, Fate.RETURNED})
"""Fates of live resources that are not as wanted any more."""

REASONS: Final[Mapping[int, str]] = {4: "plan-changed", 6: "refused", 64: "usage", 130: "interrupted"}
"""Why a run failed, by its exit status, where the command makes no difference."""


class DriftState(Enum):
    """Say how live stands to git, as far as a run could see."""

    SAME = auto()
    DIFFERS = auto()
    UNKNOWN = auto()


def standing(report: Result) -> DriftState:
    """Return how live stands to git after a run; one that failed before it saw a difference does not know."""
    if report.command == "preview" or (report.plan is None and report.drift is None):
        return DriftState.UNKNOWN
    if report.status == 0:
        unknown = report.drift is not None and any(r.fate is Fate.UNKNOWN for r in report.drift.resources)
        return DriftState.UNKNOWN if unknown else DriftState.SAME
    told = outputs(report)
    return DriftState.DIFFERS if told["changes"] == "true" or told["blocked"] != "0" else DriftState.UNKNOWN


def with_commit(inputs: Inputs, report: Result) -> Inputs:
    """Name the base by its commit: ``HEAD^1`` is another one on somebody's own machine."""
    compared = report.plan or report.drift
    if compared is None or compared.base is None or not inputs.base:
        return inputs
    return replace(inputs, base=compared.base.commit)


def failure_reason(report: Result, inputs: Inputs, *, departed: bool = False) -> str:
    """Return why the run is to fail, in one of a few words, empty when it is not.

    ``departed``: the plan is not within the approved one, and nothing was applied.
    """
    if departed:
        return "plan-changed"
    match report.status:
        case 0:
            return ""
        case 2:
            return "changes" if inputs.fail_on_changes else ""
        case 3:
            invalid = any(found.severity is Severity.ERROR for found in report.diagnostics)
            if invalid:
                return "invalid"
            # A part with what is blocked is a result to join. The job that joins fails with it.
            return "" if inputs.shard and inputs.command != "merge" else "blocked"
        case status if status in REASONS:
            return REASONS[status]
        case _:
            return "apply-failed" if report.command == "apply" else "plan-failed"


def one_line(report: Result) -> str:
    """Return the sum of the run in one line that is safe to print anywhere."""
    tree = tree_of(report)
    if report.error_text:
        return visible(report.error_text)
    if tree is None:
        return summary(report.diagnostics) if report.diagnostics else "No problems."
    return visible("".join(span.text for span in tree.total)).strip()


def outputs(report: Result) -> dict[str, str]:
    """Return the outputs that a document gives."""
    counts = _counts(report)
    drifted = sum(resource.fate in _DRIFTED for resource in report.drift.resources) if report.drift is not None else 0
    ended = report.outcomes or ()
    return {
        "changes": str(drifted > 0 or any(counts[verdict] for verdict in PENDING)).lower(),
        **{verdict.value: str(counts[verdict]) for verdict in Verdict},
        "drifted": str(drifted),
        "applied": str(sum(outcome.status in {Status.APPLIED, Status.REBASED} for outcome in ended)),
        "failed": str(sum(map(_failed, ended))),
        "digest": report.plan.digest if report.plan is not None else "",
        "summary": one_line(report),
        "exit-code": str(report.status),
    }


def _counts(report: Result) -> Counter[Verdict]:
    """Count resources by verdict; of drift only what has the same meaning there."""
    if report.drift is not None:
        same = {Fate.SAME: Verdict.UNCHANGED, Fate.UNREADABLE: Verdict.UNREADABLE}
        return Counter(same[resource.fate] for resource in report.drift.resources if resource.fate in same)
    return Counter(resource.verdict for resource in report.plan.resources) if report.plan is not None else Counter()


def _failed(outcome: Outcome) -> bool:
    return outcome.status in {Status.FAILED, Status.UNKNOWN, Status.STALE}

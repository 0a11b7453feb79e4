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
from trueup.model.plan import Fate, Verdict
from trueup.model.position import Position
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

_FOLDED: Final = Layout(fold_above=OPEN_LINES)

LineUrl = Callable[[str, int], str]
"""A function that returns the address of a line of a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The parts of a page in the order in which they are read.

    ``title``, ``footer`` and ``more`` are Markdown, the other texts are plain. ``title`` is short. ``marker`` is the
    hidden first line, or empty. ``error`` is the reason why the run ended early, ``advice`` what to do next.
    ``footer`` has one sentence in each text, the most important first; ``more`` says where the whole report is.
    """

    title: str
    marker: str = ""
    tree: ReportTree | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    error: str = ""
    advice: str = ""
    footer: tuple[str, ...] = ()
    more: str = ""
    layout: Layout = _FOLDED


def linked_layout(line_url: LineUrl) -> Layout:
    """Return a layout in which positions are links to the lines of the files."""
    return Layout(address=lambda place: address_of(place, line_url), fold_above=OPEN_LINES)


def address_of(place: Position, line_url: LineUrl) -> str:
    """Return the address of a position, empty for one outside of the repository."""
    # Standard input and files outside of the repository have no page on GitHub.
    path = PurePosixPath(place.file)
    if place.file == "-" or path.is_absolute() or ".." in path.parts:
        return ""
    return line_url(place.file, place.line)


LONGEST_NAME: Final = 200
"""Columns of the names in a title."""

_ADVICE: Final = {
    "invalid": "Nothing was planned. Correct the manifests and push again.",
    "plan-failed": "The plan is incomplete. Fix the cause and run the job again.",
    "plan-changed": "Nothing was applied that the pull request did not show. Review the new plan and approve it.",
    "apply-failed": "Run the job again. It detects what is already done and repeats no write without reading first.",
    "refused": "Nothing was applied. The message names the input that would allow it.",
    "usage": "Correct the inputs of the action.",
    "interrupted": "Run the job again. It detects what is already done.",
}
"""What to do next, by failure reason."""


def page_of(report: Result, context: Context, inputs: Inputs, *, reason: str) -> Page:
    """Return the page about a run."""
    return Page(
        title=_title(report, inputs),
        tree=tree_of(report),
        diagnostics=report.diagnostics,
        error=report.error_text,
        advice=_ADVICE.get(reason, ""),
        footer=tuple(_footer(report, context, inputs)),
        more=f"The whole report is in [this run]({context.run_url}).",
        layout=linked_layout(context.line_url),
    )


def _title(report: Result, inputs: Inputs) -> str:
    name = inputs.comment_key or ", ".join(inputs.targets)
    suffix = f": {prose(shorten(visible(name), LONGEST_NAME))}" if name else ""
    return f"trueup {prose(report.command or inputs.command)}{suffix}"


def _footer(report: Result, context: Context, inputs: Inputs) -> list[str]:
    lines = [f"Commit [{code(context.head[:12])}]({context.commit_url}), [run {context.run}]({context.run_url})."]
    if report.plan is not None:
        lines.append(f"Plan hash {code(report.plan.digest)}.")
    # A developer does not have the documents that were merged.
    if inputs.command != "merge":
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
    """Return whether a run found that live differs from git."""
    if report.command == "preview" or (report.plan is None and report.drift is None):
        return DriftState.UNKNOWN
    if report.status == 0:
        unknown = report.drift is not None and any(r.fate is Fate.UNKNOWN for r in report.drift.resources)
        return DriftState.UNKNOWN if unknown else DriftState.SAME
    # A failed run that saw a difference is still evidence of drift; one that saw none proves nothing.
    values = outputs(report)
    return DriftState.DIFFERS if values["changes"] == "true" or values["blocked"] != "0" else DriftState.UNKNOWN


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
            # A shard with blocked resources has a result that can be merged; the job that merges all shards fails.
            return "" if inputs.shard and inputs.command != "merge" else "blocked"
        case status if status in REASONS:
            return REASONS[status]
        case _:
            return "apply-failed" if report.command == "apply" else "plan-failed"


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
    """Return the number of resources by verdict; of drift, only the fates that mean the same as a verdict."""
    if report.drift is not None:
        same = {Fate.SAME: Verdict.UNCHANGED, Fate.UNREADABLE: Verdict.UNREADABLE}
        return Counter(same[resource.fate] for resource in report.drift.resources if resource.fate in same)
    return Counter(resource.verdict for resource in report.plan.resources) if report.plan is not None else Counter()


def _failed(outcome: Outcome) -> bool:
    return outcome.status in {Status.FAILED, Status.UNKNOWN, Status.STALE}

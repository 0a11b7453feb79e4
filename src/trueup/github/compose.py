"""Compose the page about a run: what it is about, what it says, what to do next, and where it comes from."""

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from trueup import __version__
from trueup.github.context import Context
from trueup.github.inputs import Inputs, repeated
from trueup.github.page import Page, linked_layout
from trueup.model.identity import Identity
from trueup.model.plan import Plan
from trueup.plan.approval import departures
from trueup.report.escape import code, prose
from trueup.report.plan import plan_tree
from trueup.report.result import Result
from trueup.report.result_tree import tree_of
from trueup.report.safe_text import shorten, visible
from trueup.report.tree import Section

LONGEST_NAME: Final = 200
"""Columns of a title's or a footer's names."""

ADVICE: Final = {
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
        error=report.told or _told(departed),
        advice=ADVICE.get(reason, ""),
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

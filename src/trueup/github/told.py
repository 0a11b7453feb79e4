"""Turn what a run printed into the action's outputs."""

from collections.abc import Mapping
from typing import Final

from trueup.errors import Severity
from trueup.github.inputs import Inputs
from trueup.model.outcome import Outcome, Status
from trueup.model.plan import Verdict
from trueup.plan.digest import SENT
from trueup.report.diagnostics import summary
from trueup.report.outcomes import outcome_tree
from trueup.report.plan import plan_tree
from trueup.report.recalled import Report
from trueup.report.tree import Tree
from trueup.report.visible import visible

PENDING: Final = frozenset({*SENT, Verdict.DEFERRED})
"""Verdicts that leave something to do."""

REASONS: Final[Mapping[int, str]] = {4: "plan-changed", 6: "refused", 64: "usage", 130: "interrupted"}
"""Why a run failed, by its exit status, where the command makes no difference."""


def tree_of(report: Report) -> Tree | None:
    """Return what the run has to show, None where it came to no plan."""
    if report.plan is None:
        return None
    return plan_tree(report.plan) if report.outcomes is None else outcome_tree(report.plan, report.outcomes)


def failure_reason(report: Report, inputs: Inputs, *, departed: bool = False) -> str:
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
            return "invalid" if invalid else "blocked"
        case status if status in REASONS:
            return REASONS[status]
        case _:
            return "apply-failed" if report.command == "apply" else "plan-failed"


def one_line(report: Report) -> str:
    """Return the sum of the run in one line that is safe to print anywhere."""
    tree = tree_of(report)
    if report.error:
        return visible(report.error)
    if tree is None:
        return summary(report.diagnostics) if report.diagnostics else "No problems."
    return visible("".join(span.text for span in tree.total)).strip()


def outputs(report: Report) -> dict[str, str]:
    """Return the outputs that a document gives."""
    counts = {verdict.value: 0 for verdict in Verdict}
    for resource in report.plan.resources if report.plan is not None else ():
        counts[resource.verdict.value] += 1
    ended = report.outcomes or ()
    return {
        "changes": str(any(counts[verdict] for verdict in PENDING)).lower(),
        **{name: str(number) for name, number in counts.items()},
        "applied": str(sum(outcome.status in {Status.APPLIED, Status.REBASED} for outcome in ended)),
        "failed": str(sum(map(_failed, ended))),
        "digest": report.plan.digest if report.plan is not None else "",
        "summary": one_line(report),
        "exit-code": str(report.status),
    }


def _failed(outcome: Outcome) -> bool:
    return outcome.status in {Status.FAILED, Status.UNKNOWN, Status.STALE}

"""The report of a result."""

from trueup.report.drift import drift_tree
from trueup.report.outcomes import outcome_tree
from trueup.report.plan import PLAN, PREVIEW, PREVIEW_APPLIED, plan_tree
from trueup.report.result import Result
from trueup.report.tree import ReportTree


def tree_of(result: Result) -> ReportTree | None:
    """Return the report of a result: of its drift, its outcomes or its plan; None for a result without any."""
    if result.tree is not None or (result.drift is None and result.plan is None):
        return result.tree
    if result.drift is not None:
        return drift_tree(result.drift)
    assert result.plan is not None  # checked above
    # Outcomes before the plan: after an apply, what happened matters more than what was planned.
    if result.outcomes is not None:
        return outcome_tree(result.plan, result.outcomes)
    if result.command != "preview":
        return plan_tree(result.plan, PLAN)
    return plan_tree(result.plan, PREVIEW_APPLIED if result.plan.recorded else PREVIEW)

"""What a merge of a pull request does to live, said on the pull request before it is merged."""

from typing import Final

from trueup.bounded import count
from trueup.errors import Severity, UsageError
from trueup.github.context import Context
from trueup.github.inputs import AUTO, Inputs
from trueup.model.action import Delete
from trueup.model.plan import Cause, Plan, Verdict
from trueup.plan.digest import SENT
from trueup.plan.safety import SafetyOptions, parse_limit, refusals
from trueup.report.result import Result

_APPROVED: Final = "approved"
"""The value of ``allow-delete`` that allows the deletions that a pull request showed."""

_SHOWN: Final = frozenset({"plan", "merge"})
"""Commands whose plan a pull request shows."""


def merging(report: Result, context: Context, inputs: Inputs) -> str:
    """Return what merging this pull request does, in one or two sentences; empty where it is not known.

    It is known only in a workflow that records its applies (the input ``applied``).
    """
    if context.pull is None:
        return ""
    if context.fork:
        return (
            "A pull request from a fork is not planned against live, so merging applies nothing. After the merge, run "
            "the workflow by hand: it plans, and applies that plan once it is approved."
        )
    if inputs.applied != AUTO or report.plan is None or report.command not in _SHOWN or report.error is not None:
        return ""
    if any(found.severity is Severity.ERROR for found in report.diagnostics):
        return ""
    if context.branch and context.default_branch and context.branch != context.default_branch:
        return f"Merging applies nothing yet: only what reaches the branch {context.default_branch} is applied."
    if refused_by_apply(report, inputs):
        return "Merging applies nothing until that is allowed."
    return _of_plan(report.plan, inputs)


def _of_plan(plan: Plan, inputs: Inputs) -> str:
    held = {
        "blocked": [r for r in plan.resources if r.verdict is Verdict.BLOCKED],
        "deferred": [r for r in plan.resources if r.verdict is Verdict.DEFERRED],
        "not readable": [r for r in plan.resources if r.verdict is Verdict.UNREADABLE],
    }
    sent = [r for r in plan.resources if r.verdict in SENT]
    if inputs.on_conflict == "stop":
        held["changed on both sides"] = [r for r in sent if any(a.cause is Cause.BOTH for a in r.actions)]
        sent = [r for r in sent if r not in held["changed on both sides"]]
    left = ", ".join(f"{len(found):,} {word}" for word, found in held.items() if found)
    if not sent:
        return f"Merging applies nothing: {left}." if left else "Merging changes nothing live."
    return f"Merging applies this, except for what is held back: {left}." if left else "Merging applies this."


def refused_by_apply(report: Result, inputs: Inputs) -> tuple[str, ...]:
    """Return why an apply with these inputs would refuse the plan as a whole; empty if it would not."""
    if report.plan is None or report.command not in _SHOWN:
        return ()
    deletions = sum(any(isinstance(a.action, Delete) for a in r.actions) for r in report.plan.resources)
    try:
        limit = parse_limit(inputs.max_changes) if inputs.max_changes else None
    except UsageError:
        # The run itself has reported it.
        limit = None
    allowed = deletions if inputs.allow_delete == _APPROVED else count(inputs.allow_delete) or 0
    options = SafetyOptions(allow_delete=allowed, max_changes=limit)
    return tuple(refusal.message for refusal in refusals(report.plan, options))

"""Turn what a run printed into the action's outputs."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from enum import Enum, auto
from typing import Final

from trueup.errors import Severity
from trueup.github.inputs import Inputs
from trueup.model.drift import Fate
from trueup.model.outcome import Outcome, Status
from trueup.model.plan import Verdict
from trueup.plan.digest import SENT
from trueup.report.diagnostics import summary
from trueup.report.result import Result
from trueup.report.result_tree import tree_of
from trueup.report.safe_text import visible

PENDING: Final = frozenset({*SENT, Verdict.DEFERRED})
"""Verdicts that leave something to do."""

DRIFTED: Final = frozenset({Fate.CHANGED, Fate.DELETED, Fate.RETURNED})
"""Fates of live resources that are not as wanted any more."""

REASONS: Final[Mapping[int, str]] = {4: "plan-changed", 6: "refused", 64: "usage", 130: "interrupted"}
"""Why a run failed, by its exit status, where the command makes no difference."""


class Standing(Enum):
    """Say how live stands to git, as far as a run could see."""

    SAME = auto()
    DIFFERS = auto()
    UNKNOWN = auto()


def standing(report: Result) -> Standing:
    """Return how live stands to git after a run; one that failed before it saw a difference does not know."""
    if report.command == "preview" or (report.plan is None and report.drift is None):
        return Standing.UNKNOWN
    if report.status == 0:
        unknown = report.drift is not None and any(r.fate is Fate.UNKNOWN for r in report.drift.resources)
        return Standing.UNKNOWN if unknown else Standing.SAME
    told = outputs(report)
    return Standing.DIFFERS if told["changes"] == "true" or told["blocked"] != "0" else Standing.UNKNOWN


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
    if report.told:
        return visible(report.told)
    if tree is None:
        return summary(report.diagnostics) if report.diagnostics else "No problems."
    return visible("".join(span.text for span in tree.total)).strip()


def outputs(report: Result) -> dict[str, str]:
    """Return the outputs that a document gives."""
    counts = _counts(report)
    drifted = sum(resource.fate in DRIFTED for resource in report.drift.resources) if report.drift is not None else 0
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

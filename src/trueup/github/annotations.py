"""Say what keeps a run from its end where reviewers look: at the lines of the files that they change."""

from collections.abc import Iterator
from typing import Final

from trueup.errors import Diagnostic, Severity
from trueup.github.context import Context
from trueup.github.told import one_line
from trueup.model.change import Level
from trueup.model.plan import PlannedFinding, ResourcePlan, Verdict
from trueup.report.diagnostics import diagnostics_github
from trueup.report.result import Result

REST: Final = "the job's summary has them all"


def annotations(report: Result, context: Context) -> str:
    """Return workflow commands for what is wrong with files and for what a platform cannot do."""
    found = [*report.diagnostics, *_blocked(report)]
    return diagnostics_github([context.placed(diagnostic) for diagnostic in found], rest=REST)


def closing(report: Result, *, reason: str, error: str) -> str:
    """Return why the job fails where nothing else says it, empty otherwise; ``error`` is what ended it early."""
    said = any(problem.severity is Severity.ERROR for problem in (*report.diagnostics, *_blocked(report)))
    return error or (one_line(report) if reason and not said else "")


def _blocked(report: Result) -> Iterator[Diagnostic]:
    for resource in report.plan.resources if report.plan is not None else ():
        if resource.verdict is Verdict.BLOCKED:
            yield from (_diagnostic(f, resource) for f in resource.findings if f.finding.level is Level.BLOCKED)


def _diagnostic(planned: PlannedFinding, resource: ResourcePlan) -> Diagnostic:
    finding = planned.finding
    return Diagnostic(
        code=finding.code,
        message=f"{resource.identity}: {finding.message}",
        position=planned.position or resource.position,
        path="" if finding.path in finding.message else finding.path,
    )

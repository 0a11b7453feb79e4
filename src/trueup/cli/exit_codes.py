"""The exit statuses, and the one place where they are computed."""

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING

from trueup.errors import (
    Diagnostic,
    Interrupted,
    InvalidInput,
    PlanOutdated,
    Refused,
    Severity,
    TrueupError,
    UsageError,
)

if TYPE_CHECKING:
    # Every start imports this module, and most runs have neither a plan nor outcomes.
    from trueup.model.checkup import CheckResult
    from trueup.model.overview import Overview
    from trueup.model.plan import Drift, Plan
    from trueup.model.run import Outcome


# 2 for changes follows terraform plan -detailed-exitcode; 64 is EX_USAGE of sysexits.h; 130 is 128 + SIGINT.
class Exit(IntEnum):
    """Every exit status of trueup."""

    DONE = 0
    FAILED = 1
    CHANGES = 2
    INVALID = 3
    STALE = 4
    PARTLY = 5
    REFUSED = 6
    USAGE = 64
    INTERRUPTED = 130


PRECEDENCE = (
    Exit.INTERRUPTED,
    Exit.USAGE,
    Exit.FAILED,
    Exit.PARTLY,
    Exit.STALE,
    Exit.REFUSED,
    Exit.INVALID,
    Exit.CHANGES,
)
"""The order in which one of several fitting statuses is chosen, the most severe first."""


def most_severe(fitting: Iterable[Exit]) -> Exit:
    """Return the most severe of the statuses, ``DONE`` when there are none."""
    found = frozenset(fitting)
    return next((status for status in PRECEDENCE if status in found), Exit.DONE)


def status_of_error(error: TrueupError) -> Exit:
    """Return the status of a run that this error ended."""
    match error:
        case Interrupted():
            return Exit.INTERRUPTED
        case UsageError():
            return Exit.USAGE
        case InvalidInput():
            return Exit.INVALID
        case PlanOutdated():
            return Exit.STALE
        case Refused():
            return Exit.REFUSED
        case _:
            return Exit.FAILED


def status_of_diagnostics(diagnostics: Sequence[Diagnostic]) -> Exit:
    """Return ``INVALID`` when any diagnostic is an error."""
    return Exit.INVALID if any(d.severity is Severity.ERROR for d in diagnostics) else Exit.DONE


def status_of_plan(plan: "Plan", *, detailed: bool) -> Exit:
    """Return the status of a plan that is only shown; pending changes count when ``detailed``."""
    from trueup.model.plan import Verdict

    pending = {Verdict.CREATE, Verdict.UPDATE, Verdict.DELETE, Verdict.DEFERRED}
    verdicts = {resource.verdict for resource in plan.resources}
    fitting = []
    # Even without --detailed-exitcode: the plan does not cover what could not be read.
    if Verdict.UNREADABLE in verdicts:
        fitting.append(Exit.FAILED)
    if Verdict.BLOCKED in verdicts:
        fitting.append(Exit.INVALID)
    if detailed and verdicts & pending:
        fitting.append(Exit.CHANGES)
    return most_severe(fitting)


def status_of_drift(drift: "Drift", *, detailed: bool) -> Exit:
    """Return the status of a drift report; drift counts when ``detailed``."""
    from trueup.model.plan import Fate

    fates = {resource.fate for resource in drift.resources}
    # UNKNOWN is no failure here: the base could not be read, but live could.
    if Fate.UNREADABLE in fates:
        return Exit.FAILED
    return Exit.CHANGES if detailed and fates - {Fate.SAME, Fate.UNKNOWN, Fate.PENDING} else Exit.DONE


def status_of_overview(overview: "Overview") -> Exit:
    """Return the status of a report of live states, as that of an apply which waited for them."""
    from trueup.model.overview import Condition

    conditions = {resource.live.condition for resource in overview.resources}
    failed = bool(overview.unlisted or conditions & {Condition.FAILED, Condition.UNREADABLE})
    warned = Condition.WARNED in conditions
    return most_severe([*([Exit.FAILED] if failed else []), *([Exit.PARTLY] if warned else [])])


def status_of_outcomes(outcomes: "Sequence[Outcome]") -> Exit:
    """Return the status of an apply.

    A failure is ``FAILED`` when nothing was applied, else ``PARTLY``. A deferred resource is ``PARTLY`` in either case:
    nothing failed, but another run is needed.
    """
    from trueup.model.run import Status

    # A stale or blocked resource is not among them: each has a status of its own.
    own = {Status.STALE, Status.UNAPPROVED, Status.BLOCKED}
    undone = {Status.FAILED, Status.UNKNOWN, Status.SKIPPED, Status.DEFERRED}
    statuses = {outcome.status for outcome in outcomes}
    # A failed resource may have had some of its actions done.
    progressed = bool(statuses & {Status.APPLIED, Status.REBASED}) or any(outcome.done for outcome in outcomes)
    fitting = []
    left = statuses & undone
    # What depends on a stale or blocked resource is skipped because of it, so that one's status says what to do.
    if left and not (left == {Status.SKIPPED} and statuses & own):
        failed = bool(left - {Status.DEFERRED})
        fitting.append(Exit.FAILED if failed and not progressed else Exit.PARTLY)
    if statuses & {Status.STALE, Status.UNAPPROVED}:
        fitting.append(Exit.STALE)
    if Status.BLOCKED in statuses:
        fitting.append(Exit.INVALID)
    return most_severe(fitting)


def status_of_checks(results: "Sequence[CheckResult]") -> Exit:
    """Return the status of the doctor: ``INVALID`` if only what the user wrote is wrong; warnings do not count."""
    from trueup.model.checkup import CheckState

    failed = [result for result in results if result.state is CheckState.FAIL]
    return most_severe(Exit.INVALID if result.invalid else Exit.FAILED for result in failed)

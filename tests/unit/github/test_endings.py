from dataclasses import replace
from typing import Any

import pytest

from trueup.errors import Diagnostic, Refused, Severity
from trueup.github.endings import AS_WANTED, ApplyEnding, End, WayBack, ending, headline, way_back
from trueup.github.found import FoundPull, NoPlan
from trueup.github.inputs import Inputs
from trueup.model.action import Level
from trueup.model.plan import Verdict
from trueup.model.run import Outcome, Status
from trueup.report.result import Result
from unit.platforms.doubles import AT
from unit.report.samples import FULL, PSP, TAX, finding, outcome, plan

APPLY = Inputs(command="apply")


def of(*outcomes: Outcome, **also: Any) -> Result:
    return Result(command="apply", status=0, plan=FULL, outcomes=outcomes, **also)


def pull(reason: NoPlan | None = None) -> FoundPull:
    return FoundPull(number=7, url="", title="T", commits=("a" * 40,), reason=reason)


def ended(*outcomes: Outcome, reason: NoPlan | None = None, inputs: Inputs = APPLY) -> ApplyEnding:
    return ending(of(*outcomes), inputs, pull=pull(reason))


def test_everything_done_or_unchanged_is_applied() -> None:
    assert ended(*(outcome(TAX, status) for status in AS_WANTED)) == ApplyEnding(end=End.APPLIED)
    assert ended() == ApplyEnding(end=End.APPLIED)


@pytest.mark.parametrize("status", [status for status in Status if status not in AS_WANTED])
def test_each_other_status_leaves_something_and_has_a_next_step(status: Status) -> None:
    alone = ended(outcome(TAX, status))
    assert alone.end is End.NOT_APPLIED
    assert alone.left == (TAX.identity,)
    assert alone.detail.startswith("1 of 1 resource is left: 1 ")
    assert len(alone.steps) == 1
    assert ended(outcome(TAX, status), outcome(PSP, Status.APPLIED)).end is End.PARTLY


def test_a_resource_that_was_done_in_part_is_partly_applied() -> None:
    assert ended(outcome(TAX, Status.FAILED, done=(TAX.actions[0].action,))).end is End.PARTLY


@pytest.mark.parametrize("reason", NoPlan)
def test_each_reason_for_no_plan_is_said_with_its_next_step(reason: NoPlan) -> None:
    without = ended(outcome(TAX, Status.UNAPPROVED), reason=reason)
    assert headline(without).startswith("Not applied because ")
    assert without.steps
    # What has another cause than the missing plan is not explained by it.
    assert ended(outcome(TAX, Status.STALE), reason=reason).because == ""


def test_steps_are_in_the_order_in_which_they_are_taken_and_each_is_said_once() -> None:
    all_left = ended(*(outcome(TAX, status) for status in [status for status in Status if status not in AS_WANTED]))
    assert all_left.steps == (WayBack.CORRECT, WayBack.RERUN, WayBack.WAIT, WayBack.DISPATCH)
    assert way_back(all_left) == tuple(str(step) for step in all_left.steps)


WAITING = replace(PSP, after=(TAX.identity,))


@pytest.mark.parametrize(
    ("status", "step"),
    [
        (Status.STALE, WayBack.DISPATCH),
        (Status.UNAPPROVED, WayBack.DISPATCH),
        (Status.BLOCKED, WayBack.CORRECT),
        (Status.DEFERRED, WayBack.WAIT),
        (Status.FAILED, WayBack.RERUN),
        (Status.APPLIED, WayBack.RERUN),
    ],
)
def test_the_next_step_of_what_waited_for_another_is_that_of_the_other(status: Status, step: WayBack) -> None:
    whole = replace(FULL, resources=(TAX, WAITING))
    outcomes = (outcome(TAX, status), outcome(WAITING, Status.SKIPPED))
    report = replace(of(*outcomes), plan=whole)
    assert ending(report, APPLY).steps == (step,)
    # Another pull request may have shown what comes first.
    assert ending(report, APPLY, pull=pull(), shown={WAITING.identity}).steps == (step,)


@pytest.mark.parametrize("code", ["missing-secret", "missing-credential"])
def test_a_missing_secret_is_provided_and_nothing_is_corrected(code: str) -> None:
    lacking = Diagnostic(code=code, message="x", position=AT)
    noted = replace(lacking, code="y", severity=Severity.WARNING)
    report = Result(command="apply", status=3, diagnostics=(lacking, noted))
    assert ending(report, APPLY) == ApplyEnding(
        end=End.NOT_APPLIED, because="a secret is missing", steps=(WayBack.PROVIDE,)
    )
    invalid = replace(report, diagnostics=(lacking, replace(lacking, code="bad-date")))
    assert ending(invalid, APPLY).steps == (WayBack.CORRECT,)


def test_a_conflict_is_resolved_by_adopting_or_overwriting_and_not_by_a_follow_up() -> None:
    found = finding(Level.BLOCKED, "conflict", "Both sides changed it.")
    held = replace(TAX, verdict=Verdict.BLOCKED, findings=(found,))
    report = replace(of(outcome(held, Status.BLOCKED)), plan=plan(held))
    assert ending(report, replace(APPLY, follow_up=True)).steps == (WayBack.RESOLVE,)


def test_a_follow_up_is_named_where_a_plan_would_help() -> None:
    asks = Inputs(command="apply", follow_up=True)
    assert WayBack.FOLLOW_UP in ended(outcome(TAX, Status.STALE), inputs=asks).steps
    assert WayBack.FOLLOW_UP not in ended(outcome(TAX, Status.FAILED), inputs=asks).steps
    assert WayBack.FOLLOW_UP not in ended(outcome(TAX, Status.STALE)).steps


def test_a_pull_request_is_judged_by_the_resources_that_its_plan_showed() -> None:
    report = of(outcome(TAX, Status.APPLIED), outcome(PSP, Status.FAILED))
    assert ending(report, APPLY, pull=pull(), shown={TAX.identity}).end is End.APPLIED
    assert ending(report, APPLY, pull=pull(), shown={PSP.identity}).end is End.NOT_APPLIED


@pytest.mark.parametrize(
    ("status", "end", "step"),
    [
        (1, End.UNKNOWN, WayBack.RERUN),
        (3, End.NOT_APPLIED, WayBack.CORRECT),
        (4, End.NOT_APPLIED, WayBack.DISPATCH),
        (6, End.NOT_APPLIED, WayBack.ALLOW),
        (64, End.NOT_APPLIED, WayBack.CORRECT),
        (130, End.UNKNOWN, WayBack.RERUN),
    ],
)
def test_a_run_without_outcomes_is_not_applied_only_if_it_certainly_sent_nothing(
    status: int, end: End, step: WayBack
) -> None:
    report = Result(command="apply", status=status, error=Refused("no"))
    how = ending(report, APPLY)
    assert (how.end, how.steps) == (end, (step,))


def test_an_apply_that_could_not_be_recorded_was_not_begun() -> None:
    report = Result(command="apply", status=1, error=Refused("no"))
    how = ending(report, APPLY, reason="record-failed")
    assert headline(how) == "Not applied because it could not be recorded."
    assert how.steps == (WayBack.RERUN,)

import pytest

from trueup.cli.exit_codes import (
    Exit,
    most_severe,
    status_of_checks,
    status_of_error,
    status_of_outcomes,
    status_of_plan,
)
from trueup.errors import Conflict, Interrupted, InvalidInput, PlanOutdated, Refused, TrueupError, UsageError
from trueup.model.action import SetValue
from trueup.model.checkup import CheckResult, CheckState
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.plan import Forecast, Plan, ResourcePlan, Verdict
from trueup.model.position import Position
from trueup.model.run import Outcome, Status

HERE = Position("a.yaml", 1, 1)


def outcome(status: Status, *, done: bool = False) -> Outcome:
    identity = Identity("t", Kind.CONNECTOR, IdField.KEY, status.value)
    return Outcome(identity=identity, status=status, position=HERE, done=(SetValue("name", "x"),) if done else ())


def plan(*verdicts: Verdict) -> Plan:
    resources = tuple(
        ResourcePlan(identity=Identity("t", Kind.CONNECTOR, IdField.KEY, v.value), verdict=v, position=HERE)
        for v in verdicts
    )
    return Plan(resources=resources, digest="", forecast=Forecast(requests=0, seconds=0))


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([], Exit.DONE),
        ([Status.UNCHANGED], Exit.DONE),
        ([Status.APPLIED, Status.REBASED, Status.UNCHANGED], Exit.DONE),
        ([Status.FAILED], Exit.FAILED),
        ([Status.FAILED, Status.UNCHANGED], Exit.FAILED),
        ([Status.UNKNOWN], Exit.FAILED),
        ([Status.SKIPPED], Exit.FAILED),
        ([Status.FAILED, Status.APPLIED], Exit.PARTLY),
        ([Status.UNKNOWN, Status.REBASED], Exit.PARTLY),
        ([Status.DEFERRED], Exit.PARTLY),
        ([Status.DEFERRED, Status.APPLIED], Exit.PARTLY),
        ([Status.STALE], Exit.STALE),
        ([Status.STALE, Status.APPLIED], Exit.STALE),
        ([Status.UNAPPROVED], Exit.STALE),
        ([Status.UNAPPROVED, Status.BLOCKED, Status.APPLIED], Exit.STALE),
        ([Status.UNAPPROVED, Status.FAILED, Status.APPLIED], Exit.PARTLY),
        ([Status.STALE, Status.FAILED, Status.APPLIED], Exit.PARTLY),
        ([Status.STALE, Status.FAILED], Exit.FAILED),
        ([Status.BLOCKED], Exit.INVALID),
        ([Status.BLOCKED, Status.APPLIED], Exit.INVALID),
        ([Status.BLOCKED, Status.STALE], Exit.STALE),
        ([Status.BLOCKED, Status.SKIPPED], Exit.INVALID),
        ([Status.STALE, Status.SKIPPED, Status.APPLIED], Exit.STALE),
        ([Status.UNAPPROVED, Status.SKIPPED, Status.FAILED], Exit.FAILED),
    ],
)
def test_the_status_of_an_apply_follows_from_its_outcomes(statuses: list[Status], expected: Exit) -> None:
    assert status_of_outcomes([outcome(s) for s in statuses]) is expected


def test_a_failure_after_a_request_that_took_effect_is_partly_applied() -> None:
    assert status_of_outcomes([outcome(Status.FAILED, done=True)]) is Exit.PARTLY


@pytest.mark.parametrize(
    ("verdicts", "detailed", "expected"),
    [
        ([Verdict.UNCHANGED], True, Exit.DONE),
        ([Verdict.UPDATE], False, Exit.DONE),
        ([Verdict.UPDATE], True, Exit.CHANGES),
        ([Verdict.CREATE], True, Exit.CHANGES),
        ([Verdict.DELETE], True, Exit.CHANGES),
        ([Verdict.DEFERRED], True, Exit.CHANGES),
        ([Verdict.BLOCKED], False, Exit.INVALID),
        ([Verdict.BLOCKED, Verdict.UPDATE], True, Exit.INVALID),
        ([Verdict.UNREADABLE, Verdict.BLOCKED, Verdict.UPDATE], True, Exit.FAILED),
    ],
)
def test_the_status_of_a_plan_follows_from_its_verdicts(
    verdicts: list[Verdict], *, detailed: bool, expected: Exit
) -> None:
    assert status_of_plan(plan(*verdicts), detailed=detailed) is expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Interrupted("x"), Exit.INTERRUPTED),
        (UsageError("x"), Exit.USAGE),
        (InvalidInput([]), Exit.INVALID),
        (PlanOutdated("x"), Exit.STALE),
        (Refused("x"), Exit.REFUSED),
        (Conflict("x"), Exit.FAILED),
        (TrueupError("x"), Exit.FAILED),
    ],
)
def test_each_error_has_its_status(error: TrueupError, expected: Exit) -> None:
    assert status_of_error(error) is expected


def test_the_first_of_the_documented_order_wins() -> None:
    order = [130, 64, 1, 5, 4, 6, 3, 2]
    for index in range(len(order)):
        assert most_severe(Exit(n) for n in reversed(order[index:])) == order[index]
    assert most_severe([]) == Exit.DONE


@pytest.mark.parametrize(
    ("failed", "expected"),
    [([], Exit.DONE), ([True], Exit.INVALID), ([False], Exit.FAILED), ([True, False], Exit.FAILED)],
)
def test_the_status_of_checks_tells_what_the_user_wrote_from_what_the_network_did(
    failed: list[bool], expected: Exit
) -> None:
    fine = [CheckResult(name="a", state=state, seen="") for state in CheckState if state is not CheckState.FAIL]
    wrong = [CheckResult(name="b", state=CheckState.FAIL, seen="", invalid=invalid) for invalid in failed]
    assert status_of_checks([*fine, *wrong]) is expected

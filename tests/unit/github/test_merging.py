from dataclasses import replace

import pytest

from trueup.errors import Diagnostic, TrueupError
from trueup.github.inputs import Inputs
from trueup.github.merging import merging, refused_by_apply
from trueup.model.action import Delete
from trueup.model.field import Risk
from trueup.model.plan import Cause, Plan, ResourcePlan, Verdict
from trueup.model.position import Position
from trueup.report.result import Result
from unit.github.contexts import context
from unit.report.samples import BUSY, ERP, SAME, TAX, UNREADABLE, connector, plan, planned, resource, scalar

ON_MAIN = replace(context(), branch="main", default_branch="main")
SHOWS = Inputs(command="plan", applied="auto", allow_delete="approved")
GONE = resource(connector("gone"), Verdict.DELETE, planned(Delete("sold out"), risk=Risk.DESTRUCTIVE))
EXCEPT = "Merging applies this, except for what is held back"
BOTH = resource(connector("both"), Verdict.UPDATE, scalar("name", "a", "b", Cause.BOTH))


def of(*resources: ResourcePlan, command: str = "plan") -> Result:
    return Result(command=command, status=2, plan=plan(*resources))


@pytest.mark.parametrize(
    ("resources", "words"),
    [
        ((TAX,), "Merging applies this."),
        ((GONE,), "Merging applies this."),
        ((SAME,), "Merging changes nothing live."),
        ((ERP,), "Merging applies nothing: 1 blocked."),
        ((TAX, ERP), f"{EXCEPT}: 1 blocked."),
        ((TAX, BUSY, BOTH), f"{EXCEPT}: 1 deferred, 1 changed on both sides."),
        ((TAX, ERP, UNREADABLE), f"{EXCEPT}: 1 blocked, 1 not readable."),
    ],
)
def test_a_plan_says_what_merging_it_does(resources: tuple[ResourcePlan, ...], words: str) -> None:
    assert merging(of(*resources), ON_MAIN, SHOWS) == words


def test_a_conflict_is_applied_where_the_inputs_say_so() -> None:
    assert merging(of(BOTH), ON_MAIN, replace(SHOWS, on_conflict="overwrite")) == "Merging applies this."


def test_only_the_default_branch_is_applied() -> None:
    words = merging(of(TAX), replace(ON_MAIN, branch="release"), SHOWS)
    assert words == "Merging applies nothing yet: only what reaches the branch main is applied."


def test_a_fork_is_told_what_happens_after_the_merge() -> None:
    words = merging(of(TAX, command="preview"), replace(ON_MAIN, fork=True), Inputs(command="preview"))
    assert words.startswith("A pull request from a fork is not planned against live, so merging applies nothing.")


@pytest.mark.parametrize(
    ("report", "inputs"),
    [
        (of(TAX), replace(SHOWS, applied="")),
        (of(TAX, command="preview"), SHOWS),
        (Result(command="plan", status=1, error=TrueupError("no")), SHOWS),
        (
            replace(of(TAX), diagnostics=(Diagnostic(code="c", message="m", position=Position("a.yaml", 1, 1)),)),
            SHOWS,
        ),
    ],
)
def test_nothing_is_said_where_it_is_not_known(report: Result, inputs: Inputs) -> None:
    assert merging(report, ON_MAIN, inputs) == ""


def test_outside_of_a_pull_request_nothing_is_merged() -> None:
    assert merging(of(TAX), context(pull=None), SHOWS) == ""


@pytest.mark.parametrize(
    ("allow_delete", "max_changes", "refused"),
    [
        ("", "", ["The plan deletes 1 resource (Connector gone). --allow-delete 1 allows it."]),
        ("1", "", []),
        ("approved", "", []),
        ("approved", "1", ["The plan changes 2 resources"]),
        ("approved", "100%", []),
        ("approved", "many", []),
    ],
)
def test_what_an_apply_refuses_is_said_before_the_merge(
    allow_delete: str, max_changes: str, refused: list[str]
) -> None:
    inputs = replace(SHOWS, allow_delete=allow_delete, max_changes=max_changes)
    found = refused_by_apply(of(GONE, TAX), inputs)
    assert len(found) == len(refused)
    assert all(text.startswith(start) for text, start in zip(found, refused, strict=True))
    assert (merging(of(GONE, TAX), ON_MAIN, inputs) == "Merging applies nothing until that is allowed.") == bool(found)


def test_a_document_without_a_plan_refuses_nothing() -> None:
    assert refused_by_apply(Result(command="plan", status=3), SHOWS) == ()
    assert isinstance(of(TAX).plan, Plan)

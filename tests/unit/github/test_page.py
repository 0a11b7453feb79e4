from dataclasses import replace

import pytest

from trueup.errors import Diagnostic, Refused
from trueup.github.inputs import Inputs
from trueup.github.page import DriftState, drift_state, failure_reason, has_something_to_say, outputs, page_of
from trueup.model.identity import Identity, IdField, Kind
from trueup.model.plan import Base, Cause, Drift, Fate, ResourceDrift, Verdict
from trueup.model.position import Position
from trueup.report.result import Result
from unit.github.contexts import context
from unit.report.samples import connector, plan, resource, scalar


def drifted(status: int, *fates: Fate) -> Result:
    resources = tuple(
        ResourceDrift(
            identity=Identity("eu", Kind.CONNECTOR, IdField.KEY, f"acme-{number}"),
            fate=fate,
            position=Position("a.yaml", 1, 1),
        )
        for number, fate in enumerate(fates)
    )
    drift = Drift(resources=resources)
    return Result(file="d", command="drift", status=status, drift=drift)


@pytest.mark.parametrize(
    ("status", "fates", "state"),
    [
        (0, [Fate.SAME], DriftState.SAME),
        (2, [Fate.SAME, Fate.DELETED], DriftState.DIFFERS),
        (1, [Fate.SAME, Fate.UNREADABLE], DriftState.UNKNOWN),
        (0, [Fate.SAME, Fate.UNKNOWN], DriftState.UNKNOWN),
        # What could be read is enough to know that it differs.
        (1, [Fate.CHANGED, Fate.UNREADABLE], DriftState.DIFFERS),
    ],
)
def test_an_unreadable_resource_is_neither_drift_nor_its_absence(
    status: int, fates: list[Fate], state: DriftState
) -> None:
    assert drift_state(drifted(status, *fates)) is state


def test_drift_is_counted_by_fate() -> None:
    values = outputs(drifted(1, *Fate))
    assert (values["drifted"], values["unchanged"], values["unreadable"], values["changes"]) == ("3", "1", "1", "true")
    assert outputs(drifted(1, Fate.UNREADABLE))["changes"] == "false"


def planned(
    *causes: Cause | None, verdict: Verdict = Verdict.UPDATE, touched: bool | None = None, base: bool = True
) -> Result:
    actions = tuple(scalar(f"name{number}", "a", "b", cause) for number, cause in enumerate(causes))
    of = replace(resource(connector("acme"), verdict, *actions), touched=touched)
    compared = Base(revision="HEAD^1", commit="b" * 40) if base else None
    return Result(file="d", command="plan", status=2, plan=replace(plan(of), base=compared))


@pytest.mark.parametrize(
    ("report", "state"),
    [
        (planned(Cause.DRIFT), DriftState.DIFFERS),
        (planned(Cause.BOTH, Cause.YOURS), DriftState.DIFFERS),
        (planned(Cause.YOURS), DriftState.SAME),
        (planned(Cause.MERGED), DriftState.SAME),
        (planned(Cause.DRIFT, verdict=Verdict.BLOCKED), DriftState.DIFFERS),
        (planned(None), DriftState.DIFFERS),
        (planned(Cause.YOURS, base=False), DriftState.DIFFERS),
        (planned(verdict=Verdict.UNREADABLE), DriftState.UNKNOWN),
    ],
)
def test_a_plan_shows_drift_only_where_live_changed_by_itself(report: Result, state: DriftState) -> None:
    assert drift_state(report) is state


def test_what_is_merged_and_not_applied_is_no_drift_and_closes_the_issue() -> None:
    assert drift_state(drifted(2, Fate.SAME, Fate.PENDING)) is DriftState.SAME
    assert outputs(drifted(2, Fate.PENDING))["drifted"] == "0"


@pytest.mark.parametrize(("touched", "reason"), [(True, "blocked"), (None, "blocked"), (False, "")])
def test_a_blocked_resource_fails_the_check_unless_the_change_left_it_alone(
    *, touched: bool | None, reason: str
) -> None:
    report = replace(planned(verdict=Verdict.BLOCKED, touched=touched), status=3)
    assert failure_reason(report, Inputs(command="plan")) == reason
    # An apply that leaves something is never green.
    assert failure_reason(replace(report, command="apply"), Inputs(command="apply")) == "blocked"


def test_a_title_names_the_folder_and_what_was_selected() -> None:
    asked = Inputs(command="plan", targets=("eu", "us"))
    assert page_of(planned(), context(), asked, reason="", folder="shop").title == "trueup plan: shop, eu, us"
    assert page_of(planned(), context(), Inputs(command="plan"), reason="").title == "trueup plan"


def test_only_a_run_that_found_nothing_has_nothing_to_say() -> None:
    silent = planned(verdict=Verdict.UNCHANGED)
    known = Diagnostic(code="not-recorded", message="m", position=Position("trueup.yaml", 1, 1))
    assert not has_something_to_say(silent)
    assert not has_something_to_say(replace(silent, diagnostics=(known, replace(known, code="expires-soon"))))
    assert not has_something_to_say(drifted(0, Fate.SAME))
    assert has_something_to_say(replace(silent, diagnostics=(replace(known, code="unknown-field"),)))
    assert has_something_to_say(replace(silent, error=Refused("no")))
    assert has_something_to_say(planned(Cause.MERGED))
    assert has_something_to_say(drifted(2, Fate.PENDING))
    assert has_something_to_say(Result(command="plan", status=3))

"""A deployment that follows moves to the tag that its plan shows, and to no later one."""

from collections.abc import Mapping
from typing import Any

import pytest

from deployments_rig import SPEC, DeploymentsRig, deployment, with_values
from trueup.apply.context import ApplyOptions
from trueup.model.run import Status
from trueup.model.value import Known
from trueup.plan.approval import COVERED, Cover, coverage

CHANGED = with_values(("applications.calculator.standardConfiguration.RATE_TABLE", "us"))


def ready() -> DeploymentsRig:
    rig = DeploymentsRig()
    rig.deployed()
    rig.publish("v1.5.0")
    return rig


@pytest.mark.parametrize("spec", [SPEC, CHANGED])
@pytest.mark.parametrize("saved", [False, True])
def test_it_does_not_move_to_code_that_the_plan_does_not_show(spec: Mapping[str, Any], *, saved: bool) -> None:
    rig = ready()
    plan = rig.plan(deployment(spec, follow=True))
    rig.publish("v1.6.0")
    rig.writes()
    (outcome,) = rig.apply(plan, ApplyOptions(saved=saved))
    assert (outcome.status, rig.writes()) == (Status.STALE, [])
    (report,) = outcome.fields
    assert (report.path, report.planned, report.now) == (
        "lifecycle.follow",
        Known("v1.5.0 (version 8)"),
        Known("v1.6.0 (version 10)"),
    )


def test_an_approval_of_one_tag_is_none_of_another() -> None:
    rig = ready()
    shown = rig.planned(deployment(follow=True))
    assert coverage(rig.planned(deployment(follow=True)), [shown]) == COVERED
    rig.publish("v1.6.0")
    found = coverage(rig.planned(deployment(follow=True)), [shown])
    assert found.cover is Cover.MOVED
    assert [report.planned for report in found.reports] == [Known("v1.5.0 (version 8)")]


def test_the_same_tag_published_again_is_covered() -> None:
    rig = ready()
    plan = rig.plan(deployment(follow=True))
    rig.publish("v1.5.0")
    (outcome,) = rig.apply(plan)
    assert (outcome.status, outcome.message) == (Status.APPLIED, "It runs v1.5.0 (version 10).")

"""The drift of deployments: values, and rollouts that have to run again."""

from typing import Any, Final

import pytest

from deployments_rig import TOKEN
from trueup.model.action import AddElement, RemoveElement, Rollout
from trueup.model.live import Live
from trueup.model.plan import Fate, ResourceDrift
from trueup.plan.drift import resource_drift
from unit.kinds.test_deployment import CONNECTOR, DEPLOYED, NEWER, changed, manifest, observed

RATE: Final = ("calculator", "RATE_TABLE")


def drift(live: Live, **lifecycle: Any) -> ResourceDrift:
    wanted = manifest(**lifecycle)
    return resource_drift(wanted, wanted, live)


def with_values(**values: str) -> Live:
    listed = [{"key": key, "value": value} for key, value in values.items()]
    calculator = {**DEPLOYED["applications"][0], "standardConfiguration": listed}
    return observed(applications=[calculator, DEPLOYED["applications"][1]])


def repeated(found: ResourceDrift) -> list[object]:
    return [planned.action for planned in found.repeated]


def test_a_changed_value_has_drifted() -> None:
    found = drift(with_values(RATE_TABLE="us"))
    assert [change.action for change in found.changes] == [
        AddElement("applications.standardConfiguration", RATE, {"value": "us"})
    ]


def test_a_changed_value_alone_asks_for_no_other_rollout() -> None:
    assert repeated(drift(with_values(RATE_TABLE="us"))) == []
    assert repeated(drift(with_values(RATE_TABLE="us"), follow=True)) == []


def test_a_value_that_the_manifest_does_not_name_has_not_drifted() -> None:
    assert drift(with_values(RATE_TABLE="eu", OTHER="x")).fate is Fate.SAME


def test_a_secret_that_is_gone_has_drifted() -> None:
    calculator = {**DEPLOYED["applications"][0], "securedConfiguration": []}
    found = drift(observed(applications=[calculator, DEPLOYED["applications"][1]]))
    assert [change.action for change in found.changes] == [
        RemoveElement("applications.securedConfiguration", ("calculator", "API_TOKEN"))
    ]


def test_another_reference_in_the_manifest_is_no_drift() -> None:
    base = manifest()
    head = manifest(
        changed("applications", "calculator", "securedConfiguration", "API_TOKEN", to={**TOKEN, "revision": "2"})
    )
    assert resource_drift(head, base, observed()).fate is Fate.SAME
    assert resource_drift(head, head, observed()).fate is Fate.SAME


@pytest.mark.parametrize("status", ["Failed", "Draft", "UndeployFailed"])
def test_a_deployment_that_is_not_deployed_has_drifted(status: str) -> None:
    found = drift(observed(status=status))
    assert (found.fate, found.changes, repeated(found)) == (Fate.CHANGED, (), [Rollout()])


@pytest.mark.parametrize("status", ["Deployed", "Queued", "Deploying", "Undeploying", "Something"])
def test_a_deployment_that_may_become_what_is_wanted_has_not_drifted(status: str) -> None:
    assert drift(observed(status=status)).fate is Fate.SAME


def test_being_behind_is_drift_of_a_deployment_that_follows() -> None:
    assert repeated(drift(observed(NEWER), follow=True)) == [Rollout(follow=True, to="v1.5.0")]


def test_being_behind_is_no_drift_of_a_deployment_that_does_not_follow() -> None:
    assert drift(observed(NEWER)).fate is Fate.SAME
    assert drift(observed(CONNECTOR), follow=True).fate is Fate.SAME


def test_a_drifted_value_and_a_pending_change_ask_for_no_other_rollout() -> None:
    head, then = manifest(protect=True), manifest()
    found = resource_drift(head, then, with_values(RATE_TABLE="us"), (then,))
    assert (len(found.changes), repeated(found)) == (1, [])

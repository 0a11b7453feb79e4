"""The platform refuses a redeployment and begins it nevertheless: the rollout is awaited, and its values decide."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from deployments_rig import SPEC
from trueup.errors import Busy, NotFound, PlatformError, Rejected
from trueup.model.live import Live
from trueup.model.run import Ending, Status
from unit.apply.fakes import Fault, Scene, Target
from unit.apply.test_rollout_lost import SECRET, VALUE, with_value
from unit.kinds.test_deployment import IDENTITY, manifest, observed

REFUSED = Rejected("No.", status=400, code="ConnectorStagedUnderProcess")
MISSING = NotFound("Not there.", status=404, code="ResourceNotFound")
BUSY = Busy("Not now.", status=400, code="DeploymentUnderProcess")


def refused(error: PlatformError, states: Sequence[Mapping[str, Any]]) -> Fault:
    """A fault: the request is refused, and live goes through these states afterwards, one at each reading."""

    def fault(target: Target, commit: object) -> Live | None:
        target.readings = [observed(**members) for members in states]
        target.live[IDENTITY] = observed(**states[-1])
        raise error

    return fault


def applied(spec: Mapping[str, Any], error: PlatformError, *states: Mapping[str, Any]) -> tuple[Status, int, Ending]:
    """Return how an apply ends whose first write is refused, how many writes it sent, and what its journal says."""
    target = Target()
    target.live[IDENTITY] = observed(status="Failed")
    scene = Scene({"shop": target})
    plan = scene.plan(manifest(spec))
    target.faults = [refused(error, states)]
    (outcome,) = scene.apply(plan)
    assert bool(outcome.left) is (outcome.status is not Status.APPLIED)
    return outcome.status, len(target.writes), scene.journal.endings[-1][1].ending


def state(version: int, status: str, value: str) -> Mapping[str, Any]:
    return {"version": version, "status": status, "applications": with_value(value)}


@pytest.mark.parametrize("error", [REFUSED, MISSING], ids=str)
def test_a_rollout_that_has_ended_and_shows_the_values_is_done(error: PlatformError) -> None:
    assert applied(VALUE, error, state(4, "Deployed", "us")) == (Status.APPLIED, 1, Ending.UNKNOWN)


@pytest.mark.parametrize("error", [REFUSED, MISSING], ids=str)
def test_a_rollout_that_has_failed_is_not_begun_again(error: PlatformError) -> None:
    assert applied(VALUE, error, state(4, "Failed", "eu")) == (Status.UNKNOWN, 1, Ending.UNKNOWN)


def test_a_rollout_that_has_begun_is_awaited() -> None:
    states = [state(3, "Deploying", "us"), state(3, "Deploying", "us"), state(4, "Deployed", "us")]
    assert applied(VALUE, REFUSED, *states) == (Status.APPLIED, 1, Ending.UNKNOWN)


def test_a_rollout_without_the_values_may_be_another_writers() -> None:
    assert applied(VALUE, REFUSED, state(4, "Deployed", "eu")) == (Status.UNKNOWN, 1, Ending.UNKNOWN)


def test_masked_values_alone_do_not_show_whose_rollout_it_was() -> None:
    assert applied(SECRET, REFUSED, {"version": 4, "status": "Deployed"}) == (Status.UNKNOWN, 1, Ending.UNKNOWN)


def test_a_refusal_without_a_rollout_is_a_failure() -> None:
    assert applied(VALUE, REFUSED, {"status": "Failed"}) == (Status.FAILED, 1, Ending.FAILED)


@pytest.mark.parametrize("spec", [SPEC, VALUE], ids=["rollout alone", "with a value"])
def test_a_busy_platform_has_begun_the_rollout_of_another_writer(spec: Mapping[str, Any]) -> None:
    status, sent, _ = applied(spec, BUSY, {"version": 3, "status": "Deploying"})
    assert (status, sent) == (Status.DEFERRED, 1)

"""The platform refuses a redeployment and begins it nevertheless: the rollout is awaited, and its values decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from deployments_rig import SPEC
from trueup.apply.context import ApplyOptions
from trueup.errors import Busy, Conflict, NotAuthorised, NotFound, PlatformError, Rejected, Unavailable
from trueup.model.live import Live
from trueup.model.run import Ending, Outcome, Status
from unit.apply.fakes import Fault, Scene, Target
from unit.apply.test_rollout_lost import SECRET, VALUE, with_value
from unit.kinds.test_deployment import IDENTITY, manifest, observed

REFUSED = Rejected("No.", status=400, code="DeploymentApplicationRequired")
MISSING = NotFound("Not there.", status=404, code="ResourceNotFound")
BUSY = Busy("Not now.", status=400, code="DeploymentInvalidStatusTransition")
CREDENTIALS_OR_LATER = [
    NotAuthorised("Not allowed.", status=403, code="insufficient_scope"),
    Unavailable("Come back later.", status=503),
]


@dataclass(frozen=True)
class Applied:
    """How an apply ended: its outcome, its writes, its endings on record, and the seconds that it took."""

    outcome: Outcome
    writes: int
    endings: list[Ending]
    seconds: float

    @property
    def short(self) -> tuple[Status, int, Ending]:
        return self.outcome.status, self.writes, self.endings[-1]


def refused(error: PlatformError, states: Sequence[Mapping[str, Any]]) -> Fault:
    """A fault: the request is refused, and live goes through these states afterwards, one at each reading."""

    def fault(target: Target, commit: object) -> Live | None:
        target.readings = [observed(**members) for members in states]
        target.live[IDENTITY] = observed(**states[-1])
        raise error

    return fault


def applied(
    spec: Mapping[str, Any],
    error: PlatformError,
    *states: Mapping[str, Any],
    options: ApplyOptions = ApplyOptions(),  # noqa: B008 - immutable
) -> Applied:
    """Return how an apply ends whose first write is refused with this error."""
    target = Target()
    target.live[IDENTITY] = observed(status="Failed")
    scene = Scene({"shop": target})
    plan = scene.plan(manifest(spec))
    target.faults = [refused(error, states)]
    (outcome,) = scene.apply(plan, options)
    endings = [ended.ending for _, ended in scene.journal.endings]
    return Applied(outcome=outcome, writes=len(target.writes), endings=endings, seconds=scene.clock.time)


def state(version: int, status: str, value: str) -> Mapping[str, Any]:
    return {"version": version, "status": status, "applications": with_value(value)}


DEPLOYED_OTHERWISE = {"version": 4, "status": "Deployed"}
EITHER = pytest.mark.parametrize("error", [REFUSED, MISSING], ids=str)
ALONE = pytest.mark.parametrize("spec", [SPEC, VALUE], ids=["alone", "with a value"])


@EITHER
def test_a_rollout_that_has_ended_and_shows_the_values_is_done(error: PlatformError) -> None:
    ended = applied(VALUE, error, state(4, "Deployed", "us"))
    assert (ended.short, ended.outcome.left) == ((Status.APPLIED, 1, Ending.UNKNOWN), ())


def test_a_rollout_that_has_begun_is_awaited() -> None:
    states = [state(3, "Deploying", "us"), state(3, "Deploying", "us"), state(4, "Deployed", "us")]
    assert applied(VALUE, REFUSED, *states).short == (Status.APPLIED, 1, Ending.UNKNOWN)


@EITHER
@ALONE
def test_a_rollout_that_has_failed_is_not_begun_again(spec: Mapping[str, Any], error: PlatformError) -> None:
    for states in ([state(4, "Failed", "eu")], [state(3, "Deploying", "eu"), state(4, "Failed", "eu")]):
        ended = applied(spec, error, *states)
        assert ended.short == (Status.UNKNOWN, 1, Ending.UNKNOWN)
        assert str(error) in ended.outcome.details


def test_a_rollout_without_the_values_may_be_another_writers() -> None:
    assert applied(VALUE, REFUSED, state(4, "Deployed", "eu")).short == (Status.UNKNOWN, 1, Ending.UNKNOWN)


def test_masked_values_alone_do_not_show_whose_rollout_it_was() -> None:
    assert applied(SECRET, REFUSED, DEPLOYED_OTHERWISE).short == (Status.UNKNOWN, 1, Ending.UNKNOWN)


@ALONE
def test_a_refusal_without_a_rollout_is_a_failure(spec: Mapping[str, Any]) -> None:
    assert applied(spec, REFUSED, {"status": "Failed"}).short == (Status.FAILED, 1, Ending.FAILED)


@ALONE
def test_an_ending_without_a_result_names_the_refusal(spec: Mapping[str, Any]) -> None:
    ended = applied(spec, REFUSED, state(3, "Deploying", "us"), options=ApplyOptions(wait_seconds=5))
    assert (ended.outcome.status, ended.outcome.details) == (Status.DEFERRED, (str(REFUSED),))


@ALONE
def test_a_busy_platform_has_begun_the_rollout_of_another_writer(spec: Mapping[str, Any]) -> None:
    ended = applied(spec, BUSY, {"version": 3, "status": "Deploying"})
    assert (ended.outcome.status, ended.writes, ended.seconds) == (Status.DEFERRED, 1, 0)


@pytest.mark.parametrize("error", CREDENTIALS_OR_LATER, ids=str)
def test_a_rollout_counts_whatever_the_refusal_says(error: PlatformError) -> None:
    done = applied(VALUE, error, state(3, "Deploying", "us"), state(4, "Deployed", "us"))
    assert done.short == (Status.APPLIED, 1, Ending.UNKNOWN)
    theirs = applied(VALUE, error, state(3, "Deploying", "eu"), state(4, "Deployed", "eu"))
    assert theirs.short == (Status.UNKNOWN, 1, Ending.UNKNOWN)
    assert str(error) in theirs.outcome.details


def test_a_rollout_that_has_failed_is_not_begun_again_after_a_conflict() -> None:
    ended = applied(VALUE, Conflict("Version 2 was sent, 4 is current.", status=409), state(4, "Failed", "us"))
    assert ended.short == (Status.UNKNOWN, 1, Ending.UNKNOWN)


@ALONE
def test_a_conflict_says_that_another_writer_was_first(spec: Mapping[str, Any]) -> None:
    ended = applied(spec, Conflict("Version 2 was sent, 3 is current.", status=409), state(3, "Deploying", "eu"))
    assert (ended.outcome.status, ended.writes, ended.endings) == (Status.DEFERRED, 1, [Ending.FAILED])

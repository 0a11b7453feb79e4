"""The answer to a rollout or a removal is lost: none is sent twice, and nothing is called done that does not show."""

from collections.abc import Mapping
from typing import Any

import pytest

from deployments_rig import SPEC
from trueup.errors import Conflict, NoBody, OutcomeUnknown, Rejected
from trueup.model.live import Live, Missing
from trueup.model.manifest import State
from trueup.model.run import Status
from unit.apply.fakes import Fault, Scene, Target, lost_before
from unit.kinds.test_deployment import DEPLOYED, IDENTITY, changed, manifest, observed

LEVEL = {"key": "LOG_LEVEL", "value": "info"}
VALUE = changed("applications", "calculator", "standardConfiguration", "RATE_TABLE", to="us")
SECRET = changed("applications", "calculator", "securedConfiguration", "OTHER", to={"fromEnv": "A", "revision": "1"})


def lost(**members: Any) -> Fault:
    """A fault: the request is lost, and live is in another state afterwards."""

    def fault(target: Target, commit: object) -> Live | None:
        target.live[IDENTITY] = observed(**members)
        raise OutcomeUnknown("Connection reset.")

    return fault


def applied(spec: Mapping[str, Any], **members: Any) -> tuple[Status, int]:
    """Return how an apply ends whose first write is lost, and how many writes it sent."""
    target = Target()
    target.live[IDENTITY] = observed(status="Failed")
    scene = Scene({"shop": target})
    plan = scene.plan(manifest(spec))
    target.faults = [lost(**members)]
    (outcome,) = scene.apply(plan)
    return outcome.status, len(target.writes)


def removed(*states: Mapping[str, Any], error: Exception) -> tuple[Status, int, str]:
    """Return how a removal ends that fails with this error and shows these states, ``{}`` for gone; and its writes."""
    target = Target()
    target.live[IDENTITY] = observed()
    scene = Scene({"shop": target})
    plan = scene.plan(manifest(state=State.ABSENT, reason="Replaced."))

    def fault(target: Target, commit: object) -> Live | None:
        target.readings = [observed(**members) if members else Missing() for members in states]
        del target.live[IDENTITY]
        raise error

    target.faults = [fault]
    (outcome,) = scene.apply(plan)
    return outcome.status, len(target.writes), outcome.message


LOST = OutcomeUnknown("Connection reset.")
NO_BODY = NoBody("The answer has no body (HTTP 204).", status=204)
REFUSED = Rejected("No.", status=400, code="X")
UNDEPLOYING = {"version": 3, "status": "Undeploying"}


@pytest.mark.parametrize("error", [LOST, REFUSED], ids=["lost", "refused"])
def test_a_removal_that_has_begun_is_awaited(error: Exception) -> None:
    assert removed(UNDEPLOYING, UNDEPLOYING, {}, error=error) == (Status.APPLIED, 1, "")
    failed = {"version": 4, "status": "UndeployFailed"}
    assert removed(UNDEPLOYING, failed, error=error) == (
        Status.FAILED,
        1,
        "The platform failed to remove it: status UndeployFailed.",
    )


def test_a_removal_that_is_accepted_without_a_body_is_sent_once() -> None:
    assert removed({}, error=NO_BODY) == (Status.APPLIED, 1, "")
    assert removed({"version": 2}, UNDEPLOYING, {}, error=NO_BODY) == (Status.APPLIED, 1, "")


def test_an_undocumented_status_of_a_removal_is_named_at_the_deadline() -> None:
    status, _, message = removed(*[{"version": 3, "status": "Leaving"}] * 99, error=NO_BODY)
    assert (status, "status Leaving" in message) == (Status.UNKNOWN, True)


def with_value(value: str) -> list[object]:
    calculator, *others = DEPLOYED["applications"]
    return [{**calculator, "standardConfiguration": [{"key": "RATE_TABLE", "value": value}, LEVEL]}, *others]


def test_a_rollout_that_shows_the_values_is_awaited() -> None:
    assert applied(VALUE, version=4, applications=with_value("us")) == (Status.APPLIED, 1)


def test_a_change_by_others_is_not_taken_for_the_rollout() -> None:
    assert applied(VALUE, version=4, applications=with_value("eu")) == (Status.UNKNOWN, 1)


def test_a_rollout_alone_with_other_values_may_be_another_writers() -> None:
    assert applied(SPEC, version=4, applications=with_value("us")) == (Status.UNKNOWN, 1)


def test_masked_values_alone_show_nothing() -> None:
    calculator, *others = DEPLOYED["applications"]
    both = [{"key": key, "value": "****"} for key in ("API_TOKEN", "OTHER")]
    with_secrets = [{**calculator, "securedConfiguration": both}, *others]
    assert applied(SECRET, version=4, applications=with_secrets) == (Status.UNKNOWN, 1)


def test_a_rollout_that_began_late_is_not_sent_again_when_it_failed() -> None:
    target = Target()
    target.live[IDENTITY] = observed(status="Failed")
    scene = Scene({"shop": target})
    plan = scene.plan(manifest(VALUE))

    def late(target: Target, commit: object) -> Live | None:
        target.live[IDENTITY] = observed(version=4, status="Failed", applications=with_value("us"))
        raise Conflict("Version 2 was sent, 4 is current.", status=409)

    target.faults = [lost_before, late]
    (outcome,) = scene.apply(plan)
    assert (outcome.status, len(target.writes)) == (Status.UNKNOWN, 2)


def unanswered(spec: Mapping[str, Any], *states: Mapping[str, Any]) -> tuple[Status, int]:
    """Return how an apply ends whose writes are answered without a body, with these readings after the first."""
    target = Target()
    target.live[IDENTITY] = observed()
    scene = Scene({"shop": target})
    plan = scene.plan(manifest(spec))

    def fault(target: Target, commit: object) -> Live | None:
        target.readings = [observed(**members) for members in states]
        target.live[IDENTITY] = observed(**(states[-1] if states else {}))
        raise NO_BODY

    target.faults = [fault] * 9
    (outcome,) = scene.apply(plan)
    return outcome.status, len(target.writes)


def test_success_without_a_body_confirms_a_rollout_that_shows() -> None:
    calculator, *others = DEPLOYED["applications"]
    both = [{"key": key, "value": "****"} for key in ("API_TOKEN", "OTHER")]
    with_secrets = [{**calculator, "securedConfiguration": both}, *others]
    assert unanswered(SECRET, {"version": 4, "applications": with_secrets}) == (Status.APPLIED, 1)


def test_success_without_a_body_proves_nothing_if_no_rollout_shows() -> None:
    status, sent = unanswered(SECRET)
    assert status is Status.UNKNOWN
    assert sent > 1, "the version guards a repetition"

"""The answer to a redeployment is lost: it is never sent twice, and nothing is called done that no reading shows."""

from collections.abc import Mapping
from typing import Any

from trueup.errors import Conflict, OutcomeUnknown
from trueup.model.live import Live
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


def with_value(value: str) -> list[object]:
    calculator, *others = DEPLOYED["applications"]
    return [{**calculator, "standardConfiguration": [{"key": "RATE_TABLE", "value": value}, LEVEL]}, *others]


def test_a_rollout_that_shows_the_values_is_awaited() -> None:
    assert applied(VALUE, version=4, applications=with_value("us")) == (Status.APPLIED, 1)


def test_a_change_by_others_is_not_taken_for_the_rollout() -> None:
    assert applied(VALUE, version=4, applications=with_value("eu")) == (Status.UNKNOWN, 1)


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

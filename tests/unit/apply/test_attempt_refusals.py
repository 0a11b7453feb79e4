"""A refusal is not a lost answer: a temporarily refused write is retried, and one that is always refused fails."""

from collections.abc import Callable

import pytest

from trueup.apply.attempt import MOST_REFUSALS
from trueup.apply.context import ApplyOptions
from trueup.apply.run import StopSignal
from trueup.errors import NotAuthorised, NotFound, PlatformError, Unavailable
from trueup.model.live import Live, Unreadable
from trueup.model.manifest import LifecycleSpec, Manifest, State
from trueup.model.run import Status
from trueup.model.value import Known
from unit.apply.fakes import Scene, Target, certification, connector, lost_before, refusing, scene

EPD, TAX = certification("ACME-EPD-001"), connector("acme-tax")
GONE = LifecycleSpec(state=State.ABSENT, reason="retired")


def later(after: float = 0.0, text: str = "HTTP 503: come back later") -> Unavailable:
    error = Unavailable(text, status=503)
    error.after = after
    return error


def out_of_date(manifest: Manifest) -> tuple[Scene, Target]:
    target = Target(versioned=manifest is TAX)
    if manifest is TAX:
        target.hold(TAX, name="Old")
    else:
        target.hold(EPD, url="https://old.example")
    return scene(target), target


def test_a_temporarily_refused_update_is_read_and_sent_again() -> None:
    world, origin = out_of_date(EPD)
    origin.faults = [refusing(later(9.0)), refusing(later())]
    (outcome,) = world.apply(world.plan(EPD))
    assert (outcome.status, len(origin.writes), origin.reads) == (Status.APPLIED, 3, 4)
    assert world.clock.slept == [9.0, 1.0]


def test_a_temporarily_refused_creation_is_searched_for_and_sent_again() -> None:
    origin = Target(versioned=False)
    world = scene(origin)
    origin.faults = [refusing(later(9.0))]
    (outcome,) = world.apply(world.plan(EPD))
    assert (outcome.status, len(origin.writes), origin.reads) == (Status.APPLIED, 2, 3)
    # A search that shows changes late would not yet show what a gateway called refused.
    assert world.clock.slept == [ApplyOptions().readback_seconds]


def test_a_throttled_creation_is_sent_again_when_the_platform_asks() -> None:
    origin = Target(versioned=False)
    world = scene(origin)
    error = Unavailable("HTTP 429: slowly", status=429)
    error.after = 3.0
    origin.faults = [refusing(error)]
    (outcome,) = world.apply(world.plan(EPD))
    assert (outcome.status, world.clock.slept) == (Status.APPLIED, [3.0])


def test_a_temporarily_refused_deletion_is_read_and_sent_again() -> None:
    world, connect = out_of_date(TAX)
    connect.faults = [refusing(later(9.0))]
    (outcome,) = world.apply(world.plan(connector("acme-tax", {}, lifecycle=GONE)))
    assert (outcome.status, len(connect.writes), connect.live) == (Status.APPLIED, 2, {})


def test_what_others_changed_during_the_wait_is_seen() -> None:
    world, origin = out_of_date(EPD)
    plan = world.plan(EPD)

    def refused_while_others_write(target: Target, _: object) -> Live | None:
        target.edit(EPD, "url", "https://theirs.example")
        raise later(9.0)

    origin.faults = [refused_while_others_write]
    (outcome,) = world.apply(plan)
    assert (outcome.status, len(origin.writes)) == (Status.STALE, 1)
    assert origin.of(EPD, "url") == Known("https://theirs.example")


def test_a_write_that_is_always_refused_fails_after_a_bounded_number_of_requests() -> None:
    world, origin = out_of_date(EPD)
    origin.faults = [refusing(later())] * 20
    (outcome,) = world.apply(world.plan(EPD))
    assert (outcome.status, outcome.message) == (Status.FAILED, "HTTP 503: come back later")
    assert len(origin.writes) == origin.reads - 1 == MOST_REFUSALS
    assert world.clock.slept == [0.5, 1.0, 2.0]


def test_a_refusal_after_a_lost_answer_leaves_the_lost_one_unknown() -> None:
    world, origin = out_of_date(EPD)
    origin.faults = [lost_before, *[refusing(later())] * 20]
    (outcome,) = world.apply(world.plan(EPD), ApplyOptions(readback_seconds=1))
    assert outcome.status is Status.UNKNOWN


def test_a_request_to_stop_ends_the_wait() -> None:
    world, origin = out_of_date(EPD)
    stop = StopSignal()

    def refused_and_stopped(target: Target, _: object) -> Live | None:
        stop.request()
        raise later(3600.0)

    origin.faults = [refused_and_stopped]
    (outcome,) = world.apply(world.plan(EPD), stop=stop)
    assert (outcome.status, outcome.details) == (Status.SKIPPED, ("HTTP 503: come back later",))
    assert len(origin.writes) == 1


@pytest.mark.parametrize("manifest", [TAX, EPD])
def test_a_creation_answered_with_not_found_fails_with_the_reason(manifest: Manifest) -> None:
    target = Target(versioned=manifest is TAX)
    world = scene(target)
    target.faults = [refusing(NotFound("HTTP 404: no such path", status=404))] * 20
    (outcome,) = world.apply(world.plan(manifest))
    assert (outcome.status, outcome.message) == (Status.FAILED, "HTTP 404: no such path")
    assert len(target.writes) == 1
    assert outcome.requests <= 4


@pytest.mark.parametrize("manifest", [TAX, EPD])
def test_an_update_answered_with_not_found_fails_if_the_resource_is_unchanged(manifest: Manifest) -> None:
    world, target = out_of_date(manifest)
    target.faults = [refusing(NotFound("HTTP 404: no such path", status=404))] * 20
    (outcome,) = world.apply(world.plan(manifest))
    assert (outcome.status, outcome.message) == (Status.FAILED, "HTTP 404: no such path")
    assert (len(target.writes), outcome.requests <= 4) == (1, True)


def many(number: int) -> list[Manifest]:
    return [certification(f"ACME-{n:03}") for n in range(number)]


def down() -> Unavailable:
    error = Unavailable("origin is down: no connection to origin.test:443: refused")
    error.down = True
    return error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (down(), "Not started: origin is down."),
        (later(), "Not started: origin accepts no changes now: it repeatedly refused those of another resource."),
        (
            NotAuthorised("No.", status=401),
            "Not started: origin refused these credentials, or their permissions, for another resource.",
        ),
    ],
)
def test_a_target_that_accepts_nothing_is_given_up_and_the_rest_is_not_started(
    error: PlatformError, reason: str
) -> None:
    manifests = many(40)
    origin = Target(versioned=False)
    world = scene(origin)
    plan = world.plan(*manifests)
    origin.faults = [refusing(error)] * 1000
    outcomes = world.apply(plan, ApplyOptions(concurrency=1))
    assert [outcome.status for outcome in outcomes] == [Status.FAILED, *[Status.SKIPPED] * 39]
    assert {outcome.message for outcome in outcomes[1:]} == {reason}
    assert len(origin.writes) <= MOST_REFUSALS


def test_a_target_that_is_down_before_the_write_is_given_up_too() -> None:
    manifests = many(40)
    origin = Target(versioned=False)
    world = scene(origin)
    plan = world.plan(*manifests)
    origin.readings = [Unreadable(down())] * 1000
    outcomes = world.apply(plan)
    assert origin.reads <= ApplyOptions().concurrency * 2
    assert sum(outcome.status is Status.SKIPPED for outcome in outcomes) >= 30


def test_a_target_that_repeatedly_refuses_one_resource_still_gets_the_others() -> None:
    manifests = many(10)
    origin = Target(versioned=False)
    world = scene(origin)
    plan = world.plan(*manifests)
    stubborn = manifests[0].identity

    def fault(target: Target, commit: Callable[[], Live | None]) -> Live | None:
        if target.writes[-1][0] == stubborn.value:
            raise later()
        return commit()

    origin.faults = [fault] * 1000
    outcomes = world.apply(plan)
    statuses = {outcome.identity: outcome.status for outcome in outcomes}
    assert statuses.pop(stubborn) is Status.FAILED
    assert set(statuses.values()) == {Status.APPLIED}

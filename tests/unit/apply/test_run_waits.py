"""An apply reports what it waits for, and when that ends."""

import pytest

from trueup.apply.context import ApplyOptions
from trueup.errors import Unavailable
from trueup.model.manifest import LifecycleSpec, PublishTo
from trueup.model.run import Status
from trueup.model.wait import Wait, WaitBegan, WaitEnded
from unit.apply.fakes import Scene, Target, certification, connector, refusing, scene

TAX = connector("acme-tax")
EPD = certification("ACME-EPD-001")


def waits(world: Scene) -> list[Wait]:
    """Return the waits of a run, of which each has ended."""
    begun = [event.wait for event in world.events if isinstance(event, WaitBegan)]
    ended = [event.key for event in world.events if isinstance(event, WaitEnded)]
    assert sorted(map(id, ended)) == sorted({id(wait.key) for wait in begun})
    return begun


def test_a_change_that_a_search_does_not_show_yet_is_waited_for() -> None:
    target = Target(versioned=False, lag=3)
    target.hold(EPD, url="https://old.example")
    world = scene(target)
    (outcome,) = world.apply(world.plan(EPD))
    assert outcome.status is Status.APPLIED
    assert {(wait.subject, wait.cause, wait.most) for wait in waits(world)} == {
        ("origin: Certification ACME-EPD-001", "change not shown yet", ApplyOptions().readback_seconds)
    }


def test_a_change_that_shows_after_a_moment_is_no_wait() -> None:
    target = Target(versioned=False, lag=1)
    target.hold(EPD, url="https://old.example")
    world = scene(target)
    world.apply(world.plan(EPD))
    assert waits(world) == []


@pytest.mark.parametrize(("status", "cause"), [(429, "throttled"), (503, "retry")])
def test_the_retry_of_a_refused_write_is_named_with_its_cause_and_its_wait(status: int, cause: str) -> None:
    refused = Unavailable("eu: update Connector acme-tax: HTTP 503.", status=status)
    refused.after = 4.0
    target = Target(faults=[refusing(refused), refusing(refused)])
    target.hold(TAX, name="Old")
    world = scene(target)
    (outcome,) = world.apply(world.plan(TAX))
    assert outcome.status is Status.APPLIED
    assert [(wait.cause, wait.detail, wait.most) for wait in waits(world)] == [
        (cause, f"retry {number} of 3 in 4 s: eu: update Connector acme-tax: HTTP 503.", 4.0) for number in (1, 2)
    ]


def test_a_review_by_people_is_named() -> None:
    manifest = connector("acme-tax", lifecycle=LifecycleSpec(publish=PublishTo.CERTIFIED, listed=False))
    published: dict[str, object] = {"status": "Published", "private": False, "listed": True, "has_changes": False}
    target = Target(states=[[{"status": "InCertification"}, {}, {}, published], [{"listed": False}]])
    target.hold(manifest)
    world = scene(target)
    world.apply(world.plan(manifest))
    assert "publication in review" in {wait.cause for wait in waits(world)}

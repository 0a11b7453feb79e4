"""A tombstone deletes its resource if nothing has changed since the deletion was approved."""

from collections.abc import Callable

import pytest

from trueup.apply.context import ApplyOptions
from trueup.errors import NotFound, Rejected
from trueup.model.action import Delete
from trueup.model.live import Live
from trueup.model.manifest import LifecycleSpec, State
from trueup.model.plan import Verdict
from trueup.model.run import Ending, Status
from unit.apply.fakes import Target, certification, connector, lost_after, lost_before, refusing, scene

GONE = LifecycleSpec(state=State.ABSENT, reason="Replaced.")
TAX = connector("acme-tax", {}, lifecycle=GONE)
EPD = certification("ACME-EPD-001", {}, lifecycle=GONE)
DELETE = Delete("Replaced.")


def connect() -> Target:
    eu = Target()
    eu.hold(connector("acme-tax"))
    return eu


def origin() -> Target:
    target = Target(versioned=False)
    target.hold(certification("ACME-EPD-001"))
    return target


def test_a_tombstone_deletes_and_its_absence_is_read_back() -> None:
    for target, manifest in ((connect(), TAX), (origin(), EPD)):
        world = scene(target)
        (outcome,) = world.apply(world.plan(manifest))
        assert (outcome.status, outcome.done, outcome.left, target.live) == (Status.APPLIED, (DELETE,), (), {})
        assert world.plan(manifest).resources[0].verdict is Verdict.UNCHANGED


def test_a_deletion_is_stale_after_any_edit_at_all() -> None:
    for target, manifest, field in ((connect(), TAX, "creator.company"), (origin(), EPD, "certificateNumber")):
        world = scene(target)
        plan = world.plan(manifest)
        target.edit(manifest, field, "Theirs")
        (outcome,) = world.apply(plan)
        assert (outcome.status, target.writes, len(target.live)) == (Status.STALE, [], 1)
        assert [report.path for report in outcome.fields] == [field]


def test_a_deletion_is_stale_after_a_version_bump_alone() -> None:
    eu = connect()
    world = scene(eu)
    plan = world.plan(TAX)
    eu.move(TAX.identity)
    (outcome,) = world.apply(plan)
    assert (outcome.status, eu.writes) == (Status.STALE, [])


def test_what_others_deleted_is_unchanged() -> None:
    eu = connect()
    world = scene(eu)
    plan = world.plan(TAX)
    eu.live.clear()
    (outcome,) = world.apply(plan)
    assert (outcome.status, outcome.done, outcome.left, eu.writes) == (Status.UNCHANGED, (), (), [])


def test_a_lost_deletion_is_settled_by_reading() -> None:
    for target, manifest in ((connect(), TAX), (origin(), EPD)):
        target.faults = [lost_after]
        world = scene(target)
        (outcome,) = world.apply(world.plan(manifest))
        assert (outcome.status, outcome.done, len(target.writes)) == (Status.APPLIED, (DELETE,), 1)
        assert [e.ending for _, e in world.journal.endings] == [Ending.UNKNOWN, Ending.APPLIED]


def test_a_lost_deletion_that_shows_late_is_not_repeated() -> None:
    target = origin()
    target.faults = [lost_after]
    world = scene(target)
    plan = world.plan(EPD)
    target.lag = 2
    (outcome,) = world.apply(plan)
    assert (outcome.status, len(target.writes)) == (Status.APPLIED, 1)


def test_a_deletion_that_never_arrived_is_sent_again() -> None:
    for target, manifest in ((connect(), TAX), (origin(), EPD)):
        target.faults = [lost_before]
        world = scene(target)
        (outcome,) = world.apply(world.plan(manifest))
        assert (outcome.status, outcome.done, len(target.writes)) == (Status.APPLIED, (DELETE,), 2)
        # It carries no version, so it may still arrive: the second one does not rule it out.
        assert [e.ending for _, e in world.journal.endings] == [Ending.UNKNOWN, Ending.APPLIED]


def test_a_deletion_answered_with_not_found_succeeds() -> None:
    eu = connect()
    world = scene(eu)
    plan = world.plan(TAX)

    def vanish(target: Target, _: object) -> None:
        target.live.clear()
        raise NotFound("Not there.", status=404, code="ResourceNotFound")

    eu.faults = [vanish]
    (outcome,) = world.apply(plan)
    assert (outcome.status, outcome.done) == (Status.APPLIED, (DELETE,))


@pytest.mark.parametrize(
    "error", [Rejected("No.", status=400, code="X"), NotFound("Not there.", status=404, code="ResourceNotFound")]
)
def test_a_refused_deletion_that_took_effect_is_not_recorded_as_failed(error: Exception) -> None:
    for target, manifest in ((connect(), TAX), (origin(), EPD)):

        def refuse(target: Target, commit: Callable[[], Live | None]) -> Live | None:
            commit()
            raise error

        target.faults = [refuse]
        world = scene(target)
        (outcome,) = world.apply(world.plan(manifest))
        assert (outcome.status, outcome.done, len(target.writes)) == (Status.APPLIED, (DELETE,), 1)
        assert [e.ending for _, e in world.journal.endings][-1] is Ending.UNKNOWN


def test_a_deletion_that_does_not_show_fails() -> None:
    target = origin()
    target.undeletable = True
    world = scene(target)
    (outcome,) = world.apply(world.plan(EPD), ApplyOptions(readback_seconds=2))
    assert (outcome.status, outcome.left) == (Status.FAILED, (DELETE,))
    assert "archived" in outcome.message


def test_a_deletion_that_shows_late_is_waited_for() -> None:
    target = origin()
    world = scene(target)
    plan = world.plan(EPD)
    target.lag = 2
    (outcome,) = world.apply(plan)
    assert (outcome.status, world.clock.slept) == (Status.APPLIED, [0.2, 0.4])


def test_a_refused_deletion_fails() -> None:
    eu = connect()
    eu.faults = [refusing(Rejected("It has deployments.", code="X"))]
    world = scene(eu)
    (outcome,) = world.apply(world.plan(TAX))
    assert (outcome.status, outcome.message, len(eu.live)) == (Status.FAILED, "It has deployments.", 1)

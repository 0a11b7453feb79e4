"""Only the planned resource is changed, and not another one that has its name now."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from trueup.apply.context import ApplyOptions
from trueup.errors import NotAuthorised, NotFound, Rejected
from trueup.model.live import Live
from trueup.model.manifest import LifecycleSpec, Manifest, State
from trueup.model.run import Status
from unit.apply.fakes import CERTIFICATION, SPEC, Fault, Target, certification, connector, lost_after, refusing, scene

GONE = LifecycleSpec(state=State.ABSENT, reason="Replaced.")


@pytest.mark.parametrize(("make", "target"), [(connector, Target()), (certification, Target(versioned=False))])
def test_a_new_resource_of_the_name_does_not_make_the_deletion_a_failure(
    make: Callable[..., Manifest], target: Target
) -> None:
    manifest = make("acme-1", {}, lifecycle=GONE)
    target.hold(make("acme-1"))
    before = target.live[manifest.identity]

    def replaced(world: Target, commit: Callable[[], Live | None]) -> None:
        commit()
        world.live[manifest.identity] = replace(before, remote_id="another")

    target.faults = [replaced]
    (outcome,) = scene(target).apply(scene(target).plan(manifest))
    assert (outcome.status, outcome.left) == (Status.APPLIED, ())


WANTED: dict[Callable[..., Manifest], Mapping[str, object]] = {
    connector: {**SPEC, "name": "Wanted"},
    certification: {**CERTIFICATION, "certificateNumber": "WANTED"},
}
BOTH = pytest.mark.parametrize(("make", "versioned"), [(connector, True), (certification, False)])


def recreate(target: Target, manifest: Manifest) -> None:
    """Delete a resource and create an equal one, as another writer would."""
    target.live[manifest.identity] = replace(target.live[manifest.identity], remote_id="another")


def changed(make: Callable[..., Manifest], versioned: bool) -> tuple[Target, Manifest]:  # noqa: FBT001 - a parameter of the test
    target = Target(versioned=versioned)
    target.hold(make("acme-1"))
    return target, make("acme-1", WANTED[make])


@BOTH
@pytest.mark.parametrize("saved", [True, False])
def test_an_update_is_not_sent_to_another_resource_of_the_name(
    *, make: Callable[..., Manifest], versioned: bool, saved: bool
) -> None:
    target, wanted = changed(make, versioned)
    world = scene(target)
    plan = world.plan(wanted)
    recreate(target, wanted)
    if versioned and not saved:
        # A write goes to the planned id, which does not exist any more.
        target.faults = [refusing(NotFound("Not there.", status=404, code="ResourceNotFound"))]
    (outcome,) = world.apply(plan, ApplyOptions(saved=saved))
    assert (outcome.status, outcome.done) == (Status.STALE, ())
    assert "id another; the plan was for id-acme-1" in outcome.message
    assert len(target.writes) == (versioned and not saved)


@BOTH
def test_a_tombstone_does_not_delete_another_resource_of_the_name(
    *, make: Callable[..., Manifest], versioned: bool
) -> None:
    target = Target(versioned=versioned)
    manifest = make("acme-1", {}, lifecycle=GONE)
    target.hold(make("acme-1"))
    world = scene(target)
    plan = world.plan(manifest)
    recreate(target, manifest)
    (outcome,) = world.apply(plan)
    assert (outcome.status, target.writes, len(target.live)) == (Status.STALE, [], 1)


@BOTH
@pytest.mark.parametrize("fault", [None, lost_after])
def test_a_write_after_which_another_one_is_there_is_unknown(
    *, make: Callable[..., Manifest], versioned: bool, fault: Fault | None
) -> None:
    target, wanted = changed(make, versioned)
    world = scene(target)
    plan = world.plan(wanted)

    def replaced(there: Target, commit: Callable[[], Live | None]) -> Live | None:
        commit()
        recreate(there, wanted)
        return None if fault is None else fault(there, lambda: None)

    target.faults = [replaced]
    (outcome,) = world.apply(plan, ApplyOptions(readback_seconds=1))
    assert (outcome.status, outcome.done, len(target.writes)) == (Status.UNKNOWN, (), 1)


@BOTH
def test_a_refused_deletion_of_what_others_deleted_is_done(*, make: Callable[..., Manifest], versioned: bool) -> None:
    for error in (Rejected("No.", status=400, code="X"), NotFound("No.", status=404), NotAuthorised("No.", status=403)):
        target = Target(versioned=versioned)
        manifest = make("acme-1", {}, lifecycle=GONE)
        target.hold(make("acme-1"))
        world = scene(target)
        plan = world.plan(manifest)

        def gone(there: Target, commit: Callable[[], Live | None], error: Exception = error) -> Live | None:
            there.live.clear()
            raise error

        target.faults = [gone]
        (outcome,) = world.apply(plan)
        assert (outcome.status, outcome.left, len(target.writes)) == (Status.APPLIED, (), 1)


def test_a_refused_deletion_that_shows_late_is_waited_for() -> None:
    target = Target(versioned=False)
    manifest = certification("acme-1", {}, lifecycle=GONE)
    target.hold(certification("acme-1"))
    world = scene(target)
    plan = world.plan(manifest)

    def refused(there: Target, commit: Callable[[], Live | None]) -> Live | None:
        commit()
        raise Rejected("Unknown id.", status=400, code="CE00001")

    target.faults, target.lag = [refused], 1
    (outcome,) = world.apply(plan)
    assert (outcome.status, outcome.left, world.clock.slept) == (Status.APPLIED, (), [15.0])

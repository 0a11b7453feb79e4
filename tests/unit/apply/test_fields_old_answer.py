"""An answer may show the state before the write, so a missing change is read back before it counts as missed."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from trueup.errors import Unavailable
from trueup.model.live import Live, Unreadable
from trueup.model.manifest import LifecycleSpec
from trueup.model.run import Status
from trueup.model.value import ABSENT, Known, Members
from unit.apply.fakes import SPEC, Scene, Target, connector, scene, storing

TAX = connector("acme-tax")
PROJECTS = {**SPEC, "privateProjects": ["europe-west1.gcp:one"]}


def stage(**changed: str) -> tuple[Scene, Target]:
    target = Target()
    target.hold(TAX, **changed)
    return scene(target), target


def showing_before(target: Target, commit: Callable[[], Live | None]) -> Live | None:
    """Commit the write, and answer with the state before it."""
    (before,) = target.live.values()
    commit()
    return before


def showing_the_new_version(target: Target, commit: Callable[[], Live | None]) -> Live | None:
    """Commit the write, and answer with the earlier fields at the new version."""
    (before,) = target.live.values()
    now = commit()
    return None if now is None else replace(now, fields=before.fields)


@pytest.mark.parametrize("answering", [showing_before, showing_the_new_version])
def test_a_field_that_looks_unchanged_in_the_answer_is_read_back(
    answering: Callable[[Target, Callable[[], Live | None]], Live | None],
) -> None:
    world, eu = stage(name="Old", description="Old")
    eu.faults = [answering]
    (outcome,) = world.apply(world.plan(TAX))
    assert (outcome.status, outcome.requests, outcome.fields) == (Status.APPLIED, 2, ())
    assert world.clock.slept == []


def test_a_process_after_it_is_sent_with_the_version_that_was_read() -> None:
    manifest = connector("acme-tax", lifecycle=LifecycleSpec(previewable=True))
    world, eu = stage(name="Old")
    eu.faults = [showing_before]
    eu.states = [[{"previewable": "pending"}, {"previewable": "true"}]]
    (outcome,) = world.apply(world.plan(manifest))
    assert (outcome.status, len(eu.writes)) == (Status.APPLIED, 2)


def showing_another_state_of_before(target: Target, commit: Callable[[], Live | None]) -> Live | None:
    """Commit the write, and answer with the version before it and with a state that no reading showed."""
    (before,) = target.live.values()
    commit()
    assert before.lifecycle is not None
    return replace(before, lifecycle=replace(before.lifecycle, previewable="true"))


def test_an_answer_with_the_version_that_was_sent_ends_no_process() -> None:
    manifest = connector("acme-tax", lifecycle=LifecycleSpec(previewable=True))
    world, eu = stage(name="Old")
    eu.faults = [None, showing_another_state_of_before]
    eu.states = [[{"previewable": "pending"}, {"previewable": "false"}]]
    (outcome,) = world.apply(world.plan(manifest))
    assert outcome.status is Status.FAILED


def test_a_creation_whose_answer_leaves_a_field_out_is_read_back() -> None:
    eu = Target()
    world = scene(eu)

    def leaving_out(target: Target, commit: Callable[[], Live | None]) -> Live | None:
        now = commit()
        return None if now is None else replace(now, fields={**now.fields, "description": ABSENT})

    eu.faults = [leaving_out]
    (outcome,) = world.apply(world.plan(TAX))
    assert (outcome.status, eu.reads) == (Status.APPLIED, 2)


def test_a_field_unchanged_in_the_reading_too_was_dropped_and_costs_one_request() -> None:
    world, eu = stage(name="Old", description="Old")
    eu.faults = [storing(TAX, "description", "Old")]
    (outcome,) = world.apply(world.plan(TAX))
    assert (outcome.status, outcome.requests, world.clock.slept) == (Status.FAILED, 2, [])
    assert [report.path for report in outcome.fields] == ["description"]


def test_a_field_rewritten_in_the_answer_is_certain_and_costs_no_request() -> None:
    world, eu = stage(name="Old")
    eu.faults = [storing(TAX, "name", "ACME TAX")]
    (outcome,) = world.apply(world.plan(TAX))
    assert (outcome.status, outcome.requests) == (Status.FAILED, 1)


def test_a_member_that_looks_as_not_added_is_read_back() -> None:
    world, eu = stage()
    eu.faults = [showing_before]
    (outcome,) = world.apply(world.plan(connector("acme-tax", PROJECTS)))
    assert (outcome.status, outcome.requests) == (Status.APPLIED, 2)
    assert eu.of(TAX, "privateProjects") == Known(Members(("europe-west1.gcp:one",)))


def test_a_write_that_cannot_be_read_back_is_unknown() -> None:
    world, eu = stage(name="Old")
    plan = world.plan(TAX)
    eu.faults, eu.readings = [showing_before], [Unreadable(Unavailable("No answer."))]
    (outcome,) = world.apply(plan)
    assert (outcome.status, outcome.details) == (Status.UNKNOWN, ("No answer.",))

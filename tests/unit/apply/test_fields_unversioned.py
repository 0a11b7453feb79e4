"""Updates on a platform without versions: read before and after, and report what cannot be verified."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from trueup.apply.context import ApplyOptions
from trueup.apply.journal_file import FileJournal
from trueup.apply.last_applied import recall
from trueup.apply.run import apply_plan
from trueup.errors import Rejected, Unavailable
from trueup.model.action import AddElement, RemoveElement, SetValue
from trueup.model.live import Live, Unreadable
from trueup.model.plan import Plan, Verdict
from trueup.model.run import Outcome, Status
from trueup.model.value import NOT_RETURNED, Elements, Known
from trueup.plan.build import build_plan
from unit.apply.fakes import (
    CERTIFICATION,
    Scene,
    Target,
    after_edit,
    certification,
    kept,
    lost_after,
    lost_before,
    refusing,
    scene,
    storing,
)

EPD = certification("ACME-EPD-001")
URL = SetValue("url", CERTIFICATION["url"])  # type: ignore[arg-type]  # the sample's url is a text


def stage(**changed: object) -> tuple[Scene, Target]:
    origin = Target(versioned=False)
    origin.hold(EPD, **changed)  # type: ignore[arg-type]  # each test gives values
    return scene(origin), origin


def test_an_update_is_read_before_and_after() -> None:
    world, origin = stage(url="https://old.example")
    (outcome,) = world.apply(world.plan(EPD))
    assert (outcome.status, outcome.done, outcome.requests, origin.reads) == (Status.APPLIED, (URL,), 3, 2)
    assert world.plan(EPD).resources[0].verdict is Verdict.UNCHANGED


def test_a_foreign_edit_of_a_planned_field_is_stale_before_anything_is_sent() -> None:
    world, origin = stage(url="https://old.example")
    plan = world.plan(EPD)
    origin.edit(EPD, "url", "https://theirs.example")
    (outcome,) = world.apply(plan)
    assert (outcome.status, origin.writes) == (Status.STALE, [])
    assert [(r.path, r.now) for r in outcome.fields] == [("url", Known("https://theirs.example"))]


def test_a_foreign_edit_of_an_unmanaged_field_survives_and_is_no_conflict() -> None:
    world, origin = stage(url="https://old.example")
    plan = world.plan(EPD)
    origin.edit(EPD, "certificateNumber", "THEIRS-1")
    (outcome,) = world.apply(plan)
    assert (outcome.status, origin.of(EPD, "certificateNumber")) == (Status.APPLIED, Known("THEIRS-1"))


def test_when_others_did_a_part_the_rest_is_rebased() -> None:
    world, origin = stage(url="https://old.example", standard__code="OLD")
    plan = world.plan(EPD)
    origin.edit(EPD, "standard.code", "EPD")
    (outcome,) = world.apply(plan)
    assert (outcome.status, outcome.done) == (Status.REBASED, (URL,))


def test_a_write_that_shows_late_is_waited_for() -> None:
    world, origin = stage(url="https://old.example")
    plan = world.plan(EPD)
    origin.lag = 2
    (outcome,) = world.apply(plan)
    assert (outcome.status, outcome.requests, world.clock.slept) == (Status.APPLIED, 5, [0.2, 0.4])


def test_a_slow_reading_does_not_end_the_wait() -> None:
    world, origin = stage(url="https://old.example")
    plan = world.plan(EPD)

    def slowly(_: Target) -> None:
        world.clock.time += 20

    origin.lag, origin.on_read = 1, slowly
    (outcome,) = world.apply(plan, ApplyOptions(readback_seconds=15))
    assert (outcome.status, outcome.requests) == (Status.APPLIED, 4)


def test_a_write_that_is_not_stored_fails_after_a_bounded_wait() -> None:
    world, origin = stage(url="https://old.example")
    origin.faults = [storing(EPD, "url", "https://old.example")]
    (outcome,) = world.apply(world.plan(EPD), ApplyOptions(readback_seconds=3))
    assert (outcome.status, outcome.left, world.clock.time <= 3) == (Status.FAILED, (URL,), True)


def test_a_write_that_cannot_be_read_back_is_unknown() -> None:
    world, origin = stage(url="https://old.example")
    plan = world.plan(EPD)
    origin.readings = [origin.live[EPD.identity], *[Unreadable(Unavailable("No answer."))] * 20]
    (outcome,) = world.apply(plan)
    assert (outcome.status, outcome.details) == (Status.UNKNOWN, ("No answer.",))


def test_a_field_that_is_no_longer_returned_does_not_count_as_changed() -> None:
    world, origin = stage(url="https://old.example")
    plan = world.plan(EPD)
    origin.hidden = {"standard.code"}
    origin.edit(EPD, "url", "https://theirs.example")
    (outcome,) = world.apply(plan)
    assert (outcome.status, [r.path for r in outcome.fields]) == (Status.STALE, ["url"])


def test_the_requests_are_those_of_the_forecast() -> None:
    channels = {**CERTIFICATION, "channels": [{"name": "ORIGIN"}], "brands": [{"name": "A"}]}
    origin = Target(versioned=False)
    world = scene(origin)
    plan = world.plan(certification("E1", channels))
    (outcome,) = world.apply(plan)
    assert outcome.requests == plan.forecast.requests == 7


def test_a_reading_that_fails_before_the_write_sends_nothing() -> None:
    world, origin = stage(url="https://old.example")
    plan = world.plan(EPD)
    origin.readings = [Unreadable(Unavailable("No answer."))]
    (outcome,) = world.apply(plan)
    assert (outcome.status, origin.writes) == (Status.FAILED, [])


def test_a_lost_write_is_found_or_sent_again() -> None:
    for fault, sent in ((lost_after, 1), (lost_before, 2)):
        world, origin = stage(url="https://old.example")
        origin.faults = [fault]
        (outcome,) = world.apply(world.plan(EPD))
        assert (outcome.status, outcome.done, len(origin.writes)) == (Status.APPLIED, (URL,), sent)


def test_a_lost_write_of_a_field_that_is_not_returned_is_unknown() -> None:
    world, origin = stage()
    origin.hidden = {"url"}
    origin.faults = [lost_after]
    (outcome,) = world.apply(world.plan(EPD))
    assert (outcome.status, outcome.left) == (Status.UNKNOWN, (URL,))


def test_a_field_that_is_not_returned_is_applied_and_reported_as_unverified() -> None:
    world, origin = stage()
    origin.hidden = {"url"}
    (outcome,) = world.apply(world.plan(EPD))
    assert (outcome.status, outcome.done) == (Status.APPLIED, (URL,))
    assert "could not be verified" in outcome.fields[0].note


def test_a_refused_write_of_a_field_that_is_not_returned_counts_as_not_done() -> None:
    world, origin = stage()
    origin.hidden = {"url"}
    origin.faults = [refusing(Rejected("It does not exist.", status=400, code="CE00001"))]
    (outcome,) = world.apply(world.plan(EPD))
    assert (outcome.status, outcome.done, outcome.left, outcome.fields) == (Status.FAILED, (), (URL,), ())


def remembering(world: Scene, origin: Target, folder: Path) -> tuple[Plan, tuple[Outcome, ...]]:
    """Plan with the memory of the runs in ``folder``, and record the apply there."""

    async def run() -> tuple[Plan, tuple[Outcome, ...]]:
        sides = {"origin": origin}
        plan = await build_plan([EPD], sides, memory=recall(kept(folder)).memory)
        journal = FileJournal(kept(folder))
        return plan, await apply_plan(plan, readers=sides, writers=sides, journal=journal, clock=world.clock)

    return asyncio.run(run())


def test_values_sent_to_a_certification_do_not_count_for_its_replacement(tmp_path: Path) -> None:
    """It was created with values that are not returned, and deleted by others: the next one needs them again."""
    world, origin = stage()
    origin.hidden = {"url"}
    remembering(world, origin, tmp_path)
    origin.live[EPD.identity] = replace(origin.live[EPD.identity], remote_id="another")
    plan, (outcome,) = remembering(world, origin, tmp_path)
    assert [p.action for p in plan.resources[0].actions] == [URL]
    assert (outcome.done, remembering(world, origin, tmp_path)[1][0].status) == ((URL,), Status.UNCHANGED)


def test_values_sent_before_are_sent_again_to_a_new_resource() -> None:
    number = SetValue("certificateNumber", "N-1")
    numbered = certification("EPD-1", {**CERTIFICATION, "certificateNumber": "N-1", "brands": [{"name": "A"}]})
    brand = AddElement("brands", ("A",), {})
    origin = Target(versioned=False)
    origin.hidden = {"brands"}
    world = scene(origin)
    planned = world.plan(numbered)
    before = replace(planned, resources=(replace(planned.resources[0], remembered=(number, brand)),))
    (outcome,) = world.apply(before)
    assert (outcome.status, brand in outcome.done, len(origin.writes)) == (Status.APPLIED, True, 2)


def test_a_field_that_is_not_returned_is_sent_once_and_then_remembered(tmp_path: Path) -> None:
    world, origin = stage()
    origin.hidden = {"url"}
    _, (first,) = remembering(world, origin, tmp_path)
    plan, (second,) = remembering(world, origin, tmp_path)
    assert (first.status, first.done, second.status, len(origin.writes)) == (
        Status.APPLIED,
        (URL,),
        Status.UNCHANGED,
        1,
    )
    assert plan.resources[0].findings[0].finding.code == "remembered"


def test_changes_by_others_during_the_write_are_reported_and_kept() -> None:
    world, origin = stage(url="https://old.example")
    origin.faults = [after_edit(EPD, "standard.code", "THEIRS")]
    (outcome,) = world.apply(world.plan(EPD))
    assert (outcome.status, outcome.done) == (Status.APPLIED, (URL,))
    assert [(r.path, r.now) for r in outcome.fields] == [("standard.code", Known("THEIRS"))]
    assert origin.of(EPD, "standard.code") == Known("THEIRS")


def test_an_element_is_reset_in_two_verified_requests() -> None:
    manifest = certification("ACME-EPD-001", {**CERTIFICATION, "contacts": [{"externalId": "c1", "phone": ""}]})
    origin = Target(versioned=False)
    origin.hold(manifest, contacts=Elements({("c1",): {"phone": "1", "email": "a@acme.example"}}))
    world = scene(origin)
    (outcome,) = world.apply(world.plan(manifest))
    assert outcome.status is Status.APPLIED
    assert [actions for _, actions in origin.writes] == [
        (RemoveElement("contacts", ("c1",)),),
        (AddElement("contacts", ("c1",), {"email": "a@acme.example"}),),
    ]
    assert world.plan(manifest).resources[0].verdict is Verdict.UNCHANGED


def test_a_foreign_edit_between_two_stages_stops_the_second() -> None:
    manifest = certification("ACME-EPD-001", {**CERTIFICATION, "channels": [{"name": "ORIGIN"}]})
    origin = Target(versioned=False)
    origin.hold(manifest, url="https://old.example", channels=Elements({}))
    world = scene(origin)
    origin.faults = [after_edit(manifest, "standard.code", "THEIRS")]
    (outcome,) = world.apply(world.plan(manifest))
    assert (outcome.status, outcome.done, len(outcome.left)) == (Status.STALE, (URL,), 1)
    assert [r.path for r in outcome.fields] == ["standard.code"]


def test_a_foreign_edit_of_another_attribute_of_a_planned_element_survives() -> None:
    manifest = certification("ACME-EPD-001", {**CERTIFICATION, "contacts": [{"externalId": "c1", "phone": "2"}]})
    origin = Target(versioned=False)
    origin.hold(manifest, contacts=Elements({("c1",): {"phone": "1", "email": "a@acme.example"}}))
    world = scene(origin)
    plan = world.plan(manifest)
    origin.edit(manifest, "contacts", Elements({("c1",): {"phone": "1", "email": "theirs@acme.example"}}))
    (outcome,) = world.apply(plan)
    assert outcome.status is Status.REBASED
    assert origin.of(manifest, "contacts") == Known(Elements({("c1",): {"phone": "2", "email": "theirs@acme.example"}}))


def test_a_field_that_is_not_returned_any_more_after_a_removal_is_reported() -> None:
    manifest = certification("ACME-EPD-001", {**CERTIFICATION, "brands": [{"name": "ACME Inc."}]})
    origin = Target(versioned=False)
    origin.hold(manifest, brands=Elements({("ACME Inc.",): {}, ("Acme Ltd",): {}}))
    world = scene(origin)

    def fault(platform: Target, commit: Callable[[], Live | None]) -> Live | None:
        # Others remove the last element: a platform that leaves out what is empty returns the field no more.
        answer = commit()
        platform.hidden.add("brands")
        return answer

    origin.faults = [fault]
    (outcome,) = world.apply(world.plan(manifest))
    assert outcome.status is Status.APPLIED
    assert [(r.path, r.now) for r in outcome.fields] == [("brands", NOT_RETURNED)]

"""Apply updates to a platform with versions, while others write too."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from trueup.apply.context import ApplyOptions
from trueup.errors import Busy, NotFound, OutcomeUnknown, Rejected, Unavailable
from trueup.model.action import AddMember, SetValue
from trueup.model.live import Live, Missing, Unreadable
from trueup.model.plan import Verdict
from trueup.model.run import Ending, FieldReport, Status
from trueup.model.value import Known, Members
from unit.apply.fakes import (
    SPEC,
    Scene,
    Target,
    after_edit,
    connector,
    lost_after,
    lost_before,
    refusing,
    scene,
    storing,
)

TAX = connector("acme-tax")
NAME = SetValue("name", "Acme Tax")
ABOUT = SetValue("description", "Taxes")


def stage(**changed: str) -> tuple[Scene, Target]:
    target = Target()
    target.hold(TAX, **changed)
    return scene(target), target


def test_an_update_is_sent_once_with_the_planned_version_and_verified_by_its_answer() -> None:
    world, eu = stage(name="Old")
    (outcome,) = world.apply(world.plan(TAX))
    assert (outcome.status, outcome.done, outcome.left, outcome.requests) == (Status.APPLIED, (NAME,), (), 1)
    assert eu.reads == 0
    assert world.journal.intents[0].version == 1
    assert [(n, e.ending, e.version) for n, e in world.journal.endings] == [(1, Ending.APPLIED, 2)]


def test_a_second_plan_after_an_apply_is_empty() -> None:
    world, _ = stage(name="Old")
    world.apply(world.plan(TAX))
    (resource,) = world.plan(TAX).resources
    assert (resource.verdict, resource.actions) == (Verdict.UNCHANGED, ())


def test_nothing_is_sent_for_what_is_unchanged() -> None:
    world, eu = stage()
    (outcome,) = world.apply(world.plan(TAX))
    assert (outcome.status, outcome.requests, eu.writes) == (Status.UNCHANGED, 0, [])


def test_a_version_bump_without_managed_change_is_rebased() -> None:
    world, eu = stage(name="Old")
    plan = world.plan(TAX)
    eu.edit(TAX, "creator.company", "Foreign Ltd")
    (outcome,) = world.apply(plan)
    assert (outcome.status, outcome.done, outcome.requests) == (Status.REBASED, (NAME,), 3)
    assert eu.of(TAX, "creator.company") == Known("Foreign Ltd")
    assert [intent.version for intent in world.journal.intents] == [1, 2]


def test_a_foreign_edit_of_a_planned_field_is_stale_and_survives() -> None:
    world, eu = stage(name="Old")
    plan = world.plan(TAX)
    eu.edit(TAX, "name", "Theirs")
    (outcome,) = world.apply(plan)
    assert (outcome.status, outcome.done, outcome.left) == (Status.STALE, (), (NAME,))
    assert outcome.fields == (
        FieldReport(path="name", planned=Known("Old"), now=Known("Theirs"), wanted=Known("Acme Tax")),
    )
    assert eu.of(TAX, "name") == Known("Theirs")
    assert len(eu.writes) == 1


def test_a_foreign_edit_of_a_managed_field_that_was_right_is_stale() -> None:
    world, eu = stage(name="Old")
    plan = world.plan(TAX)
    eu.edit(TAX, "description", "Theirs")
    (outcome,) = world.apply(plan)
    assert (outcome.status, [report.path for report in outcome.fields]) == (Status.STALE, ["description"])
    assert eu.of(TAX, "name") == Known("Old")


def test_when_others_did_a_part_the_rest_is_applied() -> None:
    world, eu = stage(name="Old", description="Old")
    plan = world.plan(TAX)
    eu.edit(TAX, "name", "Acme Tax")
    (outcome,) = world.apply(plan)
    assert (outcome.status, outcome.done, outcome.left) == (Status.REBASED, (ABOUT,), ())
    assert eu.writes[-1] == ("acme-tax", (ABOUT,))


def test_when_others_did_everything_nothing_more_is_sent() -> None:
    world, eu = stage(name="Old")
    plan = world.plan(TAX)
    eu.edit(TAX, "name", "Acme Tax")
    (outcome,) = world.apply(plan)
    assert (outcome.status, outcome.done, outcome.left) == (Status.UNCHANGED, (), ())
    assert len(eu.writes) == 1


def test_a_member_that_others_added_after_the_plan_is_not_removed() -> None:
    manifest = connector("acme-tax", {**SPEC, "privateProjects": ["europe-west1.gcp:one", "europe-west1.gcp:two"]})
    eu = Target()
    eu.hold(manifest, privateProjects=Members(("europe-west1.gcp:one",)))
    world = scene(eu)
    plan = world.plan(manifest)
    assert [p.action for p in plan.resources[0].actions] == [AddMember("privateProjects", "europe-west1.gcp:two")]
    eu.edit(manifest, "privateProjects", Members(("europe-west1.gcp:one", "europe-west1.gcp:three")))
    (outcome,) = world.apply(plan)
    assert outcome.status is Status.STALE
    assert eu.of(manifest, "privateProjects") == Known(Members(("europe-west1.gcp:one", "europe-west1.gcp:three")))


def test_a_draft_that_keeps_changing_is_given_up_after_the_rounds() -> None:
    world, eu = stage(name="Old")
    plan = world.plan(TAX)
    eu.faults = [after_edit(TAX, "creator.company", f"Edit {n}") for n in range(9)]
    (outcome,) = world.apply(plan, ApplyOptions(rounds=5))
    assert (outcome.status, outcome.left, len(eu.writes)) == (Status.STALE, (NAME,), 6)
    assert "6 attempts" in outcome.message


def test_a_draft_that_is_gone_is_stale_and_not_created() -> None:
    world, eu = stage(name="Old")
    plan = world.plan(TAX)
    del eu.live[TAX.identity]
    (outcome,) = world.apply(plan)
    assert (outcome.status, eu.live) == (Status.STALE, {})
    assert outcome.message.startswith("It no longer exists.")


def test_a_draft_that_became_busy_is_deferred() -> None:
    world, eu = stage(name="Old")
    plan = world.plan(TAX)
    live = eu.live[TAX.identity]
    assert live.lifecycle is not None
    eu.live[TAX.identity] = replace(live, version=2, lifecycle=replace(live.lifecycle, status="Processing"))
    (outcome,) = world.apply(plan)
    assert (outcome.status, outcome.left) == (Status.DEFERRED, (NAME,))


def test_a_refusal_because_it_is_busy_is_deferred() -> None:
    world, eu = stage(name="Old")
    eu.faults = [refusing(Busy("It is being processed."))]
    (outcome,) = world.apply(world.plan(TAX))
    assert (outcome.status, outcome.message) == (Status.DEFERRED, "It is being processed.")


def test_any_refusal_is_deferred_if_the_resource_proves_to_be_busy() -> None:
    """The code of a refusal during a publish is not documented."""
    world, eu = stage(name="Old")

    def refuse(target: Target, _: object) -> None:
        target.move(TAX.identity, status="Processing")
        raise Rejected("Something odd.", status=400, code="Odd", messages=["something odd"])

    eu.faults = [refuse]
    (outcome,) = world.apply(world.plan(TAX))
    assert (outcome.status, outcome.details, outcome.left) == (Status.DEFERRED, ("something odd",), (NAME,))


def test_a_write_whose_answer_was_lost_after_the_commit_is_found_by_reading() -> None:
    world, eu = stage(name="Old")
    eu.faults = [lost_after]
    (outcome,) = world.apply(world.plan(TAX))
    assert (outcome.status, outcome.done, len(eu.writes), eu.reads) == (Status.APPLIED, (NAME,), 1, 1)
    assert [e.ending for _, e in world.journal.endings] == [Ending.UNKNOWN, Ending.APPLIED]


def test_a_write_that_was_lost_before_the_commit_is_sent_again_after_reading() -> None:
    world, eu = stage(name="Old")
    eu.faults = [lost_before]
    (outcome,) = world.apply(world.plan(TAX))
    assert (outcome.status, outcome.done, len(eu.writes), eu.reads) == (Status.APPLIED, (NAME,), 2, 1)
    assert [(n, e.ending) for n, e in world.journal.endings] == [
        (1, Ending.UNKNOWN),
        (2, Ending.APPLIED),
        (1, Ending.FAILED),
    ]


def test_a_lost_write_that_others_undid_stays_unknown_on_record() -> None:
    """A reading that shows the old value does not exclude a write that was applied and undone before it."""
    world, eu = stage(name="Old")

    def taken_and_undone(target: Target, commit: Callable[[], Live | None]) -> Live | None:
        commit()
        target.edit(TAX, "name", "Old")
        raise OutcomeUnknown("Connection reset.")

    eu.faults = [taken_and_undone]
    (outcome,) = world.apply(world.plan(TAX))
    assert (outcome.status, [intent.version for intent in world.journal.intents]) == (Status.REBASED, [1, 3])
    assert [(n, e.ending) for n, e in world.journal.endings] == [(1, Ending.UNKNOWN), (2, Ending.APPLIED)]


def test_a_reading_does_not_show_which_of_two_lost_writes_was_applied() -> None:
    """Either of the two may have been applied: only an answer to one of them would show which."""
    world, eu = stage(name="Old")
    eu.faults = [lost_before, lost_after]
    (outcome,) = world.apply(world.plan(TAX))
    assert outcome.status is Status.APPLIED
    assert [(n, e.ending) for n, e in world.journal.endings] == [
        (1, Ending.UNKNOWN),
        (2, Ending.UNKNOWN),
        (2, Ending.APPLIED),
    ]


def test_a_lost_write_that_arrives_late_counts_as_done() -> None:
    """The reading after the loss still shows the old state; the repetition then meets the first write's version."""
    world, eu = stage(name="Old")
    plan = world.plan(TAX)
    eu.readings = [eu.live[TAX.identity]]
    eu.faults = [lost_after]
    (outcome,) = world.apply(plan)
    assert (outcome.status, outcome.done, outcome.left, len(eu.writes)) == (Status.APPLIED, (NAME,), (), 2)


def test_a_write_whose_answers_are_all_lost_is_unknown() -> None:
    world, eu = stage(name="Old")
    eu.faults = [lost_before] * 9
    (outcome,) = world.apply(world.plan(TAX), ApplyOptions(rounds=2))
    assert (outcome.status, outcome.left, len(eu.writes)) == (Status.UNKNOWN, (NAME,), 3)


def test_a_lost_write_that_cannot_be_read_is_unknown() -> None:
    world, eu = stage(name="Old")
    eu.faults = [lost_after]
    eu.readings = [Unreadable(Unavailable("No answer."))]
    (outcome,) = world.apply(world.plan(TAX))
    assert (outcome.status, outcome.left) == (Status.UNKNOWN, (NAME,))
    assert "No answer." in outcome.details
    assert world.journal.endings[-1][1].ending is Ending.UNKNOWN


def test_a_lost_write_to_what_others_then_changed_is_unknown() -> None:
    world, eu = stage(name="Old")
    eu.faults = [after_edit(TAX, "name", "Theirs", lost_before)]
    (outcome,) = world.apply(world.plan(TAX))
    assert (outcome.status, outcome.left, [r.path for r in outcome.fields]) == (Status.UNKNOWN, (NAME,), ["name"])
    assert len(eu.writes) == 1


def test_a_value_that_the_platform_drops_fails_with_its_name() -> None:
    world, eu = stage(name="Old", description="Old")
    eu.faults = [storing(TAX, "description", "Old")]
    (outcome,) = world.apply(world.plan(TAX))
    assert (outcome.status, outcome.done, outcome.left) == (Status.FAILED, (NAME,), (ABOUT,))
    (report,) = outcome.fields
    assert (report.path, report.now, report.wanted) == ("description", Known("Old"), Known("Taxes"))
    assert "kept the old value" in report.note


def test_a_value_that_the_platform_rewrites_is_named_as_one_that_would_loop() -> None:
    world, eu = stage(name="Old")
    eu.faults = [storing(TAX, "name", "ACME TAX")]
    (outcome,) = world.apply(world.plan(TAX))
    (report,) = outcome.fields
    assert (outcome.status, report.now) == (Status.FAILED, Known("ACME TAX"))
    assert "come back at every run" in report.note


def test_a_rejection_has_the_platforms_messages() -> None:
    world, eu = stage(name="Old")
    eu.faults = [refusing(Rejected("Not valid.", status=400, code="InvalidJsonInput", messages=["name is too long"]))]
    (outcome,) = world.apply(world.plan(TAX))
    assert (outcome.status, outcome.message, outcome.details, outcome.left) == (
        Status.FAILED,
        "Not valid.",
        ("name is too long",),
        (NAME,),
    )


def test_what_a_platform_applied_before_it_refused_is_counted_as_done() -> None:
    world, eu = stage(name="Old", description="Old")
    plan = world.plan(TAX)
    eu.faults = [after_edit(TAX, "name", "Acme Tax", refusing(Rejected("Not valid.")))]
    (outcome,) = world.apply(plan)
    assert (outcome.status, outcome.done, outcome.left) == (Status.FAILED, (NAME,), (ABOUT,))


@pytest.mark.parametrize("error", [Unavailable("503 for ever."), NotFound("Not there.", status=404)])
def test_a_conflict_without_a_visible_change_leaves_the_action_to_do(error: Exception) -> None:
    world, eu = stage(name="Old")
    eu.faults = [refusing(error)] * 9
    (outcome,) = world.apply(world.plan(TAX))
    assert (outcome.done, outcome.left) == ((), (NAME,))
    assert outcome.status in {Status.FAILED, Status.STALE}


def test_a_draft_that_cannot_be_read_after_a_conflict_fails() -> None:
    world, eu = stage(name="Old")
    plan = world.plan(TAX)
    eu.edit(TAX, "creator.company", "Foreign Ltd")
    eu.readings = [Unreadable(Unavailable("No answer."))]
    (outcome,) = world.apply(plan)
    assert (outcome.status, outcome.message, outcome.left) == (Status.FAILED, "No answer.", (NAME,))


def test_a_missing_resource_after_a_lost_update_is_no_success() -> None:
    world, eu = stage(name="Old")
    eu.faults = [lost_after]
    eu.readings = [Missing()]
    (outcome,) = world.apply(world.plan(TAX))
    assert (outcome.status, outcome.done) == (Status.UNKNOWN, ())

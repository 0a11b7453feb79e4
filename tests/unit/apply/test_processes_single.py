"""Process actions are sent and awaited."""

from collections.abc import Callable

import pytest

from trueup.apply.context import ApplyOptions, Finished
from trueup.apply.run import StopSignal
from trueup.errors import Busy, OutcomeUnknown, Rejected, Unavailable
from trueup.model.action import AddComment, Publish, RequestPreview, SetValue, Unlist
from trueup.model.live import Live, ReportEntry, Unreadable
from trueup.model.manifest import LifecycleSpec, Manifest, PublishTo
from trueup.model.run import Ending, Status
from trueup.model.value import Known
from trueup.model.wait import WaitBegan, WaitEnded
from unit.apply.fakes import (
    SPEC,
    Scene,
    Target,
    connector,
    lost_after,
    lost_before,
    refusing,
    scene,
)

PREVIEW = connector("acme-tax", lifecycle=LifecycleSpec(previewable=True))
PUBLISH = connector("acme-tax", lifecycle=LifecycleSpec(publish=PublishTo.PRIVATE))
CERTIFY = connector("acme-tax", lifecycle=LifecycleSpec(publish=PublishTo.CERTIFIED))
PENDING: dict[str, object] = {"previewable": "pending"}
GRANTED: dict[str, object] = {"previewable": "true"}
PROCESSING: dict[str, object] = {"status": "Processing"}
PUBLISHED: dict[str, object] = {"status": "Published", "has_changes": False, "listed": True}
REPORT = (ReportEntry(kind="Error", title="Connector image build check failed", message="no such file"),)


def stage(manifest: Manifest, *states: dict[str, object], **changed: str) -> tuple[Scene, Target]:
    eu = Target(states=[list(states)])
    eu.hold(manifest, **changed)
    return scene(eu), eu


def sent(eu: Target) -> list[tuple[object, ...]]:
    return [actions for _, actions in eu.writes]


def test_a_preview_is_awaited_until_it_is_granted() -> None:
    world, eu = stage(PREVIEW, PENDING, PENDING, GRANTED)
    (outcome,) = world.apply(world.plan(PREVIEW))
    assert (outcome.status, outcome.done, outcome.left) == (Status.APPLIED, (RequestPreview(),), ())
    assert sent(eu) == [(RequestPreview(),)]
    assert world.clock.slept == [1.0, 1.5]
    waits = [event.wait for event in world.events if isinstance(event, WaitBegan)]
    assert [(w.subject, w.cause, w.detail, w.most) for w in waits] == [
        ("eu: Connector acme-tax", "preview pending", "isPreviewable pending", 1800.0)
    ] * 2
    assert len({wait.key for wait in waits}) == 1
    assert [event.key for event in world.events if isinstance(event, WaitEnded)] == [waits[0].key]


def test_field_actions_come_first_and_the_process_carries_the_version_after_them() -> None:
    world, eu = stage(PUBLISH, PROCESSING, PUBLISHED, name="Old")
    (outcome,) = world.apply(world.plan(PUBLISH))
    assert outcome.status is Status.APPLIED
    assert sent(eu) == [(SetValue("name", "Acme Tax"),), (Publish(certification=False),)]
    assert [intent.version for intent in world.journal.intents] == [1, 2]


def test_a_second_plan_after_publishing_is_empty() -> None:
    world, _ = stage(PUBLISH, PROCESSING, PUBLISHED, name="Old")
    world.apply(world.plan(PUBLISH))
    assert world.plan(PUBLISH).resources[0].actions == ()


def test_a_creation_is_previewed_and_published_in_one_run() -> None:
    manifest = connector("acme-tax", lifecycle=LifecycleSpec(previewable=True, publish=PublishTo.PRIVATE))
    eu = Target(states=[[PENDING, GRANTED], [PROCESSING, PUBLISHED]])
    world = scene(eu)
    (outcome,) = world.apply(world.plan(manifest))
    assert (outcome.status, outcome.left) == (Status.APPLIED, ())
    assert [type(actions[0]).__name__ for actions in sent(eu)] == ["Create", "RequestPreview", "Publish"]


def test_being_in_certification_is_what_a_certified_publish_asks_for() -> None:
    world, _ = stage(CERTIFY, PROCESSING, {"status": "ReadyForCertification"})
    (outcome,) = world.apply(world.plan(CERTIFY))
    assert outcome.status is Status.APPLIED


def test_a_rejected_preview_fails_with_every_report_entry() -> None:
    world, _ = stage(PREVIEW, PENDING, {"previewable": "false", "preview_report": REPORT})
    (outcome,) = world.apply(world.plan(PREVIEW))
    assert (outcome.status, outcome.left) == (Status.FAILED, (RequestPreview(),))
    assert outcome.details == ("Error Connector image build check failed: no such file",)


def test_a_failed_publish_fails_with_every_report_entry() -> None:
    world, _ = stage(PUBLISH, PROCESSING, {"status": "Failed", "publish_report": REPORT})
    (outcome,) = world.apply(world.plan(PUBLISH))
    assert (outcome.status, outcome.details) == (
        Status.FAILED,
        ("Error Connector image build check failed: no such file",),
    )


def test_running_out_of_time_is_neither_success_nor_rejection() -> None:
    world, _ = stage(PREVIEW, *[PENDING] * 99)
    (outcome,) = world.apply(world.plan(PREVIEW), ApplyOptions(wait_seconds=60))
    assert (outcome.status, outcome.left, world.clock.time) == (Status.DEFERRED, (RequestPreview(),), 60.0)
    assert "still isPreviewable pending after 60 s" in outcome.message


def test_a_preview_is_awaited_for_half_an_hour_with_growing_pauses() -> None:
    world, _ = stage(PREVIEW, *[PENDING] * 999)
    world.apply(world.plan(PREVIEW))
    assert world.clock.time == 1800.0
    assert max(world.clock.slept) == 30.0


def test_without_waiting_the_process_is_only_started() -> None:
    world, _ = stage(PREVIEW, PENDING, GRANTED)
    (outcome,) = world.apply(world.plan(PREVIEW), ApplyOptions(wait=False))
    assert (outcome.status, world.clock.slept) == (Status.DEFERRED, [])


def test_a_stop_ends_the_wait_and_not_the_process() -> None:
    world, eu = stage(PREVIEW, *[PENDING] * 9)
    stop = StopSignal()
    eu.on_read = lambda target: stop.request() if target.reads == 3 else None
    (outcome,) = world.apply(world.plan(PREVIEW), stop=stop)
    assert (outcome.status, len(eu.writes)) == (Status.DEFERRED, 1)
    assert "asked to stop" in outcome.message


def test_a_process_is_not_started_after_a_request_to_stop() -> None:
    world, eu = stage(PUBLISH, name="Old")
    stop = StopSignal()

    def ask(_: Target, commit: Callable[[], Live | None]) -> Live | None:
        stop.request()
        return commit()

    eu.faults = [ask]
    (outcome,) = world.apply(world.plan(PUBLISH), stop=stop)
    assert (outcome.status, outcome.done, outcome.left) == (
        Status.SKIPPED,
        (SetValue("name", "Acme Tax"),),
        (Publish(certification=False),),
    )


def test_a_stop_after_a_lost_answer_leaves_it_unknown() -> None:
    """The request may still arrive, even if a reading shows no effect yet."""
    world, eu = stage(PREVIEW)
    stop = StopSignal()

    def lose(_: Target, __: Callable[[], Live | None]) -> Live | None:
        stop.request()
        raise OutcomeUnknown("Connection reset.")

    eu.faults = [lose]
    (outcome,) = world.apply(world.plan(PREVIEW), stop=stop)
    assert (outcome.status, outcome.left, len(eu.writes)) == (Status.UNKNOWN, (RequestPreview(),), 1)


def test_a_lost_answer_is_recognised_by_the_status() -> None:
    world, eu = stage(PUBLISH, PROCESSING, PROCESSING, PUBLISHED)
    eu.faults = [lost_after]
    (outcome,) = world.apply(world.plan(PUBLISH))
    assert (outcome.status, len(eu.writes)) == (Status.APPLIED, 1)
    assert [e.ending for _, e in world.journal.endings] == [Ending.UNKNOWN, Ending.APPLIED]


def test_a_process_that_never_arrived_is_sent_again() -> None:
    world, eu = stage(PREVIEW, PENDING, GRANTED)
    eu.faults = [lost_before]
    (outcome,) = world.apply(world.plan(PREVIEW))
    assert outcome.status is Status.APPLIED
    assert sent(eu) == [(RequestPreview(),)] * 2


def test_a_lost_process_that_cannot_be_read_is_unknown() -> None:
    world, eu = stage(PREVIEW, PENDING)
    eu.faults = [lost_after]
    eu.readings = [eu.live[PREVIEW.identity], Unreadable(Unavailable("No answer."))]
    (outcome,) = world.apply(world.plan(PREVIEW))
    assert (outcome.status, outcome.left) == (Status.UNKNOWN, (RequestPreview(),))


def test_a_lost_process_that_left_an_odd_state_is_unknown() -> None:
    world, eu = stage(PREVIEW, {"previewable": "perhaps"})
    eu.faults = [lost_after]
    (outcome,) = world.apply(world.plan(PREVIEW))
    assert (outcome.status, len(eu.writes), world.clock.slept) == (Status.UNKNOWN, 1, [])


def test_a_process_whose_end_cannot_be_read_is_unknown() -> None:
    world, eu = stage(PREVIEW, PENDING)
    eu.readings = [eu.live[PREVIEW.identity], *[Unreadable(Unavailable("No answer."))] * 99]
    (outcome,) = world.apply(world.plan(PREVIEW), ApplyOptions(wait_seconds=20))
    assert (outcome.status, outcome.details) == (Status.UNKNOWN, ("No answer.",))


def test_a_preview_is_asked_for_after_the_change_that_reset_it() -> None:
    """It was planned from a granted preview, which the new repository has revoked, as expected."""
    old = connector("acme-tax", {**SPEC, "repository": {"url": "git@github.com:acme/tax.git", "tag": "v0.9.0"}})
    world, eu = stage(old, PENDING, GRANTED)
    eu.move(old.identity, **GRANTED)

    def reset(target: Target, commit: Callable[[], Live | None]) -> Live | None:
        commit()
        target.move(old.identity, previewable="none")
        return target.live[old.identity]

    eu.faults = [reset]
    (outcome,) = world.apply(world.plan(PREVIEW))
    assert (outcome.status, [type(a[0]).__name__ for a in sent(eu)]) == (
        Status.APPLIED,
        ["SetParts", "RequestPreview"],
    )


def test_a_reading_that_fails_while_waiting_is_no_end() -> None:
    world, eu = stage(PREVIEW, PENDING, GRANTED)
    eu.readings = [eu.live[PREVIEW.identity], Unreadable(Unavailable("No answer."))]
    (outcome,) = world.apply(world.plan(PREVIEW))
    assert outcome.status is Status.APPLIED


def test_an_undocumented_state_is_unknown_in_the_end() -> None:
    odd: dict[str, object] = {"previewable": "perhaps"}
    world, _ = stage(PREVIEW, *[odd] * 99)
    (outcome,) = world.apply(world.plan(PREVIEW), ApplyOptions(wait_seconds=20))
    assert (outcome.status, "perhaps" in outcome.message) == (Status.UNKNOWN, True)


def test_an_answer_that_shows_the_old_state_does_not_end_the_wait() -> None:
    """The answer still shows the earlier publish: the pipeline has not started yet."""
    published: dict[str, object] = {
        "status": "Published",
        "has_changes": True,
        "listed": True,
        "publish_report": REPORT,
    }
    world, eu = stage(PUBLISH, {}, {}, PROCESSING, {"status": "Failed"})
    eu.move(PUBLISH.identity, **published)
    (outcome,) = world.apply(world.plan(PUBLISH))
    assert outcome.status is Status.FAILED


def test_a_preview_that_already_runs_is_awaited() -> None:
    """Another writer requested it a moment before."""
    world, eu = stage(PREVIEW, PENDING, PENDING, GRANTED)

    def running(_: Target, commit: Callable[[], Live | None]) -> Live | None:
        commit()
        raise Busy("Under way.", code="ConnectorStagedPreviewRequestUnderProcess")

    eu.faults = [running]
    (outcome,) = world.apply(world.plan(PREVIEW))
    assert (outcome.status, len(eu.writes)) == (Status.APPLIED, 1)


def test_what_is_certified_already_is_done() -> None:
    world, eu = stage(CERTIFY)
    eu.move(CERTIFY.identity, **PUBLISHED, private=False)
    eu.move(CERTIFY.identity, has_changes=True)
    eu.faults = [refusing(Rejected("Already.", code="ConnectorAlreadyCertified"))]
    (outcome,) = world.apply(world.plan(CERTIFY))
    assert outcome.status is Status.APPLIED


def test_a_foreign_edit_before_publishing_stops_it() -> None:
    world, eu = stage(PUBLISH, PROCESSING)
    plan = world.plan(PUBLISH)
    eu.edit(PUBLISH, "name", "Theirs")
    (outcome,) = world.apply(plan)
    assert (outcome.status, eu.writes) == (Status.STALE, [])


def test_a_foreign_edit_between_the_fields_and_the_publish_stops_the_publish() -> None:
    world, eu = stage(PUBLISH, PROCESSING, name="Old")

    def interfere(target: Target) -> None:
        if target.reads == 1:
            target.edit(PUBLISH, "description", "Theirs")

    eu.on_read = interfere
    (outcome,) = world.apply(world.plan(PUBLISH))
    assert (outcome.status, outcome.done, outcome.left) == (
        Status.STALE,
        (SetValue("name", "Acme Tax"),),
        (Publish(certification=False),),
    )
    assert eu.of(PUBLISH, "description") == Known("Theirs")


def test_a_version_bump_before_publishing_is_rebased() -> None:
    world, eu = stage(PUBLISH, PROCESSING, PUBLISHED)
    plan = world.plan(PUBLISH)
    eu.move(PUBLISH.identity)
    (outcome,) = world.apply(plan)
    assert (outcome.status, [i.version for i in world.journal.intents]) == (Status.REBASED, [2])


def test_a_conflict_while_publishing_is_rebased() -> None:
    world, eu = stage(PUBLISH, PROCESSING, PUBLISHED)

    def touched(target: Target, commit: Callable[[], Live | None]) -> Live | None:
        target.move(PUBLISH.identity)
        return commit()

    eu.faults = [touched]
    (outcome,) = world.apply(world.plan(PUBLISH))
    assert (outcome.status, len(eu.writes)) == (Status.REBASED, 2)


def test_new_content_is_published_although_the_old_had_failed() -> None:
    world, eu = stage(PUBLISH, PROCESSING, PUBLISHED, name="Old")
    eu.move(PUBLISH.identity, status="Failed")
    (outcome,) = world.apply(world.plan(PUBLISH))
    assert (outcome.status, len(eu.writes)) == (Status.APPLIED, 2)


def test_a_new_repository_is_previewed_once_even_where_the_old_preview_stays() -> None:
    manifest = connector("acme-tax", lifecycle=LifecycleSpec(previewable=True, certification_comments=("Ready.",)))
    old = connector("acme-tax", {**SPEC, "repository": {"url": "git@github.com:acme/tax.git", "tag": "v0.9.0"}})
    world, eu = stage(old)
    eu.states = [[PENDING, GRANTED], [{"comments": ("Ready.",)}]]
    eu.move(old.identity, **GRANTED)
    (outcome,) = world.apply(world.plan(manifest))
    assert (outcome.status, outcome.left) == (Status.APPLIED, ())
    assert [type(actions[0]).__name__ for actions in sent(eu)] == ["SetParts", "RequestPreview", "AddComment"]


def test_comments_and_unlisting_take_effect_at_once() -> None:
    manifest = connector("acme-tax", lifecycle=LifecycleSpec(listed=False, certification_comments=("Ready.",)))
    world, eu = stage(manifest)
    eu.states = [[{"listed": False}], [{"comments": ("Ready.",)}]]
    eu.move(manifest.identity, listed=True, private=False)
    (outcome,) = world.apply(world.plan(manifest))
    assert (outcome.status, outcome.done) == (Status.APPLIED, (Unlist(), AddComment("Ready.")))


def test_a_comment_that_is_not_stored_fails() -> None:
    manifest = connector("acme-tax", lifecycle=LifecycleSpec(certification_comments=("Ready.",)))
    world, _ = stage(manifest, *[{}] * 99)
    (outcome,) = world.apply(world.plan(manifest), ApplyOptions(readback_seconds=4))
    assert (outcome.status, world.clock.time) == (Status.FAILED, 4.0)
    assert "no effect" in outcome.message


def test_a_draft_that_is_not_found_any_more_was_deleted() -> None:
    world, eu = stage(PREVIEW, PENDING)
    eu.on_read = lambda target: target.live.clear() if target.reads == 2 else None
    (outcome,) = world.apply(world.plan(PREVIEW))
    assert (outcome.status, "was deleted" in outcome.message) == (Status.UNKNOWN, True)


def test_a_waiting_resource_releases_its_permit() -> None:
    others = [connector(f"acme-zoo-{n}") for n in range(3)]
    world, eu = stage(PREVIEW, *[PENDING] * 50, GRANTED)
    for other in others:
        eu.hold(other, name="Old")
    outcomes = world.apply(world.plan(PREVIEW, *others), ApplyOptions(concurrency=1))
    assert {o.status for o in outcomes} == {Status.APPLIED}
    names = ["acme-zoo-0", "acme-zoo-1", "acme-zoo-2"]
    assert [key for key, _ in eu.writes] == ["acme-tax", *names]
    ended = [event.outcome.identity.value for event in world.events if isinstance(event, Finished)]
    assert ended == [*names, "acme-tax"]


@pytest.mark.parametrize("rounds", [0, 2])
def test_a_process_whose_answers_are_all_lost_is_unknown(rounds: int) -> None:
    world, eu = stage(PREVIEW)
    eu.faults = [lost_before] * 9
    (outcome,) = world.apply(world.plan(PREVIEW), ApplyOptions(rounds=rounds))
    assert (outcome.status, len(eu.writes)) == (Status.UNKNOWN, rounds + 1)

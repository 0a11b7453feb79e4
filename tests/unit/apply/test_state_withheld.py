"""An approved process that is not sent is reported, unless its result is already there."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from trueup.apply.state import DRIFTED
from trueup.model.action import Publish, RequestPreview, SetValue
from trueup.model.live import Live
from trueup.model.manifest import LifecycleSpec, PublishTo
from trueup.model.run import Status
from trueup.model.value import ABSENT, Known, Members
from unit.apply.fakes import DRAFT, SPEC, Fault, Target, connector, scene

PUBLISH = connector("acme-tax", lifecycle=LifecycleSpec(publish=PublishTo.PRIVATE))
NAME = SetValue("name", "Acme Tax")


def moving(status: str) -> Fault:
    """Change the state of the draft before its fields are written."""

    def fault(target: Target, commit: Callable[[], Live | None]) -> Live | None:
        commit()
        target.move(PUBLISH.identity, status=status)
        return target.live[PUBLISH.identity]

    return fault


@pytest.mark.parametrize("status", ["Suspended", "Processing", "InCertification"])
def test_a_publish_that_must_wait_is_deferred(status: str) -> None:
    eu = Target()
    eu.hold(PUBLISH, name="Old")
    eu.faults = [moving(status)]
    (outcome,) = scene(eu).apply(scene(eu).plan(PUBLISH))
    assert (outcome.status, outcome.done, outcome.left) == (Status.DEFERRED, (NAME,), (Publish(certification=False),))
    assert outcome.message


@pytest.mark.parametrize(("changed", "done"), [({}, ()), ({"name": "Old"}, (NAME,))])
def test_a_publish_in_an_undocumented_state_is_deferred_after_the_fields(
    changed: dict[str, str], done: tuple[SetValue, ...]
) -> None:
    eu = Target()
    eu.hold(PUBLISH, **changed)
    eu.move(PUBLISH.identity, status="Suspended")
    (outcome,) = scene(eu).apply(scene(eu).plan(PUBLISH))
    assert (outcome.status, outcome.done) == (Status.DEFERRED, done)
    assert "Suspended" in outcome.message


def test_a_publish_that_was_left_out_of_the_plan_and_is_no_longer_needed_leaves_nothing_open() -> None:
    eu = Target()
    eu.hold(PUBLISH, name="Old")
    eu.move(PUBLISH.identity, status="Suspended")
    plan = scene(eu).plan(PUBLISH)
    eu.faults = [moving("Published")]
    eu.live[PUBLISH.identity] = replace(eu.live[PUBLISH.identity], lifecycle=replace(DRAFT, status="Suspended"))
    (outcome,) = scene(eu).apply(plan)
    assert (outcome.status, outcome.done) == (Status.APPLIED, (NAME,))


def test_a_process_that_others_made_necessary_is_reported() -> None:
    hidden = connector("acme-tax", lifecycle=LifecycleSpec(previewable=True, listed=False))
    eu = Target(states=[[{"previewable": "true", "status": "Published", "listed": True, "private": False}]])
    eu.hold(hidden)
    (outcome,) = scene(eu).apply(scene(eu).plan(hidden))
    assert (outcome.status, outcome.done) == (Status.APPLIED, (RequestPreview(),))
    assert [(r.path, r.now, r.wanted) for r in outcome.fields] == [("lifecycle.listed", Known("true"), Known("false"))]


def test_a_publish_in_an_undocumented_state_is_deferred_even_if_others_keep_changing_fields() -> None:
    eu = Target()
    eu.hold(PUBLISH, name="Old")
    eu.move(PUBLISH.identity, status="Suspended")

    def changed_after(target: Target, commit: Callable[[], Live | None]) -> Live | None:
        commit()
        target.edit(PUBLISH, "description", "Theirs")
        return target.live[PUBLISH.identity]

    plan = scene(eu).plan(PUBLISH)
    eu.faults = [changed_after]
    (outcome,) = scene(eu).apply(plan)
    assert (outcome.status, outcome.done) == (Status.DEFERRED, (NAME,))


def test_a_certification_that_fails_within_the_run_is_a_failure() -> None:
    certify = connector(
        "acme-tax", lifecycle=LifecycleSpec(publish=PublishTo.CERTIFIED, certification_comments=("Please.",))
    )
    eu = Target(states=[[{"status": "InCertification"}], [{"status": "Failed", "comments": ("Please.",)}]])
    eu.hold(certify, name="Old")
    (outcome,) = scene(eu).apply(scene(eu).plan(certify))
    assert (outcome.status, Publish(certification=True) in outcome.done) == (Status.FAILED, True)
    assert "failed to publish" in outcome.message


def test_a_publish_that_others_have_finished_is_not_asked_for_again() -> None:
    eu = Target()
    eu.hold(PUBLISH)
    plan = scene(eu).plan(PUBLISH)
    eu.move(PUBLISH.identity, status="Published", listed=True)
    (outcome,) = scene(eu).apply(plan)
    assert (outcome.status, eu.writes) == (Status.UNCHANGED, [])


def test_a_publish_is_awaited_even_if_others_created_an_equal_draft() -> None:
    eu = Target(states=[[{"status": "Processing"}, {"status": "Processing"}, {"status": "Published", "listed": True}]])
    world = scene(eu)
    plan = world.plan(PUBLISH)
    eu.hold(PUBLISH)
    (outcome,) = world.apply(plan)
    assert (outcome.status, outcome.done) == (Status.REBASED, (Publish(certification=False),))
    assert eu.live[PUBLISH.identity].lifecycle == replace(DRAFT, status="Published", listed=True)


def test_nothing_is_published_once_others_have_set_a_field_that_no_action_can_empty() -> None:
    manifest = connector(
        "acme-tax",
        {**SPEC, "supportedRegions": []},
        lifecycle=LifecycleSpec(previewable=True, publish=PublishTo.PRIVATE),
    )
    eu = Target(states=[[{"previewable": "pending"}, {"previewable": "true"}], [{"status": "Published"}]])
    eu.hold(manifest)

    def set_regions(target: Target) -> None:
        if target.writes and target.of(manifest, "supportedRegions") == ABSENT:
            target.edit(manifest, "supportedRegions", Members(("europe-west1.gcp",)))

    eu.on_read = set_regions
    (outcome,) = scene(eu).apply(scene(eu).plan(manifest))
    assert (outcome.status, outcome.done) == (Status.BLOCKED, (RequestPreview(),))
    assert outcome.left == (Publish(certification=False),)
    assert "supportedRegions is [] in the manifest" in outcome.message
    assert [(report.path, report.note) for report in outcome.fields] == [("supportedRegions", DRIFTED)]

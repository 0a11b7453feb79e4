"""The draft that the plan was made from is previewed and published, without later changes by others."""

from collections.abc import Callable

import pytest

from trueup.model.action import Publish, RequestPreview
from trueup.model.field import Risk
from trueup.model.live import Live
from trueup.model.manifest import LifecycleSpec, Manifest, PublishTo
from trueup.model.run import Status
from trueup.model.value import ABSENT, Known
from unit.apply.fakes import DRAFT, Target, connector, scene
from unit.apply.test_processes_single import CERTIFY, GRANTED, PREVIEW, PROCESSING, PUBLISH, PUBLISHED, stage


@pytest.mark.parametrize("manifest", [PREVIEW, PUBLISH, CERTIFY])
@pytest.mark.parametrize("name", ["Acme Tax", "Old"])
def test_unmanaged_changes_since_the_plan_are_not_published(manifest: Manifest, name: str) -> None:
    world, eu = stage(manifest, name=name)
    plan = world.plan(manifest)
    eu.edit(manifest, "creator.company", "Foreign Ltd")
    (outcome,) = world.apply(plan)
    assert (outcome.status, outcome.done, plan.resources[0].actions[-1].action in outcome.left) == (
        Status.STALE,
        (),
        True,
    )
    (report,) = outcome.fields
    assert (report.path, report.planned, report.now) == ("creator.company", ABSENT, Known("Foreign Ltd"))
    assert eu.live[manifest.identity].lifecycle == DRAFT


def test_unmanaged_changes_during_the_preview_are_not_published() -> None:
    both = connector("acme-tax", lifecycle=LifecycleSpec(previewable=True, publish=PublishTo.PRIVATE))
    eu = Target(states=[[GRANTED]])
    eu.hold(both)

    def edited_after(target: Target, commit: Callable[[], Live | None]) -> Live | None:
        commit()
        target.edit(both, "creator.company", "Foreign Ltd")
        return target.live[both.identity]

    eu.faults = [edited_after]
    (outcome,) = scene(eu).apply(scene(eu).plan(both))
    assert (outcome.status, outcome.done, outcome.left) == (
        Status.STALE,
        (RequestPreview(),),
        (Publish(certification=False),),
    )


def test_a_draft_that_others_created_with_more_than_was_planned_is_not_published() -> None:
    eu = Target()
    world = scene(eu)
    plan = world.plan(PUBLISH)
    eu.hold(PUBLISH, creator__company="Foreign Ltd")
    (outcome,) = world.apply(plan)
    assert (outcome.status, eu.writes, [report.path for report in outcome.fields]) == (
        Status.STALE,
        [],
        ["creator.company"],
    )


def test_unmanaged_content_from_before_the_plan_is_published() -> None:
    world, _ = stage(PUBLISH, PROCESSING, PUBLISHED, creator__company="Foreign Ltd")
    plan = world.plan(PUBLISH)
    assert plan.resources[0].content["creator.company"] == Known("Foreign Ltd")
    (outcome,) = world.apply(plan)
    assert outcome.status is Status.APPLIED


def test_a_publish_that_would_hide_what_others_made_public_is_stale() -> None:
    world, eu = stage(PUBLISH)
    eu.move(PUBLISH.identity, status="Published", listed=True, has_changes=True)
    plan = world.plan(PUBLISH)
    assert plan.resources[0].actions[0].risk is Risk.VISIBLE
    eu.move(PUBLISH.identity, private=False)
    (outcome,) = world.apply(plan)
    assert (outcome.status, eu.writes) == (Status.STALE, [])

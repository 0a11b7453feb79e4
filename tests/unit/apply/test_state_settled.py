"""Changes that only this run's processes cause are not published again, in this run and in later ones."""

from dataclasses import replace
from pathlib import Path

import pytest

from trueup.apply.context import ApplyOptions
from trueup.apply.journal_file import FileJournal
from trueup.apply.last_applied import recall
from trueup.model.action import AddComment, Publish, RequestPreview, Unlist
from trueup.model.manifest import LifecycleSpec, Manifest, PublishTo
from trueup.model.plan import Plan, Verdict
from trueup.model.run import Outcome, Status
from unit.apply.fakes import Scene, Target, connector, kept

PREVIEWED = connector("acme-tax", lifecycle=LifecycleSpec(previewable=True, publish=PublishTo.PRIVATE))
CERTIFIED = connector("acme-tax", lifecycle=LifecycleSpec(publish=PublishTo.CERTIFIED, certification_comments=("Hi.",)))
OUT: dict[str, object] = {"status": "Published", "listed": True, "has_changes": False}
RAISED: list[dict[str, object]] = [{"previewable": "pending", "has_changes": True}, {"previewable": "true"}]
PUBLISHED: list[dict[str, object]] = [{"status": "Processing"}, {"status": "Published", "has_changes": False}]


def published(manifest: Manifest, **changed: object) -> Target:
    eu = Target()
    eu.hold(manifest)
    eu.move(manifest.identity, **{**OUT, **changed})
    return eu


def apply(
    eu: Target, manifest: Manifest, folder: Path | None, options: ApplyOptions | None = None
) -> tuple[Plan, Outcome]:
    """Plan and apply as one run, with the journals in this folder, or without any."""
    world, memory = Scene({"eu": eu}), {} if folder is None else recall(kept(folder)).memory
    plan = world.plan(manifest, memory=memory)
    if folder is not None:
        world = replace(world, journal=FileJournal(kept(folder)))  # type: ignore[arg-type]
    (outcome,) = world.apply(plan, options or ApplyOptions())
    return plan, outcome


def sent(eu: Target) -> list[object]:
    return [action for _, actions in eu.writes for action in actions]


def test_a_preview_of_what_is_published_is_no_reason_to_publish_again(tmp_path: Path) -> None:
    eu = published(PREVIEWED)
    eu.states = [[*RAISED]]
    _, outcome = apply(eu, PREVIEWED, tmp_path)
    assert (outcome.status, outcome.fields, outcome.settled) == (
        Status.APPLIED,
        (),
        eu.live[PREVIEWED.identity].version,
    )
    for _ in range(2):
        plan, _ = apply(eu, PREVIEWED, tmp_path)
        assert plan.resources[0].verdict is Verdict.UNCHANGED
    assert sent(eu) == [RequestPreview()]


def test_after_a_change_of_others_it_is_published_again(tmp_path: Path) -> None:
    eu = published(PREVIEWED)
    eu.states = [[*RAISED], [*PUBLISHED]]
    apply(eu, PREVIEWED, tmp_path)
    eu.edit(PREVIEWED, "creator.company", "Theirs")
    _, outcome = apply(eu, PREVIEWED, tmp_path)
    assert (outcome.status, sent(eu)) == (Status.APPLIED, [RequestPreview(), Publish(certification=False)])


def test_what_others_changed_while_the_preview_was_made_is_published(tmp_path: Path) -> None:
    eu = published(PREVIEWED)
    eu.states = [[*RAISED[:1], {"previewable": "pending"}, *RAISED[1:]], [*PUBLISHED]]
    eu.on_read = lambda target: target.edit(PREVIEWED, "creator.company", "Theirs") if target.reads == 2 else None
    _, outcome = apply(eu, PREVIEWED, tmp_path)
    assert outcome.settled is None
    plan, _ = apply(eu, PREVIEWED, tmp_path)
    assert [p.action for p in plan.resources[0].actions] == [Publish(certification=False)]


def test_without_a_journal_one_more_publish_is_sent() -> None:
    eu = published(PREVIEWED)
    eu.states = [[*RAISED], [*PUBLISHED]]
    for _ in range(4):
        plan, outcome = apply(eu, PREVIEWED, None)
        assert outcome.status in {Status.APPLIED, Status.UNCHANGED}
    assert (plan.resources[0].verdict, sent(eu)) == (
        Verdict.UNCHANGED,
        [RequestPreview(), Publish(certification=False)],
    )


@pytest.mark.parametrize("status", ["ReadyForCertification", "InCertification"])
def test_a_comment_of_this_run_during_certification_is_not_stale(tmp_path: Path, status: str) -> None:
    eu = published(CERTIFIED, status=status, private=False)
    eu.states = [[{"has_changes": True, "comments": ("Hi.",)}]]
    _, outcome = apply(eu, CERTIFIED, tmp_path)
    assert (outcome.status, outcome.fields, sent(eu)) == (Status.APPLIED, (), [AddComment("Hi.")])
    eu.move(CERTIFIED.identity, status="Published", has_changes=False)
    assert apply(eu, CERTIFIED, tmp_path)[0].resources[0].verdict is Verdict.UNCHANGED


def test_unlisting_what_was_certified_is_not_stale(tmp_path: Path) -> None:
    manifest = connector("acme-tax", lifecycle=LifecycleSpec(publish=PublishTo.CERTIFIED, listed=False))
    eu = published(manifest, private=False)
    eu.states = [[{"has_changes": True, "listed": False}]]
    _, outcome = apply(eu, manifest, tmp_path)
    assert (outcome.status, sent(eu)) == (Status.APPLIED, [Unlist()])
    assert apply(eu, manifest, tmp_path)[0].resources[0].verdict is Verdict.UNCHANGED


def test_changes_from_before_the_run_still_wait_to_be_published(tmp_path: Path) -> None:
    eu = published(PREVIEWED, has_changes=True)
    eu.states = [[*RAISED], [*PUBLISHED]]
    _, outcome = apply(eu, PREVIEWED, tmp_path)
    assert (outcome.status, sent(eu)) == (Status.APPLIED, [RequestPreview(), Publish(certification=False)])

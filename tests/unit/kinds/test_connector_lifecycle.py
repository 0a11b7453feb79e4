"""Process actions that are desired, needed, in progress or refused."""

from dataclasses import replace

import pytest

from trueup.kinds.connector.lifecycle import hold_fields, plan_processes
from trueup.kinds.processes import Processes
from trueup.model.action import AddComment, Level, ProcessAction, Publish, RequestPreview, SetParts, SetValue, Unlist
from trueup.model.field import Risk
from trueup.model.live import Lifecycle, ReportEntry
from trueup.model.manifest import LifecycleSpec, PublishTo
from trueup.model.value import Known

DRAFT = Lifecycle(status="Draft", previewable="none", private=True, listed=False, has_changes=True)
PUBLISHED = replace(DRAFT, status="Published", listed=True, has_changes=False)
CERTIFIED = replace(PUBLISHED, private=False)
REPORT = (
    ReportEntry(kind="Error", title="Image build failed", message="exit 1", application="app-1"),
    ReportEntry(kind="Information", title="SAST check succeeded"),
)
NEW_TAG = SetParts("repository", {"url": "git@github.com:acme/tax.git", "tag": "v2"})
NEW_NAME = SetValue("name", "Tax")

PREVIEW = LifecycleSpec(previewable=True)
PRIVATE = LifecycleSpec(publish=PublishTo.PRIVATE)
CERTIFY = LifecycleSpec(publish=PublishTo.CERTIFIED)


def sent(processes: Processes) -> list[ProcessAction]:
    return [step.action for step in processes.steps]


def codes(processes: Processes) -> list[str]:
    return [finding.code for finding in processes.findings]


def test_no_process_is_planned_by_default() -> None:
    assert plan_processes(LifecycleSpec(), PUBLISHED, [NEW_TAG]) == Processes()


def test_a_preview_is_asked_for_when_there_is_none() -> None:
    processes = plan_processes(PREVIEW, DRAFT)
    assert sent(processes) == [RequestPreview()]
    assert (processes.steps[0].before, processes.steps[0].after) == (Known("none"), Known("true"))
    assert processes.steps[0].risk is Risk.VISIBLE


def test_a_granted_preview_is_not_asked_for_again() -> None:
    assert plan_processes(PREVIEW, replace(DRAFT, previewable="true"), [NEW_NAME]) == Processes()


def test_a_new_repository_needs_a_new_preview() -> None:
    assert sent(plan_processes(PREVIEW, replace(DRAFT, previewable="true"), [NEW_TAG])) == [RequestPreview()]


@pytest.mark.parametrize(
    "live",
    [
        replace(DRAFT, previewable="pending"),
        replace(DRAFT, status="Processing"),
        replace(DRAFT, status="ReadyForCertification"),
        replace(DRAFT, status="InCertification"),
    ],
)
def test_a_preview_waits_while_the_platform_is_busy(live: Lifecycle) -> None:
    processes = plan_processes(PREVIEW, live)
    assert sent(processes) == []
    assert [(finding.level, finding.code) for finding in processes.deferred] == [(Level.NOTE, "busy")]


def test_a_rejected_preview_is_not_asked_for_again_and_the_whole_report_is_shown() -> None:
    processes = plan_processes(PREVIEW, replace(DRAFT, previewable="false", preview_report=REPORT))
    assert sent(processes) == []
    (finding,) = processes.findings
    assert (finding.level, finding.code) == (Level.BLOCKED, "preview-rejected")
    assert "Error Image build failed: exit 1 (app-1); Information SAST check succeeded" in finding.message


@pytest.mark.parametrize("action", [NEW_TAG, NEW_NAME])
def test_a_rejected_preview_is_asked_for_again_with_other_content(action: SetParts | SetValue) -> None:
    rejected = replace(DRAFT, previewable="false", preview_report=REPORT)
    assert sent(plan_processes(PREVIEW, rejected, [action])) == [RequestPreview()]


def test_a_rejected_process_is_requested_again_on_demand() -> None:
    rejected = replace(DRAFT, previewable="false", status="Failed")
    wanted = replace(PRIVATE, previewable=True)
    processes = plan_processes(wanted, rejected, retry_rejected=True)
    assert sent(processes) == [RequestPreview(), Publish(certification=False)]


def test_an_unknown_preview_state_is_reported_and_nothing_is_sent() -> None:
    processes = plan_processes(PREVIEW, replace(DRAFT, previewable="maybe"))
    assert (sent(processes), [finding.code for finding in processes.deferred]) == ([], ["unknown-state"])
    assert "maybe" in processes.deferred[0].message


@pytest.mark.parametrize("wanted", [PRIVATE, CERTIFY])
def test_a_draft_that_was_never_published_is_published(wanted: LifecycleSpec) -> None:
    certification = wanted is CERTIFY
    assert sent(plan_processes(wanted, DRAFT)) == [Publish(certification=certification)]
    assert sent(plan_processes(wanted, replace(DRAFT, has_changes=False))) == [Publish(certification=certification)]
    assert sent(plan_processes(wanted, None)) == [Publish(certification=certification)]


def test_an_unchanged_published_connector_is_not_published_again() -> None:
    assert plan_processes(PRIVATE, PUBLISHED) == Processes()
    assert plan_processes(CERTIFY, CERTIFIED) == Processes()


@pytest.mark.parametrize(
    "live", [replace(PUBLISHED, has_changes=True), replace(PUBLISHED, status="Draft", has_changes=True)]
)
def test_changes_since_the_last_publish_are_published(live: Lifecycle) -> None:
    assert sent(plan_processes(PRIVATE, live)) == [Publish(certification=False)]


def test_changes_that_are_about_to_be_sent_are_published() -> None:
    assert sent(plan_processes(PRIVATE, PUBLISHED, [NEW_NAME])) == [Publish(certification=False)]


def test_a_privately_published_connector_can_go_on_to_certification() -> None:
    assert sent(plan_processes(CERTIFY, PUBLISHED)) == [Publish(certification=True)]


def test_an_unlisted_connector_is_not_published_again_for_being_unlisted() -> None:
    unlisted = replace(CERTIFIED, status="Draft", listed=False, publish_report=REPORT)
    assert plan_processes(replace(CERTIFY, listed=False), unlisted) == Processes()


@pytest.mark.parametrize(
    ("wanted", "live", "risk"),
    [
        (CERTIFY, DRAFT, Risk.VISIBLE),
        (PRIVATE, DRAFT, Risk.VISIBLE),
        (PRIVATE, replace(CERTIFIED, has_changes=True), Risk.DESTRUCTIVE),
    ],
)
def test_making_a_public_connector_private_is_destructive(wanted: LifecycleSpec, live: Lifecycle, risk: Risk) -> None:
    assert [step.risk for step in plan_processes(wanted, live).steps] == [risk]


@pytest.mark.parametrize("wanted", [PRIVATE, CERTIFY])
def test_publishing_waits_while_a_publish_runs(wanted: LifecycleSpec) -> None:
    processes = plan_processes(wanted, replace(DRAFT, status="Processing"))
    assert (sent(processes), [finding.code for finding in processes.deferred]) == ([], ["busy"])


@pytest.mark.parametrize("status", ["ReadyForCertification", "InCertification"])
def test_a_certification_in_progress_is_not_requested_again(status: str) -> None:
    processes = plan_processes(CERTIFY, replace(DRAFT, status=status))
    assert (sent(processes), processes.deferred, codes(processes)) == ([], (), ["under-way"])


@pytest.mark.parametrize("status", ["ReadyForCertification", "InCertification"])
def test_publishing_other_content_waits_for_the_certification(status: str) -> None:
    live = replace(DRAFT, status=status)
    for wanted, actions in ((PRIVATE, []), (CERTIFY, [NEW_NAME])):
        processes = plan_processes(wanted, live, actions)
        assert (sent(processes), [finding.code for finding in processes.deferred]) == ([], ["busy"])


def test_a_failed_publish_is_not_sent_again_for_the_same_content() -> None:
    failed = replace(DRAFT, status="Failed", publish_report=REPORT)
    processes = plan_processes(PRIVATE, failed)
    assert (sent(processes), codes(processes)) == ([], ["publish-failed"])
    assert "Image build failed" in processes.findings[0].message
    assert "SAST check succeeded" in processes.findings[0].message
    assert sent(plan_processes(PRIVATE, failed, [NEW_NAME])) == [Publish(certification=False)]


def test_an_unknown_status_is_reported_and_nothing_is_sent() -> None:
    processes = plan_processes(PRIVATE, replace(DRAFT, status="Archived"))
    assert (sent(processes), [finding.code for finding in processes.deferred]) == ([], ["unknown-state"])


def test_only_a_listed_connector_is_unlisted() -> None:
    unlist = LifecycleSpec(listed=False)
    processes = plan_processes(unlist, CERTIFIED)
    assert sent(processes) == [Unlist()]
    assert processes.steps[0].risk is Risk.DESTRUCTIVE
    assert plan_processes(unlist, DRAFT) == Processes()


@pytest.mark.parametrize("status", ["Processing", "InCertification"])
def test_unlisting_waits_while_the_platform_is_busy(status: str) -> None:
    processes = plan_processes(LifecycleSpec(listed=False), replace(CERTIFIED, status=status))
    assert (sent(processes), [finding.code for finding in processes.deferred]) == ([], ["busy"])


def test_listing_without_publishing_cannot_be_reached() -> None:
    assert codes(plan_processes(LifecycleSpec(listed=True), DRAFT)) == ["cannot-list"]
    assert plan_processes(LifecycleSpec(listed=True), PUBLISHED) == Processes()
    assert sent(plan_processes(replace(CERTIFY, listed=True), DRAFT)) == [Publish(certification=True)]


def test_missing_comments_are_appended_once_each_in_order() -> None:
    wanted = LifecycleSpec(certification_comments=("b", "a", "b"))
    live = replace(DRAFT, status="InCertification", comments=("b", "else"))
    assert sent(plan_processes(wanted, live)) == [AddComment("a"), AddComment("b")]
    assert plan_processes(wanted, replace(live, comments=("b", "a", "b"))) == Processes()


def test_comments_wait_while_a_publish_runs() -> None:
    wanted = LifecycleSpec(certification_comments=("a",))
    assert sent(plan_processes(wanted, replace(DRAFT, status="Processing"))) == []


def test_all_process_actions_are_sent_in_a_fixed_order() -> None:
    wanted = LifecycleSpec(previewable=True, publish=PublishTo.CERTIFIED, listed=False, certification_comments=("a",))
    live = replace(CERTIFIED, has_changes=True)
    assert sent(plan_processes(wanted, live)) == [
        RequestPreview(),
        Unlist(),
        Publish(certification=True),
        AddComment("a"),
        Unlist(),
    ]


def test_one_reason_to_wait_is_reported_once() -> None:
    wanted = LifecycleSpec(previewable=True, publish=PublishTo.PRIVATE, certification_comments=("a",))
    assert len(plan_processes(wanted, replace(DRAFT, status="Processing")).deferred) == 1


@pytest.mark.parametrize(
    ("live", "held"),
    [
        (DRAFT, False),
        (PUBLISHED, False),
        (replace(DRAFT, status="Failed"), False),
        (replace(DRAFT, status="Processing"), True),
        (replace(DRAFT, status="ReadyForCertification"), True),
        (replace(DRAFT, status="InCertification"), True),
        (replace(DRAFT, previewable="pending"), True),
    ],
)
def test_fields_are_held_while_the_platform_is_busy(live: Lifecycle, held: bool) -> None:  # noqa: FBT001 - a table's column
    assert (hold_fields(live) is not None) is held


def test_only_the_certification_can_be_overridden() -> None:
    assert hold_fields(replace(DRAFT, status="InCertification"), during_certification=True) is None
    assert hold_fields(replace(DRAFT, status="Processing"), during_certification=True) is not None

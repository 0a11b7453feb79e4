"""The progress of a process action, from a fresh read."""

from dataclasses import replace

import pytest

from trueup.kinds.connector.states import progress, refusal
from trueup.kinds.processes import ProcessProgress
from trueup.model.action import AddComment, Delete, ProcessAction, Publish, RequestPreview, Unlist
from trueup.model.live import Lifecycle, ReportEntry

DRAFT = Lifecycle(status="Draft", previewable="none", private=True, listed=False, has_changes=True)
REPORT = (ReportEntry(kind="Error", title="Image build failed", created_at="2024-02-01T00:00:00Z"),)
PREVIEW = RequestPreview()
PRIVATE = Publish(certification=False)
CERTIFY = Publish(certification=True)


def after(action: ProcessAction, before: Lifecycle, now: Lifecycle | None, *, accepted: bool) -> ProcessProgress:
    return progress(action, before=before, now=now, accepted=accepted)


@pytest.mark.parametrize(
    ("action", "now", "lost", "accepted"),
    [
        (PREVIEW, {"previewable": "none"}, ProcessProgress.NOT_TAKEN, ProcessProgress.REJECTED),
        (PREVIEW, {"previewable": "pending"}, ProcessProgress.RUNNING, ProcessProgress.RUNNING),
        (PREVIEW, {"previewable": "true"}, ProcessProgress.SUCCEEDED, ProcessProgress.SUCCEEDED),
        (PREVIEW, {"previewable": "false"}, ProcessProgress.REJECTED, ProcessProgress.REJECTED),
        (PREVIEW, {"previewable": "odd"}, ProcessProgress.UNDECIDED, ProcessProgress.UNDECIDED),
        (PRIVATE, {"status": "Draft"}, ProcessProgress.NOT_TAKEN, ProcessProgress.REJECTED),
        (PRIVATE, {"status": "Processing"}, ProcessProgress.RUNNING, ProcessProgress.RUNNING),
        (PRIVATE, {"status": "Published"}, ProcessProgress.SUCCEEDED, ProcessProgress.SUCCEEDED),
        (PRIVATE, {"status": "Failed"}, ProcessProgress.REJECTED, ProcessProgress.REJECTED),
        (PRIVATE, {"status": "InCertification"}, ProcessProgress.NOT_TAKEN, ProcessProgress.NOT_TAKEN),
        (PRIVATE, {"status": "odd"}, ProcessProgress.UNDECIDED, ProcessProgress.UNDECIDED),
        (CERTIFY, {"status": "Processing"}, ProcessProgress.RUNNING, ProcessProgress.RUNNING),
        (CERTIFY, {"status": "ReadyForCertification"}, ProcessProgress.SUCCEEDED, ProcessProgress.SUCCEEDED),
        (CERTIFY, {"status": "InCertification"}, ProcessProgress.SUCCEEDED, ProcessProgress.SUCCEEDED),
        (CERTIFY, {"status": "Published", "private": False}, ProcessProgress.SUCCEEDED, ProcessProgress.SUCCEEDED),
        (CERTIFY, {"status": "Published"}, ProcessProgress.NOT_TAKEN, ProcessProgress.NOT_TAKEN),
        (PRIVATE, {"status": "Published", "private": False}, ProcessProgress.NOT_TAKEN, ProcessProgress.NOT_TAKEN),
        (CERTIFY, {"status": "Failed"}, ProcessProgress.REJECTED, ProcessProgress.REJECTED),
        (AddComment("a"), {"comments": ()}, ProcessProgress.NOT_TAKEN, ProcessProgress.NOT_TAKEN),
        (AddComment("a"), {"comments": ("a",)}, ProcessProgress.SUCCEEDED, ProcessProgress.SUCCEEDED),
    ],
)
def test_the_state_decides(
    action: ProcessAction, now: dict[str, object], lost: ProcessProgress, accepted: ProcessProgress
) -> None:
    state = replace(DRAFT, **now)  # type: ignore[arg-type]  # names of fields, spelled in the table
    assert after(action, DRAFT, state, accepted=False) is lost
    assert after(action, DRAFT, state, accepted=True) is accepted


@pytest.mark.parametrize(
    ("action", "same", "accepted"),
    [
        (PREVIEW, {"previewable": "true"}, ProcessProgress.SUCCEEDED),
        (PREVIEW, {"previewable": "false", "preview_report": REPORT}, ProcessProgress.REJECTED),
        (PRIVATE, {"status": "Published"}, ProcessProgress.SUCCEEDED),
        (PRIVATE, {"status": "Failed", "publish_report": REPORT}, ProcessProgress.REJECTED),
    ],
)
def test_after_a_lost_response_an_unchanged_state_proves_nothing(
    action: ProcessAction, same: dict[str, str], accepted: ProcessProgress
) -> None:
    state = replace(DRAFT, **same)  # type: ignore[arg-type]  # names of fields, spelled in the table
    assert after(action, state, state, accepted=False) is ProcessProgress.NOT_TAKEN
    assert after(action, state, state, accepted=True) is accepted


def test_a_new_report_shows_that_a_lost_request_was_accepted() -> None:
    before = replace(DRAFT, status="Failed", previewable="false", publish_report=REPORT, preview_report=REPORT)
    again = (replace(REPORT[0], created_at="2024-02-02T00:00:00Z"),)
    assert after(PREVIEW, before, replace(before, preview_report=again), accepted=False) is ProcessProgress.REJECTED
    assert after(PRIVATE, before, replace(before, publish_report=again), accepted=False) is ProcessProgress.REJECTED


def test_a_publish_after_which_no_change_waits_was_accepted() -> None:
    before = replace(DRAFT, status="Published", listed=True, has_changes=True)
    assert after(PRIVATE, before, replace(before, has_changes=False), accepted=False) is ProcessProgress.SUCCEEDED


def test_a_connector_that_became_private_was_published_privately() -> None:
    public = replace(DRAFT, status="Published", listed=True, private=False, has_changes=False)
    assert after(PRIVATE, public, replace(public, private=True), accepted=False) is ProcessProgress.SUCCEEDED
    assert after(PRIVATE, public, public, accepted=False) is ProcessProgress.NOT_TAKEN


def test_unlisting_shows_in_the_listing() -> None:
    listed = replace(DRAFT, status="Published", listed=True)
    assert after(Unlist(), listed, listed, accepted=True) is ProcessProgress.NOT_TAKEN
    assert after(Unlist(), listed, replace(listed, listed=False), accepted=False) is ProcessProgress.SUCCEEDED


def test_a_comment_that_was_there_before_is_not_the_one_that_was_sent() -> None:
    before = replace(DRAFT, comments=("a",))
    assert after(AddComment("a"), before, before, accepted=True) is ProcessProgress.NOT_TAKEN
    assert (
        after(AddComment("a"), before, replace(before, comments=("a", "a")), accepted=False)
        is ProcessProgress.SUCCEEDED
    )


def test_a_deletion_has_succeeded_only_if_the_draft_is_missing() -> None:
    assert after(Delete("over"), DRAFT, None, accepted=False) is ProcessProgress.SUCCEEDED
    assert after(Delete("over"), DRAFT, DRAFT, accepted=True) is ProcessProgress.NOT_TAKEN
    assert after(PREVIEW, DRAFT, None, accepted=False) is ProcessProgress.NOT_TAKEN
    assert after(PREVIEW, DRAFT, None, accepted=True) is ProcessProgress.REJECTED


@pytest.mark.parametrize(
    ("action", "code", "meaning"),
    [
        (PREVIEW, "ConnectorStagedPreviewRequestUnderProcess", ProcessProgress.RUNNING),
        (CERTIFY, "ConnectorAlreadyCertified", ProcessProgress.SUCCEEDED),
        (CERTIFY, "ConnectorStagedInCertification", ProcessProgress.SUCCEEDED),
        (Delete("over"), "ResourceNotFound", ProcessProgress.SUCCEEDED),
        (PRIVATE, "ConnectorStagedInCertification", None),
        (Unlist(), "ConnectorAlreadyCertified", None),
        (CERTIFY, "InvalidJsonInput", None),
    ],
)
def test_some_refusals_mean_that_the_goal_is_reached(
    action: ProcessAction, code: str, meaning: ProcessProgress | None
) -> None:
    assert refusal(action, code) is meaning

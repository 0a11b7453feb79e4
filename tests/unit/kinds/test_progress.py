"""What a fresh read says about a process action."""

from dataclasses import replace

import pytest

from trueup.kinds.connector.states import progress, refusal
from trueup.kinds.processes import Progress
from trueup.model.action import AddComment, Delete, ProcessAction, Publish, RequestPreview, Unlist
from trueup.model.live import Lifecycle, ReportEntry

DRAFT = Lifecycle(status="Draft", previewable="none", private=True, listed=False, has_changes=True)
REPORT = (ReportEntry(kind="Error", title="Image build failed", created_at="2024-02-01T00:00:00Z"),)
PREVIEW = RequestPreview()
PRIVATE = Publish(certification=False)
CERTIFY = Publish(certification=True)


def after(action: ProcessAction, before: Lifecycle, now: Lifecycle | None, *, accepted: bool) -> Progress:
    return progress(action, before=before, now=now, accepted=accepted)


@pytest.mark.parametrize(
    ("action", "now", "lost", "accepted"),
    [
        (PREVIEW, {"previewable": "none"}, Progress.NOT_TAKEN, Progress.REJECTED),
        (PREVIEW, {"previewable": "pending"}, Progress.RUNNING, Progress.RUNNING),
        (PREVIEW, {"previewable": "true"}, Progress.SUCCEEDED, Progress.SUCCEEDED),
        (PREVIEW, {"previewable": "false"}, Progress.REJECTED, Progress.REJECTED),
        (PREVIEW, {"previewable": "odd"}, Progress.UNDECIDED, Progress.UNDECIDED),
        (PRIVATE, {"status": "Draft"}, Progress.NOT_TAKEN, Progress.REJECTED),
        (PRIVATE, {"status": "Processing"}, Progress.RUNNING, Progress.RUNNING),
        (PRIVATE, {"status": "Published"}, Progress.SUCCEEDED, Progress.SUCCEEDED),
        (PRIVATE, {"status": "Failed"}, Progress.REJECTED, Progress.REJECTED),
        (PRIVATE, {"status": "InCertification"}, Progress.NOT_TAKEN, Progress.NOT_TAKEN),
        (PRIVATE, {"status": "odd"}, Progress.UNDECIDED, Progress.UNDECIDED),
        (CERTIFY, {"status": "Processing"}, Progress.RUNNING, Progress.RUNNING),
        (CERTIFY, {"status": "ReadyForCertification"}, Progress.SUCCEEDED, Progress.SUCCEEDED),
        (CERTIFY, {"status": "InCertification"}, Progress.SUCCEEDED, Progress.SUCCEEDED),
        (CERTIFY, {"status": "Published", "private": False}, Progress.SUCCEEDED, Progress.SUCCEEDED),
        (CERTIFY, {"status": "Published"}, Progress.NOT_TAKEN, Progress.NOT_TAKEN),
        (PRIVATE, {"status": "Published", "private": False}, Progress.NOT_TAKEN, Progress.NOT_TAKEN),
        (CERTIFY, {"status": "Failed"}, Progress.REJECTED, Progress.REJECTED),
        (AddComment("a"), {"comments": ()}, Progress.NOT_TAKEN, Progress.NOT_TAKEN),
        (AddComment("a"), {"comments": ("a",)}, Progress.SUCCEEDED, Progress.SUCCEEDED),
    ],
)
def test_the_state_decides(action: ProcessAction, now: dict[str, object], lost: Progress, accepted: Progress) -> None:
    state = replace(DRAFT, **now)  # type: ignore[arg-type]  # names of fields, spelled in the table
    assert after(action, DRAFT, state, accepted=False) is lost
    assert after(action, DRAFT, state, accepted=True) is accepted


@pytest.mark.parametrize(
    ("action", "same", "accepted"),
    [
        (PREVIEW, {"previewable": "true"}, Progress.SUCCEEDED),
        (PREVIEW, {"previewable": "false", "preview_report": REPORT}, Progress.REJECTED),
        (PRIVATE, {"status": "Published"}, Progress.SUCCEEDED),
        (PRIVATE, {"status": "Failed", "publish_report": REPORT}, Progress.REJECTED),
    ],
)
def test_after_a_lost_answer_a_state_that_was_there_before_proves_nothing(
    action: ProcessAction, same: dict[str, str], accepted: Progress
) -> None:
    state = replace(DRAFT, **same)  # type: ignore[arg-type]  # names of fields, spelled in the table
    assert after(action, state, state, accepted=False) is Progress.NOT_TAKEN
    assert after(action, state, state, accepted=True) is accepted


def test_a_new_report_shows_that_a_lost_request_was_taken() -> None:
    before = replace(DRAFT, status="Failed", previewable="false", publish_report=REPORT, preview_report=REPORT)
    again = (replace(REPORT[0], created_at="2024-02-02T00:00:00Z"),)
    assert after(PREVIEW, before, replace(before, preview_report=again), accepted=False) is Progress.REJECTED
    assert after(PRIVATE, before, replace(before, publish_report=again), accepted=False) is Progress.REJECTED


def test_a_publish_whose_changes_are_gone_was_taken() -> None:
    before = replace(DRAFT, status="Published", listed=True, has_changes=True)
    assert after(PRIVATE, before, replace(before, has_changes=False), accepted=False) is Progress.SUCCEEDED


def test_a_connector_that_became_private_was_published_privately() -> None:
    public = replace(DRAFT, status="Published", listed=True, private=False, has_changes=False)
    assert after(PRIVATE, public, replace(public, private=True), accepted=False) is Progress.SUCCEEDED
    assert after(PRIVATE, public, public, accepted=False) is Progress.NOT_TAKEN


def test_unlisting_shows_in_the_listing() -> None:
    listed = replace(DRAFT, status="Published", listed=True)
    assert after(Unlist(), listed, listed, accepted=True) is Progress.NOT_TAKEN
    assert after(Unlist(), listed, replace(listed, listed=False), accepted=False) is Progress.SUCCEEDED


def test_a_comment_that_was_there_before_is_not_the_one_that_was_sent() -> None:
    before = replace(DRAFT, comments=("a",))
    assert after(AddComment("a"), before, before, accepted=True) is Progress.NOT_TAKEN
    assert after(AddComment("a"), before, replace(before, comments=("a", "a")), accepted=False) is Progress.SUCCEEDED


def test_only_a_draft_that_is_gone_was_deleted() -> None:
    assert after(Delete("over"), DRAFT, None, accepted=False) is Progress.SUCCEEDED
    assert after(Delete("over"), DRAFT, DRAFT, accepted=True) is Progress.NOT_TAKEN
    assert after(PREVIEW, DRAFT, None, accepted=False) is Progress.NOT_TAKEN
    assert after(PREVIEW, DRAFT, None, accepted=True) is Progress.REJECTED


@pytest.mark.parametrize(
    ("action", "code", "meaning"),
    [
        (PREVIEW, "ConnectorStagedPreviewRequestUnderProcess", Progress.RUNNING),
        (CERTIFY, "ConnectorAlreadyCertified", Progress.SUCCEEDED),
        (CERTIFY, "ConnectorStagedInCertification", Progress.SUCCEEDED),
        (Delete("over"), "ResourceNotFound", Progress.SUCCEEDED),
        (PRIVATE, "ConnectorStagedInCertification", None),
        (Unlist(), "ConnectorAlreadyCertified", None),
        (CERTIFY, "InvalidJsonInput", None),
    ],
)
def test_some_refusals_say_that_the_aim_is_reached(action: ProcessAction, code: str, meaning: Progress | None) -> None:
    assert refusal(action, code) is meaning

"""The states of a draft, and the progress of its processes (``connect-api.md`` section 5)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, assert_never

from trueup.kinds.processes import ProcessProgress
from trueup.model.action import AddComment, Delete, ProcessAction, Publish, RequestPreview, Rollout, Unlist
from trueup.model.live import Lifecycle


class DraftStatus(StrEnum):
    """The state of publishing, as spelled on the wire."""

    DRAFT = "Draft"
    PROCESSING = "Processing"
    READY_FOR_CERTIFICATION = "ReadyForCertification"
    IN_CERTIFICATION = "InCertification"
    PUBLISHED = "Published"
    FAILED = "Failed"


class Preview(StrEnum):
    """The state of a preview, as spelled on the wire."""

    NONE = "none"
    PENDING = "pending"
    GRANTED = "true"
    REJECTED = "false"


STATUSES: Final = frozenset(DraftStatus)
PREVIEWS: Final = frozenset(Preview)
CERTIFYING: Final = frozenset({DraftStatus.READY_FOR_CERTIFICATION, DraftStatus.IN_CERTIFICATION})

# hasChanges of a draft that was never published is false in the documentation and true in practice (section 3). With
# true, no publish is left out.
FRESH: Final = Lifecycle(
    status=DraftStatus.DRAFT.value, previewable=Preview.NONE.value, private=True, listed=False, has_changes=True
)
"""The state of a draft right after its creation."""


_REFUSALS: Final[Mapping[tuple[type[ProcessAction], str], ProcessProgress]] = {
    (RequestPreview, "ConnectorStagedPreviewRequestUnderProcess"): ProcessProgress.RUNNING,
    (Publish, "ConnectorStagedInCertification"): ProcessProgress.SUCCEEDED,
    (Publish, "ConnectorAlreadyCertified"): ProcessProgress.SUCCEEDED,
    (Delete, "ResourceNotFound"): ProcessProgress.SUCCEEDED,
}


def refusal(action: ProcessAction, code: str) -> ProcessProgress | None:
    """Return the progress implied by an "already done" error, or None for a real refusal.

    ``publish`` with certification has reached its goal if the draft is in certification or already certified.
    """
    # The same error codes are real refusals of a private publish: the draft does not become private.
    if isinstance(action, Publish) and not action.certification:
        return None
    return _REFUSALS.get((type(action), code))


def contradicts(action: ProcessAction, now: Lifecycle) -> bool:
    """Return whether the draft shows that a goal is not reached, although a refusal implies that it is.

    A draft that was certified and then published privately is "already certified" but still private.
    """
    return isinstance(action, Publish) and now.private and now.status not in CERTIFYING


def progress(action: ProcessAction, *, before: Lifecycle, now: Lifecycle | None, accepted: bool) -> ProcessProgress:
    """Return the progress of an action by comparing the current state with the one before it was sent.

    ``now`` is None if the draft no longer exists. ``accepted``: the platform confirmed the action. After a lost
    response this is not known, and a state that existed before proves nothing.
    """
    if isinstance(action, Delete):
        return ProcessProgress.SUCCEEDED if now is None else ProcessProgress.NOT_TAKEN
    # Without its draft, an accepted process cannot succeed, and one whose request may be lost was not taken.
    if now is None:
        return ProcessProgress.REJECTED if accepted else ProcessProgress.NOT_TAKEN
    match action:
        case RequestPreview():
            return _preview(before, now, accepted=accepted)
        case Publish(certification=certification):
            return _publish(before, now, certification=certification, accepted=accepted)
        case Unlist():
            return ProcessProgress.NOT_TAKEN if now.listed else ProcessProgress.SUCCEEDED
        case AddComment(comment=comment):
            # Counted, because the same comment may have been there before.
            added = now.comments.count(comment) > before.comments.count(comment)
            return ProcessProgress.SUCCEEDED if added else ProcessProgress.NOT_TAKEN
        case Rollout():
            raise TypeError("connectors have no rollout")
        case _:
            assert_never(action)


def _preview(before: Lifecycle, now: Lifecycle, *, accepted: bool) -> ProcessProgress:
    changed = accepted or (now.previewable, now.preview_report) != (before.previewable, before.preview_report)
    match now.previewable:
        case Preview.PENDING:
            return ProcessProgress.RUNNING
        case Preview.GRANTED:
            return ProcessProgress.SUCCEEDED if changed else ProcessProgress.NOT_TAKEN
        case Preview.REJECTED:
            return ProcessProgress.REJECTED if changed else ProcessProgress.NOT_TAKEN
        case Preview.NONE:
            # After an accepted request, "none" means that the platform canceled the preview.
            return ProcessProgress.REJECTED if accepted else ProcessProgress.NOT_TAKEN
        case _:
            return ProcessProgress.UNDECIDED


def _publish(before: Lifecycle, now: Lifecycle, *, certification: bool, accepted: bool) -> ProcessProgress:
    changed = accepted or _published(now) != _published(before)
    # Publishing with certification ends in a public connector, without it in a private one.
    reached = now.private is not certification
    match now.status:
        case DraftStatus.PROCESSING:
            return ProcessProgress.RUNNING
        case status if status in CERTIFYING:
            return ProcessProgress.SUCCEEDED if certification else ProcessProgress.NOT_TAKEN
        case DraftStatus.PUBLISHED:
            return ProcessProgress.SUCCEEDED if changed and reached else ProcessProgress.NOT_TAKEN
        case DraftStatus.FAILED:
            return ProcessProgress.REJECTED if changed else ProcessProgress.NOT_TAKEN
        case DraftStatus.DRAFT:
            return ProcessProgress.REJECTED if accepted else ProcessProgress.NOT_TAKEN
        case _:
            return ProcessProgress.UNDECIDED


def _published(lifecycle: Lifecycle) -> tuple[object, ...]:
    """Return the values that distinguish one publish from another."""
    return lifecycle.status, lifecycle.has_changes, lifecycle.private, lifecycle.publish_report

"""Name the states of a draft that its processes are planned by (``connect-api.md`` section 5)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, assert_never

from trueup.kinds.processes import ProcessProgress
from trueup.model.action import AddComment, Delete, ProcessAction, Publish, RequestPreview, Unlist
from trueup.model.live import Lifecycle


class DraftStatus(StrEnum):
    """Name how far publishing has come, in the wire's words."""

    DRAFT = "Draft"
    PROCESSING = "Processing"
    READY_FOR_CERTIFICATION = "ReadyForCertification"
    IN_CERTIFICATION = "InCertification"
    PUBLISHED = "Published"
    FAILED = "Failed"


class Preview(StrEnum):
    """Name how far a preview has come, in the wire's words."""

    NONE = "none"
    PENDING = "pending"
    GRANTED = "true"
    REJECTED = "false"


STATUSES: Final = frozenset(DraftStatus)
PREVIEWS: Final = frozenset(Preview)
CERTIFYING: Final = frozenset({DraftStatus.READY_FOR_CERTIFICATION, DraftStatus.IN_CERTIFICATION})

FRESH: Final = Lifecycle(
    status=DraftStatus.DRAFT.value, previewable=Preview.NONE.value, private=True, listed=False, has_changes=True
)
"""Where a draft stands right after its creation."""


_REFUSALS: Final[Mapping[tuple[type[ProcessAction], str], ProcessProgress]] = {
    (RequestPreview, "ConnectorStagedPreviewRequestUnderProcess"): ProcessProgress.RUNNING,
    (Publish, "ConnectorStagedInCertification"): ProcessProgress.SUCCEEDED,
    (Publish, "ConnectorAlreadyCertified"): ProcessProgress.SUCCEEDED,
    (Delete, "ResourceNotFound"): ProcessProgress.SUCCEEDED,
}


def refusal(action: ProcessAction, code: str) -> ProcessProgress | None:
    """Return what an error code says about an action whose aim is reached all the same, None for real refusals.

    Being in certification, or certified already, is what ``publish`` with certification asks for.
    """
    if isinstance(action, Publish) and not action.certification:
        return None
    return _REFUSALS.get((type(action), code))


def contradicts(action: ProcessAction, now: Lifecycle) -> bool:
    """Return whether the draft shows that an aim is not reached, although a refusal says so.

    What was certified once and then published privately is certified already and still private.
    """
    return isinstance(action, Publish) and now.private and now.status not in CERTIFYING


def progress(action: ProcessAction, *, before: Lifecycle, now: Lifecycle | None, accepted: bool) -> ProcessProgress:
    """Compare a fresh read with the state before the action was sent.

    ``now`` is None when the draft no longer exists. ``accepted``: the platform answered that it took the action; after
    a lost answer that is not known, and a state that was there before proves nothing.
    """
    if isinstance(action, Delete):
        return ProcessProgress.SUCCEEDED if now is None else ProcessProgress.NOT_TAKEN
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
            added = now.comments.count(comment) > before.comments.count(comment)
            return ProcessProgress.SUCCEEDED if added else ProcessProgress.NOT_TAKEN
        case _:
            assert_never(action)


def _preview(before: Lifecycle, now: Lifecycle, *, accepted: bool) -> ProcessProgress:
    moved = accepted or (now.previewable, now.preview_report) != (before.previewable, before.preview_report)
    match now.previewable:
        case Preview.PENDING:
            return ProcessProgress.RUNNING
        case Preview.GRANTED:
            return ProcessProgress.SUCCEEDED if moved else ProcessProgress.NOT_TAKEN
        case Preview.REJECTED:
            return ProcessProgress.REJECTED if moved else ProcessProgress.NOT_TAKEN
        case Preview.NONE:
            # Once taken, "none" is how the platform shows a preview that was called off.
            return ProcessProgress.REJECTED if accepted else ProcessProgress.NOT_TAKEN
        case _:
            return ProcessProgress.UNDECIDED


def _publish(before: Lifecycle, now: Lifecycle, *, certification: bool, accepted: bool) -> ProcessProgress:
    moved = accepted or _published(now) != _published(before)
    # Publishing with certification ends in a public connector, without it in a private one; nothing else is its end.
    reached = now.private is not certification
    match now.status:
        case DraftStatus.PROCESSING:
            return ProcessProgress.RUNNING
        case status if status in CERTIFYING:
            return ProcessProgress.SUCCEEDED if certification else ProcessProgress.NOT_TAKEN
        case DraftStatus.PUBLISHED:
            return ProcessProgress.SUCCEEDED if moved and reached else ProcessProgress.NOT_TAKEN
        case DraftStatus.FAILED:
            return ProcessProgress.REJECTED if moved else ProcessProgress.NOT_TAKEN
        case DraftStatus.DRAFT:
            return ProcessProgress.REJECTED if accepted else ProcessProgress.NOT_TAKEN
        case _:
            return ProcessProgress.UNDECIDED


def _published(lifecycle: Lifecycle) -> tuple[object, ...]:
    """Return all by which one publish can be told from another."""
    return lifecycle.status, lifecycle.has_changes, lifecycle.private, lifecycle.publish_report

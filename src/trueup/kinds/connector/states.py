"""Name the states of a draft that its processes are planned by (``connect-api.md`` section 5)."""

from enum import StrEnum
from typing import Final

from trueup.model.live import Lifecycle


class Status(StrEnum):
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


STATUSES: Final = frozenset(Status)
PREVIEWS: Final = frozenset(Preview)
CERTIFYING: Final = frozenset({Status.READY_FOR_CERTIFICATION, Status.IN_CERTIFICATION})

FRESH: Final = Lifecycle(
    status=Status.DRAFT.value, previewable=Preview.NONE.value, private=True, listed=False, has_changes=True
)
"""Where a draft stands right after its creation."""

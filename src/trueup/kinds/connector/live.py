"""Read a ConnectorStaged (``connect-api.md`` section 3); absent, null and empty mean the same."""

from collections.abc import Mapping

from trueup.errors import UnexpectedAnswer
from trueup.kinds.connector.fields import TABLE
from trueup.kinds.observed import flag_at, objects, observe_fields, text_at
from trueup.kinds.tree import value_at
from trueup.model.live import Lifecycle, Live, ReportEntry
from trueup.model.value import ABSENT


def observe(draft: Mapping[str, object]) -> Live:
    """Read one draft; unknown fields, statuses and report types are kept or ignored, never refused.

    Raises ``UnexpectedAnswer`` if ``id`` or ``version`` is missing or a field has an impossible type.
    """
    version = draft.get("version")
    # A boolean is an int in Python.
    if not isinstance(version, int) or isinstance(version, bool):
        raise UnexpectedAnswer("the draft in the answer has no version")
    return Live(
        fields=observe_fields(TABLE, draft, missing=ABSENT),
        remote_id=text_at(draft, "id") or _no_id(),
        version=version,
        lifecycle=_lifecycle(draft),
    )


def _no_id() -> str:
    raise UnexpectedAnswer("the draft in the answer has no id")


def _lifecycle(draft: Mapping[str, object]) -> Lifecycle:
    return Lifecycle(
        status=text_at(draft, "status") or "Draft",
        # Documented as text. A boolean is accepted too; bool() would read the text "false" as true.
        previewable=(text_at(draft, "isPreviewable") or "none").lower(),
        # A new draft is private (section 3), so a missing value means private too.
        private=text_at(draft, "private").lower() != "false",
        listed=flag_at(draft, "alreadyListed"),
        has_changes=flag_at(draft, "hasChanges"),
        comments=_comments(draft),
        preview_report=_report(draft, "previewableReport"),
        publish_report=_report(draft, "publishingReport"),
    )


def _comments(draft: Mapping[str, object]) -> tuple[str, ...]:
    path = "certificationInfo.comments"
    return tuple(text_at(comment, "comment") for comment in objects(value_at(draft, path), path))


def _report(draft: Mapping[str, object], name: str) -> tuple[ReportEntry, ...]:
    path = f"{name}.entries"
    return tuple(
        ReportEntry(
            kind=text_at(entry, "type"),
            title=text_at(entry, "title"),
            message=text_at(entry, "message"),
            application=text_at(entry, "application"),
            created_at=text_at(entry, "createdAt"),
        )
        for entry in objects(value_at(draft, path), path)
    )
